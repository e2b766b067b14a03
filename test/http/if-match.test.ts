/** If-Match after RFC 9110 section 13.1.1, the same way for every change that requires it. */
import { noRules, ruleSetEtag } from '../../functions/access/rules/role-rule';
import { allowedTenantsEtag } from '../../functions/credentials/accounts/allowed-tenants';
import { endpoints } from '../../functions/endpoints';
import type { Endpoint } from '../../functions/http/endpoint';
import { targetEtag } from '../../functions/openlineage/push/target';
import { connectionEtag } from '../../functions/provisioning/connections/connection';
import { webhookEtag } from '../../functions/webhooks/webhook';
import { aConnector, owner } from '../support/builders';
import { callEndpoint, type EndpointName } from '../support/call-endpoint';
import { syncContext } from '../support/sync-context';

interface Change {
  readonly params: Record<string, string>;
  readonly body?: unknown;
  /** ETag of the current version. */
  readonly etag: string;
  readonly success: number;
}

const connector = { connectorId: 'c1' };
const identityProvider = { name: 'Entra ID', profile: 'entra' } as const;
type Services = ReturnType<typeof syncContext>['services'];

/** A change of each kind, which succeeds in the context. */
const changes: Record<string, (services: Services) => Promise<Change>> = {
  updateConnector: async () => ({
    params: connector,
    body: { name: 'New' },
    etag: '"v7"',
    success: 200,
  }),
  deleteConnector: async () => ({ params: connector, etag: '"v7"', success: 202 }),
  replaceSchedule: async () => ({
    params: connector,
    body: { kind: 'manual' },
    etag: '"s0"',
    success: 200,
  }),
  async replaceAllowedTenants({ allowedTenants }) {
    const etag = allowedTenantsEtag(await allowedTenants.get(owner.tenantId));
    return { params: {}, body: { tenantIds: [] }, etag, success: 200 };
  },
  async updateWebhook({ webhooks }) {
    const { webhook } = await webhooks.create(owner, {
      url: 'https://hooks.example/a',
      events: ['*'],
    });
    const body = { description: 'New' };
    return { params: { webhookId: webhook.id }, body, etag: webhookEtag(webhook), success: 200 };
  },
  async updateProvisioningConnection({ provisioningConnections }) {
    const connection = await provisioningConnections.create(owner, identityProvider);
    const params = { connectionId: connection.id };
    return { params, body: { name: 'New' }, etag: connectionEtag(connection), success: 200 };
  },
  async replaceRoleRules({ provisioningConnections }) {
    const { id: connectionId } = await provisioningConnections.create(owner, identityProvider);
    const body = { rules: [], reason: 'a test' };
    return { params: { connectionId }, body, etag: ruleSetEtag(noRules), success: 200 };
  },
  async replaceOpenLineagePush({ openLineageTargets }) {
    const { target } = await openLineageTargets.get({ ...connector, tenantId: owner.tenantId });
    const body = { url: 'https://marquez.example/api/v1/lineage' };
    return { params: connector, body, etag: targetEtag(target), success: 200 };
  },
};

const conditional = Object.entries<Endpoint>(endpoints)
  .filter(([, { ifMatch }]) => ifMatch)
  .map(([name]) => name as EndpointName);

async function change(name: EndpointName, header: (etag: string) => string) {
  const { services } = syncContext([aConnector({ version: 7 })]);
  const { etag, success, ...call } = await changes[name]!(services);
  const headers = { 'if-match': header(etag) };
  const response = await callEndpoint(name, { services, headers, ...call });
  return { ...response, success, etag };
}

describe.each(conditional)('If-Match of %s', (name) => {
  it.each<[string, (etag: string) => string]>([
    ['the ETag', (etag) => etag],
    ['*', () => '*'],
    ['a list with the ETag', (etag) => `"other", ${etag}`],
    ['a list with empty elements', (etag) => `, ,${etag},`],
    ['tags with commas', (etag) => `"a,b",${etag}`],
    ['a weak tag beside the ETag', (etag) => `W/"other" , ${etag}`],
  ])('accepts %s', async (_, header) => {
    const { status, success } = await change(name, header);

    expect(status).toBe(success);
  });

  it.each<[string, (etag: string) => string]>([
    ['another ETag', () => '"other"'],
    ['the ETag within a longer one', (etag) => `"x,${etag.slice(1)}`],
  ])('responds 412 to %s', async (_, header) => {
    expect(await change(name, header)).toMatchObject({ status: 412 });
  });

  it('names a weak tag', async () => {
    const { status, json, etag } = await change(name, (current) => `W/${current}`);

    expect(status).toBe(412);
    expect(json).toMatchObject({ code: 'if_match_weak' });
    expect(json.detail).toContain(`W/${etag}`);
  });

  it.each(['v1', '"v1', '"a" "b"', 'w/"v1"', '*, "v1"', ',', '"'])(
    'rejects %j as malformed',
    async (header) => {
      expect(await change(name, () => header)).toMatchObject({
        status: 400,
        json: { code: 'if_match_invalid' },
      });
    },
  );
});
