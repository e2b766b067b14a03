/** Values for tests. A test overrides only the fields that matter to it. */
import type { Connector } from '../../functions/connectors/connector';
import type { Caller } from '../../functions/http/caller';

export const now = new Date('2026-01-15T12:00:00.000Z');

export const owner: Caller = {
  tenantId: 'c0c0a000-0000-4000-8000-000000000001',
  objectId: 'c0c0a000-0000-4000-8000-000000000011',
  displayName: 'Ada Lovelace',
  roles: ['Owner'],
};

/** An Owner in another tenant. */
export const ownerOfOtherTenant: Caller = {
  tenantId: 'fabba000-0000-4000-8000-000000000002',
  objectId: 'fabba000-0000-4000-8000-000000000021',
  displayName: 'Mallory',
  roles: ['Owner'],
};

export const viewer: Caller = { ...owner, displayName: 'Edgar Codd', roles: ['Viewer'] };

export function aConnector(overrides: Partial<Connector> = {}): Connector {
  const person = { objectId: owner.objectId, displayName: owner.displayName };
  return {
    tenantId: owner.tenantId,
    id: 'c1',
    name: 'Sales',
    type: 'azure-data-factory',
    credentialOwner: person,
    connection: { state: 'unconnected' },
    secrets: {},
    version: 1,
    createdAt: now.toISOString(),
    createdBy: person,
    updatedAt: now.toISOString(),
    ...overrides,
  };
}

/** Connected with OAuth by the owner. Its grant is the first secret of a fake secret store. */
export function aConnectedConnector(overrides: Partial<Connector> = {}): Connector {
  return aConnector({
    connectedWith: 'oauth',
    account: {
      tenantId: owner.tenantId,
      clientId: '0f0e1d2c-0000-4000-8000-0000000000a2',
      objectId: owner.objectId,
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
