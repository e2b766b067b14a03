/** Does the connection work at this moment? Step by step as a sync would go, and as far as it gets. */
import type { FactoryReader } from '../data-factory/ports';
import { AppError } from '../errors/app-error';
import { Secret } from '../secrets/secret';
import type { ConnectionStateService } from './connection-state-service';
import type { ConnectorService } from '../connectors/connector-service';
import type { AccessTokens, AccessCheck } from './ports';

export interface ConnectionTestStep {
  readonly name: 'token' | 'resource_manager' | 'factories';
  readonly ok: boolean;
  /** `ok`, or the code of what went wrong. */
  readonly code: string;
  readonly message: string;
  readonly ms: number;
}

export class ConnectionTestService {
  constructor(
    private readonly connectors: Pick<ConnectorService, 'get'>,
    private readonly states: Pick<ConnectionStateService, 'noteVerified'>,
    private readonly tokens: AccessTokens,
    private readonly azure: Pick<AccessCheck, 'assertSubscriptionAccess'>,
    private readonly factories: Pick<FactoryReader, 'discover'>,
    private readonly now: () => Date,
  ) {}

  /** A step that fails is the last one: those after it could only fail as well. */
  async test(tenantId: string, id: string): Promise<readonly ConnectionTestStep[]> {
    const connector = await this.connectors.get(tenantId, id);
    let token = '';
    const steps: ConnectionTestStep[] = [];
    const passed = async (name: ConnectionTestStep['name'], work: () => Promise<string>) => {
      const step = await this.timed(name, work);
      steps.push(step);
      return step.ok;
    };
    const verified =
      (await passed('token', async () => {
        token = await this.tokens.forResourceManager(tenantId, id, { fresh: true });
        return 'Microsoft signs the connector in.';
      })) &&
      (await passed('resource_manager', async () => {
        await this.azure.assertSubscriptionAccess(new Secret(token));
        return 'Azure accepts the sign-in, and a subscription can be read.';
      }));
    if (!verified) return steps;
    await this.states.noteVerified(connector);
    await passed('factories', async () => {
      const found = await this.factories.discover({ tenantId, connectorId: id });
      return `Factories that can be read: ${found.length}.`;
    });
    return steps;
  }

  private async timed(
    name: ConnectionTestStep['name'],
    work: () => Promise<string>,
  ): Promise<ConnectionTestStep> {
    const begun = this.now().getTime();
    const ended = (ok: boolean, code: string, message: string): ConnectionTestStep => ({
      name,
      ok,
      code,
      message,
      ms: this.now().getTime() - begun,
    });
    try {
      return ended(true, 'ok', await work());
    } catch (error) {
      if (error instanceof AppError) return ended(false, error.code, error.message);
      throw error;
    }
  }
}
