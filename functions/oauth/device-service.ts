/**
 * Sign-ins on another device, begun and cancelled by an Owner, looked after by an orchestration. The device code goes
 * from Entra to the vault and from there to Entra; whoever looks after it deletes it in the end.
 */
import { linked } from '../credentials/action-links';
import {
  attemptStatusOf,
  connected,
  ended,
  later,
  outcomeOf,
} from '../credentials/connection-attempt';
import type { ConnectionAttemptService } from '../credentials/connection-attempt-service';
import type { ConnectionService } from '../credentials/connection-service';
import { personOf, type Actor } from '../connectors/connector';
import type { ConnectorService } from '../connectors/connector-service';
import type { ConnectionAttemptStore, SecretStore } from '../connectors/ports';
import type { SignInResult } from '../credentials/sign-in-result';
import type { EventLog } from '../events/ports';
import { AppError, NotFoundError, RefusedError, StaleError } from '../errors/app-error';
import type { Secret } from '../secrets/secret';
import type { Stored } from '../storage/stored';
import {
  deviceCodeName,
  type PollResult,
  type DeviceSession,
  type DeviceFlowInput,
} from './device-session';
import type { DeviceSignIn } from './ports';

export interface NewDeviceSession {
  readonly clientId?: string | undefined;
  readonly tenantId?: string | undefined;
  readonly allowAccountChange: boolean;
}

const over: PollResult = { over: true };
const waiting: PollResult = { over: false };
const slowDown: PollResult = { over: false, slowDown: true };

export class DeviceService {
  constructor(
    private readonly store: ConnectionAttemptStore<DeviceSession>,
    private readonly vault: Pick<SecretStore, 'put' | 'get' | 'delete'>,
    private readonly signIn: DeviceSignIn,
    private readonly connectors: Pick<ConnectorService, 'get'>,
    private readonly connections: Pick<ConnectionService, 'connectWithGrant'>,
    private readonly attempts: Pick<ConnectionAttemptService, 'supersedeOthers'>,
    private readonly now: () => Date,
    private readonly newId: () => string,
    private readonly events: EventLog,
  ) {}

  /** Whoever looks after it is started before the code is stored, so that no code is left behind. */
  async begin(
    actor: Actor,
    connectorId: string,
    { clientId, tenantId, allowAccountChange }: NewDeviceSession,
    startPolling: (target: DeviceFlowInput) => Promise<void>,
  ): Promise<DeviceSession> {
    const { account } = await this.connectors.get(actor.tenantId, connectorId);
    const home = allowAccountChange ? 'organizations' : (account?.tenantId ?? actor.tenantId);
    const authority = tenantId ?? home;
    const code = await this.signIn.begin(authority, clientId);
    const now = this.now();
    const session = await this.store.create({
      tenantId: actor.tenantId,
      id: this.newId(),
      connectorId,
      method: 'device_code',
      initiator: personOf(actor),
      state: 'pending',
      authority,
      clientId: code.clientId,
      allowAccountChange,
      userCode: code.userCode,
      verificationUri: code.verificationUri,
      intervalInSeconds: code.intervalInSeconds,
      createdAt: now.toISOString(),
      expiresAt: later(now, code.expiresInSeconds),
    });
    await startPolling(targetOf(session));
    await this.storeCode(session, code.deviceCode);
    await this.tell(session, 'device.session_started');
    await this.attempts.supersedeOthers(session);
    return session;
  }

  async get(tenantId: string, connectorId: string, id: string): Promise<Stored<DeviceSession>> {
    const found = await this.store.get(tenantId, connectorId, id);
    if (!found)
      throw new NotFoundError('device_session_not_found', 'There is no sign-in of this id.');
    return found;
  }

  /** Cancels a sign-in under way; one that is over, or just being completed, ends as it ends. */
  async cancel(tenantId: string, connectorId: string, id: string): Promise<void> {
    const found = await this.get(tenantId, connectorId, id);
    if (found.state === 'pending') await this.store.replace(ended(found, 'cancelled', this.now()));
  }

  /** One look at Entra. Whatever ends the session deletes its code. */
  async look({ tenantId, connectorId, sessionId }: DeviceFlowInput): Promise<PollResult> {
    const session = await this.store.get(tenantId, connectorId, sessionId);
    const seen =
      session && attemptStatusOf(session, this.now()) === 'pending'
        ? await this.ask(session)
        : over;
    if (seen.over) await this.vault.delete(deviceCodeName(sessionId));
    return seen;
  }

  private async storeCode(session: Stored<DeviceSession>, deviceCode: Secret): Promise<void> {
    const about = { contentType: 'text/plain', expiresAt: new Date(session.expiresAt) };
    try {
      await this.vault.put(deviceCodeName(session.id), deviceCode, about);
    } catch (error) {
      await this.close(session, 'failed', outcomeOf(error));
      throw error;
    }
  }

  private async ask(session: Stored<DeviceSession>): Promise<PollResult> {
    // The last look was cut off with the sign-in in its hands, and Entra gives it only once.
    if (session.state === 'consumed') return this.fail(session, interrupted());
    try {
      const { authority: tenant, clientId } = session;
      const deviceCode = await this.vault.get(deviceCodeName(session.id));
      const answer = await this.signIn.poll({ tenant, clientId, deviceCode });
      if (answer === 'authorization_pending') return waiting;
      return answer === 'slow_down' ? slowDown : await this.complete(session, answer);
    } catch (error) {
      // Not stored yet. It never will be when storing has failed, and that ends the session.
      if (error instanceof NotFoundError && error.code === 'secret_not_found') return waiting;
      if (!(error instanceof AppError)) throw error;
      return error.retryable ? slowDown : this.fail(session, error);
    }
  }

  /** Taken only if nobody cancelled or superseded it in the meantime. */
  private async complete(
    session: Stored<DeviceSession>,
    signedIn: SignInResult,
  ): Promise<PollResult> {
    const consumed = await this.close(session, 'consumed');
    if (!consumed) return over;
    const { tenantId, initiator, connectorId, allowAccountChange } = session;
    try {
      await this.connections.connectWithGrant({ tenantId, ...initiator }, connectorId, signedIn, {
        connectedWith: 'device_code',
        allowAccountChange,
      });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return this.fail(consumed, error);
    }
    await this.close(consumed, 'succeeded', connected);
    await this.attempts.supersedeOthers(consumed);
    return over;
  }

  private async fail(session: Stored<DeviceSession>, error: unknown): Promise<PollResult> {
    const outcome = outcomeOf(linked(error, session.connectorId));
    if (await this.close(session, 'failed', outcome))
      await this.tell(session, 'device.session_failed', outcome.code);
    return over;
  }

  private tell(
    { tenantId, connectorId, id, initiator: actor }: DeviceSession,
    type: 'device.session_started' | 'device.session_failed',
    code?: string,
  ): Promise<void> {
    return this.events.record({
      tenantId,
      connectorId,
      type,
      actor,
      outcome: code === undefined ? 'succeeded' : 'failed',
      data: { attemptId: id, ...(code !== undefined && { code }) },
    });
  }

  /** Nothing when it went on by itself since it was read: then that stands. */
  private async close(
    session: Stored<DeviceSession>,
    state: 'consumed' | 'succeeded' | 'failed',
    outcome?: ReturnType<typeof outcomeOf>,
  ): Promise<Stored<DeviceSession> | undefined> {
    const next =
      state === 'consumed' ? { ...session, state } : ended(session, state, this.now(), outcome);
    return this.store.replace(next).catch((error: unknown) => {
      if (error instanceof StaleError) return undefined;
      throw error;
    });
  }
}

const interrupted = () =>
  new RefusedError('sign_in_interrupted', 'The sign-in was cut off on our side. Start again.');

const targetOf = (session: DeviceSession): DeviceFlowInput => ({
  tenantId: session.tenantId,
  connectorId: session.connectorId,
  sessionId: session.id,
  intervalInSeconds: session.intervalInSeconds,
});
