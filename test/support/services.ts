/** The rooms of connectors and sign-ins with nothing outside of them. A test overrides only what it is about. */
import { AccessTokenService } from '../../functions/connectors/access-token-service';
import { ConnectionService } from '../../functions/connectors/connection-service';
import type { Connector } from '../../functions/connectors/connector';
import { ConnectorService } from '../../functions/connectors/connector-service';
import { DeletionService } from '../../functions/connectors/deletion-service';
import type { AzureAccess } from '../../functions/connectors/ports';
import { Cursors } from '../../functions/http/paging';
import { OAuthService } from '../../functions/oauth/oauth-service';
import { SessionService } from '../../functions/oauth/session-service';
import type { Services } from '../../functions/services';
import { fakeAuthorizationStore } from '../fakes/authorization-store';
import { fakeConnectorStore } from '../fakes/connector-store';
import { fakeCredentialVault } from '../fakes/credential-vault';
import { fakeAzureAccess, fakeEntra } from '../fakes/entra';
import { fakeOrchestrations } from '../fakes/orchestrations';
import { ada, now as aMoment } from './builders';

export interface TestWorld {
  readonly connectors?: readonly Connector[];
  readonly azure?: Partial<AzureAccess>;
  readonly publicUrl?: string;
}

/** The fakes, to look at and to steer, and the services built on them. */
export function testWorld({
  connectors: given = [],
  azure,
  publicUrl = 'http://localhost:7071',
}: TestWorld = {}) {
  let time = aMoment.getTime();
  let ids = 0;
  const now = () => new Date(time);
  const newId = () => `id-${String(++ids).padStart(4, '0')}`;
  const store = fakeConnectorStore(...given);
  const authorizations = fakeAuthorizationStore();
  const vault = fakeCredentialVault();
  const entra = fakeEntra(now);
  const orchestrations = fakeOrchestrations();
  const returnUrls = { app: 'https://app.example/connectors?tab=1' };

  const connectors = new ConnectorService(store, now, newId);
  const azureAccess = fakeAzureAccess(azure);
  const connections = new ConnectionService(connectors, store, vault, entra, azureAccess, now);
  const services = {
    now,
    authenticate: async () => ada,
    orchestrations: () => orchestrations,
    cursors: new Cursors(async () => 'cursor-key', publicUrl),
    publicUrl,
    returnUrls,
    connectors,
    connections,
    accessTokens: new AccessTokenService(connectors, connections, vault, entra, now),
    deletion: new DeletionService(store, vault, [authorizations]),
    oauth: new OAuthService(authorizations, entra, connections, now, {
      entraUrl: 'https://login.example',
      responseMode: publicUrl.startsWith('https:') ? 'form_post' : 'query',
    }),
    oauthSessions: new SessionService(authorizations, connectors, now, newId, ['app']),
    checkHealth: async () => [{ name: 'configuration', ok: true }],
  } satisfies Partial<Services>;

  return {
    services: services as typeof services & Services,
    store,
    authorizations,
    vault,
    entra,
    orchestrations,
    /** Lets time pass. */
    wait: (seconds: number) => void (time += seconds * 1_000),
  };
}

export const testServices = (overrides: Partial<Services> = {}): Services => ({
  ...testWorld().services,
  ...overrides,
});
