/** Tests a connection now: token, Resource Manager, factories. Stops at the first failure. */
import { isOperational } from '../../connectors/connection';
import { connectorKeyOf, type Connector } from '../../connectors/connector';
import type { ConnectorService } from '../../connectors/connector-service';
import type { FactoryReader } from '../../data-factory/ports';
import { AppError, RefusedError } from '../../errors/app-error';
import type { Actor } from '../../events/actor';
import type { EventLog } from '../../events/ports';
import { Secret } from '../../secrets/secret';
import type { ConnectorKey } from '../../storage/connector-key';
import type { Stored } from '../../storage/stored';
import { isTokenRejected } from '../access-token-service';
import { ConnectionStateService } from '../connection-state-service';
import type { AccessCheck, ConnectorAccessTokens } from '../ports';
import { TestRecordingService } from './test-recording-service';

export interface ConnectionTestStep {
  readonly name: 'token' | 'resource_manager' | 'factories';
  readonly ok: boolean;
  /** `ok`, or the code of the failure. */
  readonly code: string;
  readonly message: string;
  readonly durationMs: number;
}

export class ConnectionTestService {
  constructor(
    private readonly connectors: Pick<ConnectorService, 'get' | 'changeStored'>,
    private readonly accessTokens: ConnectorAccessTokens,
    private readonly accessCheck: Pick<AccessCheck, 'assertSubscriptionAccess'>,
    private readonly factoryReader: Pick<FactoryReader, 'discover'>,
    private readonly now: () => Date,
    private readonly events: EventLog,
  ) {}

  /** Returns the steps in order. The first step that failed is the last one. */
  async test(actor: Actor, connectorId: string): Promise<readonly ConnectionTestStep[]> {
    const key = { tenantId: actor.tenantId, connectorId };
    const connector = await this.connectors.get(key);
    const findings = new TestRecordingService(connector, this.connectors, this.events);
    const steps = await this.stepsOf(connector, new ConnectionStateService(findings, this.now));
    const { ok, code } = steps.at(-1)!;
    await findings.record({
      ...key,
      type: 'connector.tested',
      actor,
      outcome: ok ? 'succeeded' : 'failed',
      data: { code },
    });
    return steps;
  }

  private async stepsOf(
    connector: Stored<Connector>,
    states: ConnectionStateService,
  ): Promise<readonly ConnectionTestStep[]> {
    const key = connectorKeyOf(connector);
    // Entra is asked in any case, also for a connection that has expired or waits.
    const token = await this.step('token', 'Microsoft issued a token.', () =>
      this.accessTokens.forConnector(connector, { probe: true, recorder: states }),
    );
    if (token.result === undefined) return [token.step];
    const secret = new Secret(token.result);
    const access = await this.step(
      'resource_manager',
      'Azure accepted the token, and it can read a subscription.',
      () => this.checkAccess(key, secret, states).then(() => true),
    );
    if (!access.result) return [token.step, access.step];
    await states.recordVerified(connector);
    const factories = await this.step(
      'factories',
      (found) => `The connector can read ${found.length} factories.`,
      () => this.factoryReader.discover(key),
    );
    return [token.step, access.step, factories.step];
  }

  /** Records what concerns the connection. A rejection must be confirmed by another request. */
  private async checkAccess(
    key: ConnectorKey,
    token: Secret,
    states: ConnectionStateService,
  ): Promise<void> {
    try {
      await this.accessCheck.assertSubscriptionAccess(token);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      const connector = await this.connectors.get(key);
      if (!isTokenRejected(error)) await states.recordFailure(connector, error);
      else if (isOperational(connector) && !(await this.accessTokens.confirmRejection(key, states)))
        return;
      throw error;
    }
  }

  private async step<T>(
    name: ConnectionTestStep['name'],
    message: string | ((result: T) => string),
    work: () => Promise<T>,
  ): Promise<{ readonly step: ConnectionTestStep; readonly result?: T }> {
    const startedAt = this.now().getTime();
    const stepOf = (ok: boolean, code: string, text: string): ConnectionTestStep => ({
      name,
      ok,
      code,
      message: text,
      durationMs: this.now().getTime() - startedAt,
    });
    try {
      const result = await work();
      const text = typeof message === 'string' ? message : message(result);
      return { step: stepOf(true, 'ok', text), result };
    } catch (error) {
      if (error instanceof AppError) return { step: stepOf(false, error.code, error.message) };
      throw error;
    }
  }
}
