/** Secrets that are not used any more: removed, or kept as pending work until Key Vault confirms. */
import { InvocationContext } from '@azure/functions';
import type { Connector } from '../../functions/connectors/connector';
import { withObsoleteSecrets } from '../../functions/connectors/obsolete-secrets';
import { UpstreamError } from '../../functions/errors/app-error';
import { maintainConnections } from '../../functions/credentials/maintain-connections.timer';
import { rightSecret } from '../fakes/entra';
import { callEndpoint } from '../support/call-endpoint';
import { aConnector, owner } from '../support/builders';
import { testContext } from '../support/context';

const params = { connectorId: 'c1' };
const key = { tenantId: owner.tenantId, connectorId: 'c1' };
const credential = {
  method: 'client_credentials',
  tenantId: owner.tenantId,
  clientId: '0f0e1d2c-0000-4000-8000-0000000000a2',
};
const refused = () => new UpstreamError('key_vault_refused', 'Key Vault denied access.', false);
const reserved = () => new UpstreamError('secret_soft_deleted', 'The name is reserved.', true);

async function connectedContext() {
  const base = testContext({ connectors: [aConnector()] });
  const { services, secretStore, store, eventStore } = base;
  const submit = (clientSecret = rightSecret) =>
    callEndpoint('submitCredentials', {
      services,
      params,
      body: { ...credential, clientSecret },
    });
  const invocation = new InvocationContext({ invocationId: 'test', logHandler: () => {} });
  return {
    ...base,
    submit,
    connected: await submit(),
    disconnect: () => callEndpoint('disconnectConnector', { services, params }),
    maintain: () => maintainConnections(services, invocation),
    connector: async () => (await callEndpoint('getConnector', { services, params })).json,
    row: () => store.get(key),
    block: (method: 'disable' | 'delete' | 'put', error = refused()) =>
      jest.spyOn(secretStore, method).mockRejectedValue(error),
    eventTypes: () => eventStore.all().map(({ type }) => type),
  };
}

beforeEach(() => jest.spyOn(console, 'error').mockImplementation(() => {}));
afterEach(() => jest.restoreAllMocks());

describe('disconnect', () => {
  it.each(['disable', 'delete'] as const)(
    'reports a credential as pending if %s is refused',
    async (method) => {
      const { block, disconnect, connector, row } = await connectedContext();
      block(method);

      const { status, json } = await disconnect();

      expect([status, json.credentialRemoved]).toEqual([200, false]);
      expect(json.consent.message).toContain('could not be deleted yet');
      expect(json.connector.status).toBe('unconnected');
      const shown = await connector();
      expect(shown.warnings).toEqual([
        {
          code: 'credential_removal_pending',
          message: expect.stringContaining('Key Vault denied access.'),
        },
      ]);
      expect(JSON.stringify(shown)).not.toContain('cn-c1-secret');
      expect((await row())!.obsoleteSecrets).toMatchObject([
        { name: 'cn-c1-secret', attempts: 1, failure: { code: 'key_vault_refused' } },
      ]);
    },
  );

  it('reports a removed credential as removed', async () => {
    const { disconnect, secretStore, row } = await connectedContext();

    const { json } = await disconnect();

    expect(json).toMatchObject({
      credentialRemoved: true,
      consent: { message: expect.stringContaining('is deleted') },
    });
    expect(secretStore.usable()).toEqual([]);
    expect((await row())!.obsoleteSecrets).toBeUndefined();
  });

  it('is tried again with growing pauses until Key Vault confirms', async () => {
    const { block, disconnect, maintain, wait, row, connector, secretStore, eventTypes } =
      await connectedContext();
    const deletion = block('delete');
    await disconnect();
    const attempts = [];

    for (let minute = 0; minute < 16; minute++) {
      wait(60);
      await maintain();
      attempts.push((await row())!.obsoleteSecrets?.[0]?.attempts);
    }
    deletion.mockRestore();
    wait(3_600);
    await maintain();

    expect(attempts).toEqual([2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 5, 5]);
    expect((await connector()).warnings).toEqual([]);
    expect(secretStore.usable()).toEqual([]);
    expect((await row())!.obsoleteSecrets).toBeUndefined();
    expect(eventTypes().filter((type) => type.startsWith('credentials.rem'))).toEqual([
      'credentials.removal_delayed',
      'credentials.removed',
    ]);
  });

  it('leaves a later connection untouched while removals are pending', async () => {
    const { block, disconnect, submit, maintain, wait, row, secretStore } =
      await connectedContext();
    const deletion = block('delete');
    await disconnect();
    await submit();
    deletion.mockRestore();
    wait(3_600);

    await maintain();

    const { secrets, obsoleteSecrets } = (await row())!;
    expect(obsoleteSecrets).toBeUndefined();
    expect(secretStore.usable()).toEqual([`${secrets.secret!.name}/${secrets.secret!.version}`]);
  });

  it('wins over a rotation that started before it', async () => {
    const { services, disconnect, secretStore } = await connectedContext();
    const put = secretStore.put.bind(secretStore);
    jest.spyOn(secretStore, 'put').mockImplementationOnce(async (...input) => {
      const version = await put(...input);
      await disconnect();
      return version;
    });

    const rotated = await callEndpoint('rotateCredential', {
      services,
      params,
      body: { clientSecret: rightSecret },
    });

    expect(rotated).toMatchObject({ status: 409, json: { code: 'disconnected_meanwhile' } });
    expect(secretStore.usable()).toEqual([]);
  });
});

describe('withObsoleteSecrets', () => {
  const at = new Date('2026-01-15T12:00:00.000Z');
  const withSecret = (version: string, more = {}) =>
    aConnector({
      secrets: { secret: { name: 'cn-c1-secret', version, updatedAt: at.toISOString() } },
      ...more,
    });

  it('adds nothing if the secrets stay', () => {
    const [before, after] = [withSecret('v1'), withSecret('v1', { name: 'Stock' })];

    expect(withObsoleteSecrets(before, after, at)).toBe(after);
  });

  it('keeps the latest fifty secrets', () => {
    let connector: Connector = withSecret('v0');
    for (let n = 1; n <= 60; n++) {
      const { obsoleteSecrets = [] } = connector;
      connector = withObsoleteSecrets(connector, withSecret(`v${n}`, { obsoleteSecrets }), at);
    }

    const versions = connector.obsoleteSecrets!.map(({ version }) => version);
    expect([versions.length, versions[0], versions.at(-1)]).toEqual([50, 'v10', 'v59']);
  });
});

describe('reconnect', () => {
  it('succeeds although the old credential cannot be disabled', async () => {
    const { block, submit, connector, row } = await connectedContext();
    block('disable');

    const { status } = await submit();

    expect(status).toBe(200);
    expect(await connector()).toMatchObject({
      status: 'connected',
      warnings: [{ code: 'credential_removal_pending' }],
    });
    const { secrets, obsoleteSecrets } = (await row())!;
    expect([obsoleteSecrets, secrets]).toMatchObject([
      [{ version: 'v1' }],
      { secret: { version: 'v2' } },
    ]);
  });

  it('takes another name while Key Vault reserves the first one', async () => {
    const { submit, secretStore, row } = await connectedContext();
    jest.spyOn(secretStore, 'put').mockRejectedValueOnce(reserved());

    const { status } = await submit();

    const { name } = (await row())!.secrets.secret!;
    expect([status, name]).toEqual([200, expect.stringMatching(/^cn-c1-secret-\d+$/)]);
    expect(secretStore.usable()).toEqual([`${name}/v2`]);
  });

  it('after a disconnect takes a name that was never used', async () => {
    const { disconnect, submit, row } = await connectedContext();
    const names = [(await row())!.secrets.secret!.name];

    for (let round = 0; round < 3; round++) {
      await disconnect();
      await submit();
      names.push((await row())!.secrets.secret!.name);
    }

    expect(new Set(names).size).toBe(4);
  });
});

describe('deletion of a connector', () => {
  it('keeps the row until Key Vault confirms the removal', async () => {
    const { services, block, row, secretStore, connected } = await connectedContext();
    await callEndpoint('deleteConnector', {
      services,
      params,
      headers: { 'if-match': connected.headers['ETag']! },
    });
    const deletion = block('delete');

    const isDone = await services.connectorDeletion.deleteSecrets(key);

    expect(isDone).toBe(false);
    const seen = await callEndpoint('getConnectorDeletion', { services, params });
    expect(seen.json).toEqual({
      status: 'running',
      reason: { code: 'key_vault_refused', message: 'Key Vault denied access.' },
    });
    deletion.mockRestore();
    expect(await services.connectorDeletion.deleteSecrets(key)).toBe(true);
    expect(secretStore.usable()).toEqual([]);
    expect((await row())!.secrets).toEqual({});
  });
});
