/**
 * Sign-ins on another device: started and cancelled by an Owner, polled by an orchestration. The
 * device code is stored in Key Vault only and deleted when the session ends.
 */
import type { Connector } from '../connectors/connector';
import type { ConnectorService } from '../connectors/connector-service';
import { signedInAccountOf } from '../credentials/accounts/signed-in-account';
import { withActionLink } from '../credentials/action-links';
import {
  addSeconds,
  asCompleted,
  attemptStatusOf,
  consume,
  endAttempt,
  outcomeOf,
  succeed,
} from '../credentials/connection-attempt';
import type { ConnectionAttemptService } from '../credentials/connection-attempt-service';
import type { ConnectionService } from '../credentials/connection-service';
import type { ConnectionAttemptStore } from '../credentials/ports';
import type { SignInResult } from '../credentials/sign-in-result';
import { AppError, NotFoundError, RefusedError, StaleError } from '../errors/app-error';
import { logFailure } from '../errors/log-failure';
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
import type { AssertPresent, DeviceFlow } from './ports';
import { sessionEvent } from './session-events';
import { assertSignInTenant, type SignInTenantService } from './sign-in-tenant-service';

export interface NewDeviceSession {
  readonly clientId?: string | undefined;
  readonly tenantId?: string | undefined;
  readonly allowAccountChange: boolean;
}

const done: PollResult = { done: true };
const pending: PollResult = { done: false };
const slowDown: PollResult = { done: false, slowDown: true };

/** Longer than a start takes. Polling begins before the session is stored. */
const maxStartMs = 120_000;

export class DeviceSessionService {
  constructor(
    private readonly store: ConnectionAttemptStore<DeviceSession>,
    private readonly secretStore: Pick<SecretStore, 'put' | 'get' | 'delete'>,
    private readonly deviceFlow: DeviceFlow,
    private readonly connectors: Pick<ConnectorService, 'get'>,
    private readonly connections: Pick<ConnectionService, 'connectWithGrant'>,
    private readonly tenants: Pick<SignInTenantService, 'tenantFor'>,
    private readonly attempts: Pick<
      ConnectionAttemptService,
      'end' | 'settled' | 'supersedeEarlier'
    >,
    private readonly assertPresent: AssertPresent,
    private readonly now: () => Date,
    private readonly newId: () => string,
    private readonly events: EventLog,
  ) {}

  /**
   * Stores the session last, so that a failure leaves none. Starts polling before the device code is
   * stored, so that the code is always deleted.
   */
  async start(
    actor: Actor,
    connectorId: string,
    request: NewDeviceSession,
    startPolling: (input: DeviceFlowInput) => Promise<void>,
  ): Promise<DeviceSession> {
    const connector = await this.connectors.get({ tenantId: actor.tenantId, connectorId });
    const authority = await this.tenants.tenantFor(connector, actor, request);
    const { clientId, allowAccountChange } = request;
    const code = await this.deviceFlow.requestCode(authority, clientId);
    const now = this.now();
    const newSession: DeviceSession = {
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
    };
    const started = sessionEvent(newSession, 'device.session_started', actor);
    await startPolling(flowInputOf(newSession));
    await this.storeCode(newSession, code.deviceCode);
    const session = await this.events.commit([started], (messages) =>
      this.store.create(newSession, messages),
    );
    await this.attempts.supersedeEarlier(session);
    return session;
  }

  async get(connector: ConnectorKey, sessionId: string): Promise<Stored<DeviceSession>> {
    const session = await this.store.get(connector, sessionId);
    if (!session)
      throw new NotFoundError(
        'device_session_not_found',
        'There is no sign-in with this id. Start a new sign-in.',
      );
    return this.attempts.settled(session);
  }

  /** Cancels a pending sign-in. A sign-in that has ended or is being completed stays as it is. */
  async cancel(actor: Actor, connectorId: string, sessionId: string): Promise<void> {
    const session = await this.get({ tenantId: actor.tenantId, connectorId }, sessionId);
    await this.attempts.end(session, 'cancelled', [
      sessionEvent(session, 'device.session_cancelled', actor),
    ]);
  }

  /** Polls Entra once. Deletes the device code if the session has ended. */
  async poll(input: DeviceFlowInput): Promise<PollResult> {
    const { tenantId, connectorId, sessionId, createdAt } = input;
    const session = await this.store.get({ tenantId, connectorId }, sessionId);
    const age = this.now().getTime() - Date.parse(createdAt);
    if (!session && age < maxStartMs) return pending;
    const isPending = session && attemptStatusOf(session, this.now()) === 'pending';
    const result = isPending ? await this.pollEntra(session) : done;
    if (result.done) await this.secretStore.delete(deviceCodeName(sessionId));
    return result;
  }

  private async storeCode({ id, expiresAt }: DeviceSession, deviceCode: Secret): Promise<void> {
    const properties = { contentType: 'text/plain', expiresAt: new Date(expiresAt) };
    await this.secretStore.put(deviceCodeName(id), deviceCode, properties);
  }

  private async pollEntra(session: Stored<DeviceSession>): Promise<PollResult> {
    try {
      if (session.state === 'consumed') return await this.settleInterrupted(session);
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

  /**
   * The previous poll stopped after Entra had issued the tokens, which Entra does only once. It had
   * connected the connector, or the tokens are lost.
   */
  private async settleInterrupted(session: Stored<DeviceSession>): Promise<PollResult> {
    const connector = await this.connectors.get(session);
    const { state } = asCompleted(session, connector);
    return state === 'succeeded'
      ? this.finish(session, connector)
      : this.fail(session, interrupted());
  }

  /** Connects, unless the session was cancelled or superseded meanwhile. */
  private async complete(
    session: Stored<DeviceSession>,
    signIn: SignInResult,
  ): Promise<PollResult> {
    const consumed = await this.store.replace(consume(session)).catch(ignoreStale);
    if (!consumed) return done;
    const { tenantId, initiator, authority, allowAccountChange, createdAt } = session;
    try {
      assertSignInTenant(authority, signIn);
      const read = await this.connectors.get(session);
      const actor = { tenantId, ...initiator };
      await this.assertPresent(actor);
      const connector = await this.connections.connectWithGrant(actor, read, signIn, {
        connectedWith: 'device_code',
        allowAccountChange,
        startedAt: createdAt,
        attemptId: session.id,
      });
      return await this.finish(consumed, connector);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return this.fail(consumed, error);
    }
  }

  /** The connector is connected, so a failure to record it fails nothing. */
  private async finish(
    consumed: Stored<DeviceSession>,
    { account }: Connector,
  ): Promise<PollResult> {
    try {
      const signedIn = account && signedInAccountOf(account);
      await this.store.replace(succeed(consumed, signedIn, this.now()));
      await this.attempts.supersedeEarlier(consumed);
    } catch (error) {
      logFailure('sign_in.record_failed', error, { attemptId: consumed.id });
    }
    return done;
  }

  /** A session that changed since it was read keeps its new state. */
  private async fail(session: Stored<DeviceSession>, error: unknown): Promise<PollResult> {
    const outcome = outcomeOf(withActionLink(error, session.connectorId));
    const failed = endAttempt(session, 'failed', this.now(), outcome);
    const event = sessionEvent(session, 'device.session_failed', session.initiator, outcome.code);
    await this.events
      .commit([event], (messages) => this.store.replace(failed, messages))
      .catch(ignoreStale);
    return done;
  }
}

/** A session that changed since it was read keeps its new state. */
function ignoreStale(error: unknown): undefined {
  if (!(error instanceof StaleError)) throw error;
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
  createdAt: session.createdAt,
});
