/** Things a test needs some of. It names only what it is about. */
import type { Connector } from '../../functions/connectors/connector';
import type { Caller } from '../../functions/http/caller';

export const now = new Date('2026-01-15T12:00:00.000Z');

export const ada: Caller = {
  tenantId: 'c0c0a000-0000-4000-8000-000000000001',
  objectId: 'c0c0a000-0000-4000-8000-000000000011',
  displayName: 'Ada Lovelace',
  roles: ['Owner'],
};

/** An Owner of another customer. */
export const mallory: Caller = {
  tenantId: 'fabba000-0000-4000-8000-000000000002',
  objectId: 'fabba000-0000-4000-8000-000000000021',
  displayName: 'Mallory',
  roles: ['Owner'],
};

export const edgar: Caller = { ...ada, displayName: 'Edgar Codd', roles: ['Viewer'] };

export function aConnector(overrides: Partial<Connector> = {}): Connector {
  const owner = { objectId: ada.objectId, displayName: ada.displayName };
  return {
    tenantId: ada.tenantId,
    id: 'c1',
    name: 'Sales',
    type: 'azure-data-factory',
    credentialOwner: owner,
    connection: { state: 'unconnected' },
    secrets: {},
    version: 1,
    createdAt: now.toISOString(),
    createdBy: owner,
    updatedAt: now.toISOString(),
    ...overrides,
  };
}

/** Connected by OAuth as Ada, with a grant that a fake vault would know as its first secret. */
export function aConnectedConnector(overrides: Partial<Connector> = {}): Connector {
  return aConnector({
    connectedWith: 'oauth',
    account: {
      tenantId: ada.tenantId,
      clientId: '0f0e1d2c-0000-4000-8000-0000000000a2',
      objectId: ada.objectId,
      username: 'ada@contoso.example',
    },
    connection: {
      state: 'connected',
      connectedAt: now.toISOString(),
      lastRefreshAt: now.toISOString(),
      expiresAt: '2026-04-15T12:00:00.000Z',
      expiresAtSource: 'refresh_token_sliding',
    },
    secrets: { grant: { name: 'cn-c1-grant', version: 'v1', updatedAt: now.toISOString() } },
    ...overrides,
  });
}
