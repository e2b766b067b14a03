import { UpstreamError } from '../../functions/errors/app-error';
import { owner, ownerOfOtherTenant } from '../support/builders';
import { callEndpoint } from '../support/call-endpoint';
import { testContext } from '../support/context';
import { connect, createUser, scimClient, scimContext } from './scim-client';

const days = (count: number) => count * 86_400;
const unauthorized = { status: 401, headers: { 'WWW-Authenticate': 'Bearer' } };

describe('a token', () => {
  it('is shown once, and stored as a digest only', async () => {
    const { context, key, token } = await scimContext();

    const { json } = await callEndpoint('getProvisioningConnection', {
      params: { connectionId: key.connectionId },
      services: context.services,
    });

    const [, , , secret] = token.split('_');
    const stored = await context.provisioningConnectionStore.get(key);
    expect(JSON.stringify([json, stored])).not.toContain(secret);
    expect(json.tokens).toMatchObject([{ status: 'active', id: token.split('_')[2] }]);
  });

  it('works together with the old one until the overlap ends', async () => {
    const { context, key, scim } = await scimContext();
    const { status, json } = await callEndpoint('issueProvisioningToken', {
      params: { connectionId: key.connectionId },
      body: { overlapDays: 7 },
      services: context.services,
    });
    const rotated = scimClient(context.services, json.token);

    const during = [await scim('GET', '/Users'), await rotated('GET', '/Users')];
    context.wait(days(7) - 1);
    const justBefore = await scim('GET', '/Users');
    context.wait(1);
    const after = [await scim('GET', '/Users'), await rotated('GET', '/Users')];

    expect(status).toBe(201);
    expect(during.map((each) => each.status)).toEqual([200, 200]);
    expect(justBefore.status).toBe(200);
    expect(after.map((each) => each.status)).toEqual([401, 200]);
  });

  it('ends at once when it is replaced without an overlap', async () => {
    const { context, key, scim } = await scimContext();
    await scim('GET', '/Users');

    await context.services.provisioningConnections.issueToken(owner, key, { overlapDays: 0 });
    context.wait(2);

    expect(await scim('GET', '/Users')).toMatchObject(unauthorized);
  });

  it.each(['delete', 'disable'] as const)(
    'ends fifteen minutes after its key is gone: %s',
    async (removal) => {
      const { context, scim } = await scimContext();
      const { secretStore } = context;
      const before = await scim('GET', '/Users');
      const [{ version } = { version: '' }] = await secretStore.listVersions('pv-token-pepper');
      await secretStore[removal]('pv-token-pepper', version);

      context.wait(15 * 60);
      const after = await scim('GET', '/Users');
      const other = await connect(context);
      context.wait(15 * 60);

      expect(before.status).toBe(200);
      expect(after).toMatchObject(unauthorized);
      expect(await scim('GET', '/Users')).toMatchObject(unauthorized);
      expect((await other.scim('GET', '/Users')).status).toBe(200);
    },
  );

  it('stays valid while Key Vault cannot be read', async () => {
    const { context, scim } = await scimContext();
    await scim('GET', '/Users');
    const down = new UpstreamError('key_vault_unavailable', 'down', true);
    jest.spyOn(context.secretStore, 'get').mockRejectedValue(down);
    jest.spyOn(console, 'error').mockReturnValue();

    context.wait(15 * 60);

    expect((await scim('GET', '/Users')).status).toBe(200);
  });

  it('is refused two seconds after it was revoked', async () => {
    const { context, key, issued, scim } = await scimContext();
    await scim('GET', '/Users');

    const { status } = await callEndpoint('revokeProvisioningToken', {
      params: { connectionId: key.connectionId, tokenId: issued.id },
      services: context.services,
    });
    context.wait(2);

    expect(status).toBe(204);
    expect(await scim('GET', '/Users')).toMatchObject(unauthorized);
    expect((await scim('GET', '/Users')).json.detail).toContain('revoked');
  });

  it('expires after 180 days', async () => {
    const { context, scim } = await scimContext();

    context.wait(days(180) - 1);
    const before = await scim('GET', '/Users');
    context.wait(1);

    expect(before.status).toBe(200);
    expect(await scim('GET', '/Users')).toMatchObject(unauthorized);
  });

  it.each([
    ['no token', () => ''],
    ['another text', () => 'secret'],
    ['a wrong checksum', (token: string) => `${token.slice(0, -1)}x`],
    ['a token that was never issued', () => 'adfc_local_000000000000000000_00_00000000'],
  ])('is refused if it is %s', async (_, change) => {
    const { context, token } = await scimContext();

    const result = await scimClient(context.services, change(token))('GET', '/Users');

    expect(result).toMatchObject(unauthorized);
    expect(Object.keys(result.json).toSorted()).toEqual(['detail', 'schemas', 'status']);
  });

  it('of another connection does not open this one with its own secret', async () => {
    const { context, token } = await scimContext();
    const other = await connect(context);
    const { crc32 } = await import('node:zlib');
    const [prefix, environment, id] = token.split('_');
    const content = [prefix, environment, id, other.token.split('_')[3]].join('_');
    const forged = `${content}_${crc32(content).toString(16).padStart(8, '0')}`;

    expect(await scimClient(context.services, forged)('GET', '/Users')).toMatchObject(unauthorized);
  });

  it('is audited when it is refused', async () => {
    const append = jest.fn(async (_record: { readonly action: string }) => {});
    const audit = { rowOf: () => ({ rowKey: 'audit-1', columns: {} }), append };
    const { context, key, issued, scim } = await scimContext({ hooks: { audit } });
    await context.services.provisioningConnections.revokeToken(owner, key, issued.id);

    await scim('GET', '/Users');
    await scim('GET', '/Users');

    expect(append.mock.calls.map(([{ action }]) => action)).toEqual(['token.refused']);
  });

  it.each([
    ['203.0.113.5:5123', ['203.0.113.0/24'], 200],
    ['203.0.114.5:5123', ['203.0.113.0/24'], 403],
    ['::ffff:203.0.113.5', ['203.0.113.5'], 200],
    ['[2001:db8::7]:443', ['10.0.0.0/8', '2001:DB8::/32'], 200],
    ['2001:db9::7', ['2001:db8::/32', '0.0.0.0/0'], 403],
    ['203.0.113.5, 9.9.9.9:1', ['203.0.113.0/24'], 403],
    ['unknown', ['0.0.0.0/0', '::/0'], 403],
    [undefined, ['0.0.0.0/0', '::/0'], 403],
  ])('from %s with the allowed addresses %j is answered with %i', async (from, ranges, status) => {
    const append = jest.fn(async (_record: { readonly action: string }) => {});
    const audit = { rowOf: () => ({ rowKey: 'audit-1', columns: {} }), append };
    const { context, key, scim } = await scimContext({ hooks: { audit } });
    const { services } = context;
    const changed = await callEndpoint('updateProvisioningConnection', {
      services,
      params: { connectionId: key.connectionId },
      headers: { 'if-match': '*' },
      body: { allowedAddresses: ranges },
    });
    const headers = from === undefined ? {} : { 'x-forwarded-for': from };

    const response = await scim('GET', '/Users', { headers });
    await scim('GET', '/Users', { headers });

    expect(changed.json.allowedAddresses).toEqual(ranges);
    expect(response.status).toBe(status);
    const refused = { action: 'token.refused', status: 403, connectionId: key.connectionId };
    expect(append.mock.calls.map(([record]) => record)).toMatchObject(
      status === 200 ? [] : [refused],
    );
  });

  it('is accepted from anywhere again without allowed addresses', async () => {
    const { context, key, scim } = await scimContext();
    const change = (body: object) =>
      callEndpoint('updateProvisioningConnection', {
        services: context.services,
        params: { connectionId: key.connectionId },
        headers: { 'if-match': '*' },
        body,
      });
    const statuses: number[] = [];
    for (const body of [
      { allowedAddresses: ['192.0.2.1'] },
      { name: 'Kept list' },
      { allowedAddresses: null },
    ]) {
      await change(body);
      context.wait(3);
      statuses.push((await scim('GET', '/Users')).status);
    }

    expect(statuses).toEqual([403, 403, 200]);
    const aViolation = expect.objectContaining({ pointer: '/allowedAddresses/0' });
    for (const range of [
      '203.0.113.0/33',
      '203.0.113',
      '203.0.113.0/',
      '1.2.3.4/8/8',
      'fe80::1%eth0',
      '::ffff:1.2.3.4',
      '010.0.0.1',
      '10.0.0.0/08',
      'a'.repeat(99),
    ])
      expect(await change({ allowedAddresses: [range] })).toMatchObject({
        status: 400,
        json: { errors: expect.arrayContaining([aViolation]) },
      });
    expect((await change({ allowedAddresses: [] })).status).toBe(400);
  });

  it('opens only what its scopes allow', async () => {
    const { scim } = await scimContext({ scopes: ['users.read'] });

    const statuses = [
      await scim('GET', '/Users'),
      await scim('POST', '/Users', { body: {} }),
      await scim('GET', '/Groups'),
      await scim('GET', '/Schemas'),
      await scim('GET', '/'),
    ].map(({ status }) => status);

    expect(statuses).toEqual([200, 403, 403, 403, 403]);
  });

  it('shows when it was used last, to the minute', async () => {
    const { context, key, scim } = await scimContext();
    const putTokenUse = jest.spyOn(context.provisioningConnectionStore, 'putTokenUse');

    await scim('GET', '/Users', { headers: { 'x-forwarded-for': '9.9.9.9, 203.0.113.5:5123' } });
    context.wait(30);
    await scim('GET', '/Users');
    context.wait(30);
    await scim('GET', '/Users');

    expect(putTokenUse).toHaveBeenCalledTimes(2);
    expect(putTokenUse.mock.calls[0]![2]).toMatchObject({ ip: '203.0.113.5' });
    const uses = await context.services.provisioningConnections.tokenUses(key);
    expect([...uses.keys()]).toHaveLength(1);
  });

  it('is one of at most five active ones', async () => {
    const { context, key } = await scimContext();
    const issue = () =>
      callEndpoint('issueProvisioningToken', {
        params: { connectionId: key.connectionId },
        services: context.services,
      });

    const statuses: number[] = [];
    for (let n = 0; n < 5; n++) statuses.push((await issue()).status);

    expect(statuses).toEqual([201, 201, 201, 201, 409]);
  });
});

describe('a provisioning connection', () => {
  it('warns before its last token ends', async () => {
    const { context, key } = await scimContext();
    const read = async () =>
      (
        await callEndpoint('getProvisioningConnection', {
          params: { connectionId: key.connectionId },
          services: context.services,
        })
      ).json;

    const healthy = await read();
    context.wait(days(151));
    const expiring = await read();
    context.wait(days(30));

    expect([healthy.status, expiring.status]).toEqual(['healthy', 'token_expiring']);
    expect(expiring.expiresAt).toBe(expiring.tokens[0].expiresAt);
    expect((await read()).status).toBe('no_token');
  });

  it('records an event at four times before its tokens end', async () => {
    const { context } = await scimContext();
    const { outboxRelay, provisioningMaintenance } = context.services;

    for (let day = 0; day < 180; day++) {
      await provisioningMaintenance.maintain(() => undefined);
      context.wait(days(1));
    }

    await outboxRelay.relayAll(context.durableClient, () => {});
    const warnings = context.eventStore
      .all()
      .filter(({ type }) => type === 'provisioning.token_expiring');
    expect(warnings.map(({ data }) => data['days'])).toEqual([30, 14, 7, 1]);
  });

  it('is renamed in the version that If-Match names', async () => {
    const { context, key } = await scimContext();
    const call = (ifMatch: string) =>
      callEndpoint('updateProvisioningConnection', {
        params: { connectionId: key.connectionId },
        headers: { 'if-match': ifMatch },
        body: { name: 'Okta', profile: 'okta' },
        services: context.services,
      });

    const stale = await call('"v1"');
    const right = await call('"v2"');

    expect([stale.status, right.status]).toEqual([412, 200]);
    expect(right.json).toMatchObject({ name: 'Okta', profile: 'okta' });
  });

  it('does not exist for another tenant', async () => {
    const { context, key, issued } = await scimContext();
    const { connectionId } = key;
    const call = { services: context.services, as: ownerOfOtherTenant };

    const results = [
      await callEndpoint('getProvisioningConnection', { ...call, params: { connectionId } }),
      await callEndpoint('deleteProvisioningConnection', { ...call, params: { connectionId } }),
      await callEndpoint('issueProvisioningToken', { ...call, params: { connectionId } }),
      await callEndpoint('listProvisioningRequests', { ...call, params: { connectionId } }),
      await callEndpoint('revokeProvisioningToken', {
        ...call,
        params: { connectionId, tokenId: issued.id },
      }),
    ];

    expect(results.map(({ status }) => status)).toEqual(Array(5).fill(404));
  });

  it('refuses its tokens when it is deleted, until it is purged', async () => {
    const { context, key, issued, scim } = await scimContext();
    await createUser(scim, 'ada@contoso.com');

    const { status } = await callEndpoint('deleteProvisioningConnection', {
      params: { connectionId: key.connectionId },
      services: context.services,
    });
    context.wait(2);
    const refused = await scim('GET', '/Users');
    const { provisioningConnectionStore, directoryStore } = context;
    // A request that was accepted before may still write.
    await context.services.provisioningMaintenance.maintain(() => undefined);
    const kept = await directoryStore.listIds(key, 'User');
    context.wait(4 * 60);
    await context.services.provisioningMaintenance.maintain(() => undefined);

    expect([status, refused.status, kept.length]).toEqual([204, 401, 1]);
    expect(await directoryStore.listIds(key, 'User')).toEqual([]);
    expect(await provisioningConnectionStore.get(key)).toBeUndefined();
    expect(await provisioningConnectionStore.getTokenOwner(issued.id)).toBeUndefined();
  });

  it('is kept until everything that it granted is revoked', async () => {
    let released = false;
    const access = {
      intentsOf: () => [],
      afterChange: async () => {},
      release: async () => released,
    };
    const { context, key, scim } = await scimContext({ hooks: { access } });
    await createUser(scim, 'ada@contoso.com');
    await context.services.provisioningConnections.delete(owner, key);

    await context.services.provisioningMaintenance.maintain(() => undefined);
    context.wait(4 * 60);
    await context.services.provisioningMaintenance.maintain(() => undefined);
    const kept = await context.directoryStore.listIds(key, 'User');
    released = true;
    await context.services.provisioningMaintenance.maintain(() => undefined);

    expect(kept).toHaveLength(1);
    expect(await context.directoryStore.listIds(key, 'User')).toEqual([]);
  });
});

describe('the requests of a connection', () => {
  it('are listed with the attribute at fault, without its value', async () => {
    const { context, key, scim } = await scimContext();
    const body = { userName: 'ada@contoso.com', departmnt: 'secret-value' };
    await scim('POST', '/Users', { body });
    await scim('GET', '/Users?filter=userName eq "secret-name"');

    const { json } = await callEndpoint('listProvisioningRequests', {
      params: { connectionId: key.connectionId },
      services: context.services,
    });

    expect(json.items).toHaveLength(2);
    const failure = json.items.find(({ status }: { status: number }) => status === 400);
    expect(failure).toMatchObject({
      method: 'POST',
      path: '/Users',
      attribute: 'departmnt',
      requestId: 'request-1',
    });
    expect(JSON.stringify(json)).not.toContain('secret-');
  });

  it('are limited per connection', async () => {
    const { context, key, scim } = await scimContext();
    const { rateLimiter } = context.services;
    await rateLimiter.consume('scim', key.tenantId, key.connectionId, 60_000);

    const refused = await scim('GET', '/Users');

    expect(refused.status).toBe(429);
    expect(Number(refused.headers['Retry-After'])).toBeGreaterThan(0);
    expect(refused.json.schemas).toEqual(['urn:ietf:params:scim:api:messages:2.0:Error']);
    const other = await connect(context);
    expect((await other.scim('GET', '/Users')).status).toBe(200);
  });
});

describe('the provisioning connections of a tenant', () => {
  it('are never more than twenty, although many are created at once', async () => {
    const { services } = testContext();
    const { provisioningConnections } = services;

    const results = await Promise.allSettled(
      Array.from({ length: 30 }, (_, n) =>
        provisioningConnections.create(owner, { name: `Provider ${n}`, profile: 'okta' }),
      ),
    );

    const refused = results.filter(({ status }) => status === 'rejected');
    expect(await provisioningConnections.list(owner.tenantId)).toHaveLength(20);
    expect(refused).toHaveLength(10);
    for (const each of refused)
      expect(each).toMatchObject({ reason: { code: 'too_many_provisioning_connections' } });
  });

  it('do not include those that are being deleted', async () => {
    const { services } = testContext();
    const { provisioningConnections } = services;
    const create = () => provisioningConnections.create(owner, { name: 'Okta', profile: 'okta' });
    const created = await Promise.all(Array.from({ length: 20 }, create));
    const { tenantId, id } = created[0]!;
    await provisioningConnections.delete(owner, { tenantId, connectionId: id });

    const replacement = await create();

    expect(await provisioningConnections.list(tenantId)).toContainEqual(replacement);
    await expect(create()).rejects.toMatchObject({ code: 'too_many_provisioning_connections' });
  });
});
