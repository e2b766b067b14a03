/**
 * Sign-ins on another device: started and cancelled by an Owner, polled by an orchestration. The
 * device code is stored in Key Vault only and deleted when the session ends.
 */
import type { ConnectorService } from '../connectors/connector-service';
import { withActionLink } from '../credentials/action-links';
import {
  addSeconds,
  attemptStatusOf,
  connected,
  endAttempt,
  outcomeOf,
  type Outcome,
} from '../credentials/connection-attempt';
import type { ConnectionAttemptService } from '../credentials/connection-attempt-service';
import type { ConnectionService } from '../credentials/connection-service';
import type { ConnectionAttemptStore } from '../credentials/ports';
import type { SignInResult } from '../credentials/sign-in-result';
import { AppError, NotFoundError, RefusedError, StaleError } from '../errors/app-error';
import { personOf, type Actor } from '../events/actor';
import type { EventLog } from '../events/ports';
import type { SecretStore } from '../secrets/ports';
import type { Secret } from '../secrets/secret';
import type { ConnectorKey } from '../storage/connector-key';
import type { Stored } from '../storage/stored';
import {
  deviceCodeName,
  type DeviceFlowInput,
  type DeviceSession,
  type PollResult,
} from './device-session';
import type { DeviceFlow } from './ports';

export interface NewDeviceSession {
  readonly clientId?: string | undefined;
  readonly tenantId?: string | undefined;
  readonly allowAccountChange: boolean;
}

const done: PollResult = { done: true };
const pending: PollResult = { done: false };
const slowDown: PollResult = { done: false, slowDown: true };

export class DeviceSessionService {
  constructor(
    private readonly store: ConnectionAttemptStore<DeviceSession>,
    private readonly secretStore: Pick<SecretStore, 'put' | 'get' | 'delete'>,
    private readonly deviceFlow: DeviceFlow,
    private readonly connectors: Pick<ConnectorService, 'get'>,
    private readonly connections: Pick<ConnectionService, 'connectWithGrant'>,
    private readonly attempts: Pick<ConnectionAttemptService, 'supersedeOthers'>,
    private readonly now: () => Date,
    private readonly newId: () => string,
    private readonly events: EventLog,
  ) {}

  /** Starts polling before the device code is stored, so that the code is always deleted. */
  async start(
    actor: Actor,
    connectorId: string,
    { clientId, tenantId, allowAccountChange }: NewDeviceSession,
    startPolling: (input: DeviceFlowInput) => Promise<void>,
  ): Promise<DeviceSession> {
    const { account } = await this.connectors.get({ tenantId: actor.tenantId, connectorId });
    const home = allowAccountChange ? 'organizations' : (account?.tenantId ?? actor.tenantId);
    const authority = tenantId ?? home;
    const code = await this.deviceFlow.requestCode(authority, clientId);
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
      intervalSeconds: code.intervalSeconds,
      createdAt: now.toISOString(),
      expiresAt: addSeconds(now, code.lifetimeSeconds),
    });
    await startPolling(flowInputOf(session));
    await this.storeCode(session, code.deviceCode);
    await this.recordEvent(session, 'device.session_started');
    await this.attempts.supersedeOthers(session);
    return session;
  }

  async get(connector: ConnectorKey, sessionId: string): Promise<Stored<DeviceSession>> {
    const session = await this.store.get(connector, sessionId);
    if (!session)
      throw new NotFoundError(
        'device_session_not_found',
        'There is no sign-in with this id. Start a new sign-in.',
      );
    return session;
  }

  /** Cancels a pending sign-in. A sign-in that has ended or is being completed stays as it is. */
  async cancel(connector: ConnectorKey, sessionId: string): Promise<void> {
    const session = await this.get(connector, sessionId);
    if (session.state === 'pending')
      await this.store.replace(endAttempt(session, 'cancelled', this.now()));
  }

  /** Polls Entra once. Deletes the device code if the session has ended. */
  async poll({ tenantId, connectorId, sessionId }: DeviceFlowInput): Promise<PollResult> {
    const session = await this.store.get({ tenantId, connectorId }, sessionId);
    const isPending = session && attemptStatusOf(session, this.now()) === 'pending';
    const result = isPending ? await this.pollEntra(session) : done;
    if (result.done) await this.secretStore.delete(deviceCodeName(sessionId));
    return result;
  }

  private async storeCode(session: Stored<DeviceSession>, deviceCode: Secret): Promise<void> {
    const properties = { contentType: 'text/plain', expiresAt: new Date(session.expiresAt) };
    try {
      await this.secretStore.put(deviceCodeName(session.id), deviceCode, properties);
    } catch (error) {
      await this.setState(session, 'failed', outcomeOf(error));
      throw error;
    }
  }

  private async pollEntra(session: Stored<DeviceSession>): Promise<PollResult> {
    // The previous poll stopped after Entra had issued the tokens, which Entra does only once.
    if (session.state === 'consumed') return this.fail(session, interrupted());
    try {
      const { authority: tenant, clientId } = session;
      const deviceCode = await this.secretStore.get(deviceCodeName(session.id));
      const result = await this.deviceFlow.poll({ tenant, clientId, deviceCode });
      if (result === 'authorization_pending') return pending;
      return result === 'slow_down' ? slowDown : await this.complete(session, result);
    } catch (error) {
      // The code is not stored yet. If storing it fails, the session ends.
      if (error instanceof NotFoundError && error.code === 'secret_not_found') return pending;
      if (!(error instanceof AppError)) throw error;
      return error.retryable ? slowDown : this.fail(session, error);
    }
  }

  /** Connects, unless the session was cancelled or superseded meanwhile. */
  private async complete(
    session: Stored<DeviceSession>,
    signIn: SignInResult,
  ): Promise<PollResult> {
    const consumed = await this.setState(session, 'consumed');
    if (!consumed) return done;
    const { tenantId, initiator, allowAccountChange } = session;
    try {
      const connector = await this.connectors.get(session);
      await this.connections.connectWithGrant({ tenantId, ...initiator }, connector, signIn, {
        connectedWith: 'device_code',
        allowAccountChange,
      });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return this.fail(consumed, error);
    }
    await this.setState(consumed, 'succeeded', connected);
    await this.attempts.supersedeOthers(consumed);
    return done;
  }

  private async fail(session: Stored<DeviceSession>, error: unknown): Promise<PollResult> {
    const outcome = outcomeOf(withActionLink(error, session.connectorId));
    if (await this.setState(session, 'failed', outcome))
      await this.recordEvent(session, 'device.session_failed', outcome.code);
    return done;
  }

  private recordEvent(
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

  /** Undefined if the session changed since it was read. Its new state stays. */
  private async setState(
    session: Stored<DeviceSession>,
    state: 'consumed' | 'succeeded' | 'failed',
    outcome?: Outcome,
  ): Promise<Stored<DeviceSession> | undefined> {
    const next =
      state === 'consumed'
        ? { ...session, state }
        : endAttempt(session, state, this.now(), outcome);
    return this.store.replace(next).catch((error: unknown) => {
      if (error instanceof StaleError) return undefined;
      throw error;
    });
  }
}

const interrupted = () =>
  new RefusedError(
    'sign_in_interrupted',
    'The sign-in was interrupted on our side. Start a new sign-in.',
  );

const flowInputOf = (session: DeviceSession): DeviceFlowInput => ({
  tenantId: session.tenantId,
  connectorId: session.connectorId,
  sessionId: session.id,
  intervalSeconds: session.intervalSeconds,
});
