/** The SCIM endpoint of a running stack: conformance, both providers, tokens, a death of the host. */
import { hostScimClient, playProvider } from '../../e2e/support/scim';
import { fireTimer } from '../../e2e/support/timers';
import type { RunningStack } from '../../e2e/support/stack';
import { until } from '../../support/until';
import {
  createGroup,
  memberIds,
  patchOp,
  userSchema,
  type ScimClient,
} from '../../provisioning/scim-client';
import { describeConformance } from './conformance';

export function describeScimOfHost(open: () => RunningStack): void {
  const access = async () => (await open().description()).scim!;
  const client = async () => hostScimClient(await access());

  describeConformance('host', client);

  describe('an identity provider', () => {
    it.each(['entra', 'okta'] as const)('gets what it expects as %s', async (provider) => {
      const printed = await playProvider(provider, open().dataFolder);

      expect(printed).not.toContain('✗');
      expect(printed).toMatch(/(\d+) of \1 responses are what/);
    });

    it('finds its URL and token on the screen', async () => {
      const { baseUrl, token } = await access();

      expect(open().output()).toContain(baseUrl);
      expect(open().output()).toContain(token);
    });
  });

  describe('a token of the running host', () => {
    it('is issued, used, listed with its requests and revoked', async () => {
      const stack = open();
      const path = '/api/provisioning/connections';
      const created = await stack.call('POST', path, { body: { name: 'Second', profile: 'okta' } });
      const own = `${path}/${created.body.id}`;
      const issued = await stack.call('POST', `${own}/tokens`, { body: {} });
      const scim = hostScimClient({ ...(await access()), token: issued.body.token });

      const used = await scim('GET', '/Users?count=1');
      const failed = await scim('POST', '/Users', { body: { userName: 'x', departmnt: 'y' } });
      const requests = await stack.call('GET', `${own}/requests`);
      await stack.call('DELETE', `${own}/tokens/${issued.body.id}`);

      expect([used.status, used.json.totalResults, failed.status]).toEqual([200, 0, 400]);
      expect(requests.body.items).toContainEqual(
        expect.objectContaining({ status: 400, attribute: 'departmnt' }),
      );
      await until(async () => (await scim('GET', '/Users')).status === 401, 'the token is refused');
      await stack.call('DELETE', own);
      await fireTimer(stack, 'tick');
      expect((await stack.call('GET', own)).status).toBe(404);
    });
  });

  describe('a change of many members', () => {
    it('is completed after the host died in the middle', async () => {
      const stack = open();
      const scim = await client();
      const ids = await bulkUsers(scim, 200);
      const id = await createGroup(scim, 'Everyone');
      const members = ids.map((value) => ({ value }));

      const change = scim('PATCH', `/Groups/${id}`, {
        body: patchOp({ op: 'add', path: 'members', value: members }),
      }).catch(() => undefined);
      await until(async () => (await memberIds(scim, id)).length > 0, 'the change began');
      await stack.killHost();
      await change;
      await until(
        async () => (await scim('GET', '/Users?count=0').catch(() => undefined))?.status === 200,
        'the host is back',
      );
      // The next change of the group completes the one before.
      await scim('PATCH', `/Groups/${id}`, {
        body: patchOp({ op: 'remove', path: `members[value eq "${ids[0]}"]` }),
      });

      expect((await memberIds(scim, id)).toSorted()).toEqual(ids.slice(1).toSorted());
    });
  });
}

async function bulkUsers(scim: ScimClient, count: number): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let first = 0; first < count; first += 100) {
    const { json } = await scim('POST', '/Bulk', {
      body: {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
        Operations: Array.from({ length: 100 }, (_, n) => ({
          method: 'POST',
          path: '/Users',
          bulkId: `u${n}`,
          data: { schemas: [userSchema], userName: `bulk-${first + n}@contoso.com` },
        })),
      },
    });
    for (const { location } of json.Operations) ids.push(location.split('/').at(-1));
  }
  return ids;
}
