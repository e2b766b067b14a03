/** Refusals by Azure and a storage restart: which of them end a connection, and which do not. */
import { readFileSync } from 'node:fs';
import { endpoints } from '../../functions/endpoints';
import { firing, readAlerts, recordsOf } from '../support/alerts/alerts';
import { catalogOf } from './support/catalog';
import { until } from '../support/until';
import { startRunningStack, type RunningStack } from './support/stack';
import { fireTimer } from './support/timers';
import {
  connectWithSecret,
  createConnector,
  untilTerminal,
  startSync,
  syncedConnector,
} from './support/journey';

let stack: RunningStack;
beforeAll(async () => {
  stack = await startRunningStack({ storageOnDisk: true });
});
afterEach(() => stack.control('DELETE', '/faults'));
afterAll(async () => {
  await stack.stop();
  await stack.removeData();
});

/** Resource Manager answers every request with this error. */
const refuse = (status: number, code: string) =>
  stack.control('POST', '/faults', {
    service: 'resource-manager',
    kind: 'status',
    status,
    body: { error: { code, message: 'No.' } },
  });

async function connectedConnector(name: string): Promise<string> {
  const id = await createConnector(stack, name);
  await connectWithSecret(stack, id);
  return id;
}

const connectorOf = async (id: string) => (await stack.call('GET', `/api/connectors/${id}`)).body;

describe('a refusal by Azure', () => {
  it('fails the sync and keeps the connection if the role is missing', async () => {
    const id = await connectedConnector('without a role');
    await refuse(403, 'AuthorizationFailed');

    const run = await untilTerminal(stack, await startSync(stack, id));

    expect(run).toMatchObject({ status: 'failed' });
    expect(await connectorOf(id)).toMatchObject({ status: 'connected' });
  });

  it('names the missing role when credentials are submitted', async () => {
    const id = await createConnector(stack, 'never had a role');
    const { sample } = await stack.description();
    await refuse(403, 'AuthorizationFailed');

    const { status, body } = await stack.call('POST', `/api/connectors/${id}/credentials`, {
      body: {
        method: 'client_credentials',
        tenantId: sample.tenantId,
        clientId: sample.clientId,
        clientSecret: sample.clientSecret,
      },
    });

    expect({ status, body }).toMatchObject({ status: 422, body: { code: 'access_denied_arm' } });
    expect(body.action).toBeDefined();
    expect(await connectorOf(id)).toMatchObject({ status: 'unconnected' });
  });

  it('expires the connection if a fresh token is rejected, too', async () => {
    const id = await connectedConnector('rejected');
    await stack.control('POST', '/clock', { advanceSeconds: 16 * 60 });
    await refuse(401, 'InvalidAuthenticationToken');

    await untilTerminal(stack, await startSync(stack, id));

    expect(await connectorOf(id)).toMatchObject({
      status: 'connection_expired',
      reason: { code: 'token_rejected' },
    });
  });
});

describe('a refusal that concerns one factory', () => {
  it('denies access to it and keeps the connection as it is', async () => {
    const id = await connectedConnector('moved');
    await stack.control('POST', '/faults', {
      service: 'resource-manager',
      path: 'factories/contoso-finance',
      kind: 'status',
      status: 401,
      body: { error: { code: 'InvalidAuthenticationTokenTenant', message: 'Wrong issuer.' } },
    });

    const run = await untilTerminal(stack, await startSync(stack, id));

    expect(run.status).toBe('partial');
    expect(await connectorOf(id)).toMatchObject({ status: 'connected', warnings: [] });
    const { body } = await stack.call('GET', `/api/connectors/${id}/syncs/${run.id}/factories`);
    expect(
      Object.fromEntries(body.items.map((factory: any) => [factory.name, factory.status])),
    ).toEqual({ 'contoso-finance': 'no_access', 'contoso-sales': 'succeeded' });
  });
});

describe('a failure of our own app', () => {
  it('is reported by the health and ends with the repair', async () => {
    const appHealth = async () => {
      const { status, body } = await stack.call('GET', '/api/health');
      return [status, body.checks.find(({ name }: any) => name === 'app sign-in')];
    };
    const { OAUTH_CLIENT_ID } = JSON.parse(
      readFileSync('local.settings.sample.json', 'utf8'),
    ).Values;
    await stack.control('PUT', `/entra/apps/${OAUTH_CLIENT_ID}`, { disabled: true });
    await stack.control('POST', '/clock', { advanceSeconds: 31 });

    const failing = await appHealth();
    await stack.control('PUT', `/entra/apps/${OAUTH_CLIENT_ID}`, { disabled: false });
    await stack.control('POST', '/clock', { advanceSeconds: 31 });

    expect(failing).toEqual([503, { name: 'app sign-in', ok: false, detail: 'AADSTS7000112' }]);
    expect(await appHealth()).toEqual([200, { name: 'app sign-in', ok: true }]);
  });
});

describe('a storage restart', () => {
  it('keeps the connection and completes the active sync run', async () => {
    await stack.control('POST', '/latency', { ms: 40 });
    const undisturbed = await syncedConnector(stack, 'undisturbed');
    const disturbed = await createConnector(stack, 'disturbed');
    await connectWithSecret(stack, disturbed);

    const run = await startSync(stack, disturbed);
    await stack.control('POST', '/storage/restart');
    const { status } = await untilTerminal(stack, run);

    expect(status).toBe('succeeded');
    expect(await catalogOf(stack, disturbed)).toEqual(await catalogOf(stack, undisturbed));
    const { body } = await stack.call('GET', `/api/connectors/${disturbed}`);
    expect(body).toMatchObject({ status: 'connected', warnings: [] });
  });
});

describe('the alerts over the log of the host', () => {
  const httpFunctions = new Set(Object.keys(endpoints));
  /** Alerts that lines after this length of the log let fire. The relay may not have run since. */
  const alertsSince = async (length: number) =>
    firing(await readAlerts(), recordsOf(stack.output().slice(length), httpFunctions)).filter(
      (name) => name !== 'background-work-stopped',
    );

  it('fire for a timer that fails because of an outage of storage', async () => {
    const { length } = stack.output();
    await stack.control('POST', '/faults', {
      service: 'storage',
      path: 'connectors',
      kind: 'status',
      status: 503,
    });

    await expect(fireTimer(stack, 'reconcileConnectors')).rejects.toThrow('reconcileConnectors: 5');

    // The log arrives by another way than the failure.
    const line = '"event":"timer.failed","timer":"reconcileConnectors"';
    await until(() => stack.output().slice(length).includes(line), 'the failure is logged');
    await until(
      async () => (await alertsSince(length)).includes('background-work-fails'),
      'the alert fires',
    );
  });

  it('do not fire for a waiting deletion or a killed host', async () => {
    const id = await connectedConnector('deleted while it syncs');
    await stack.control('POST', '/latency', { ms: 200 });
    await startSync(stack, id);
    const { length } = stack.output();

    await stack.call('DELETE', `/api/connectors/${id}`, { headers: { 'if-match': '*' } });
    await stack.killHost();
    await until(
      async () => (await stack.call('GET', `/api/connectors/${id}/deletion`)).status === 404,
      'the connector is deleted',
    );

    expect(await alertsSince(length)).toEqual([]);
  });
});
