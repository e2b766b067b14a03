/** What the rooms tell of themselves: one event per change, by whoever made it, however often a step says it. */
import { rightSecret } from '../fakes/entra';
import { fakeDurableClient } from '../fakes/durable-client';
import { ask } from '../support/call-endpoint';
import { aConnectedConnector, aConnector, ada, now } from '../support/builders';
import { testContext } from '../support/context';
import { syncContext } from '../support/sync-context';

const params = { connectorId: 'c1' };
const byAda = { objectId: ada.objectId, displayName: ada.displayName };
const submission = {
  method: 'client_credentials',
  tenantId: ada.tenantId,
  clientId: 'c0c0a000-0000-4000-8000-00000000000a',
  clientSecret: rightSecret,
};

/** The types on the timeline of c1, oldest first, and the last event. */
function telling(world: ReturnType<typeof testContext>) {
  const events = () => world.eventStore.all().filter(({ connectorId }) => connectorId === 'c1');
  return { types: () => events().map(({ type }) => type), last: () => events().at(-1) };
}

describe('a connector tells', () => {
  it('given a new one, when it is created, then who created it under which name', async () => {
    const { services, eventStore } = testContext();

    const { json } = await ask('createConnector', { body: { name: 'Sales' }, services });

    expect(eventStore.all()).toMatchObject([
      {
        connectorId: json.id,
        type: 'connector.created',
        actor: byAda,
        outcome: 'succeeded',
        data: { name: 'Sales' },
      },
    ]);
  });

  it('given a name, when it is renamed and then to the same name, then one change', async () => {
    const world = testContext({ connectors: [aConnector()] });
    const { types, last } = telling(world);
    const rename = (tag: string) =>
      ask('updateConnector', {
        services: world.services,
        params,
        headers: { 'if-match': tag },
        body: { name: 'Stock' },
      });

    await rename('"v1"');
    await rename('"v2"');

    expect(types()).toEqual(['connector.updated']);
    expect(last()).toMatchObject({ actor: byAda, data: { name: 'Stock' } });
  });

  it('given a deletion that is asked for twice, when it is hidden, then it is told once', async () => {
    const world = testContext({ connectors: [aConnector()] });
    const asked = { services: world.services, params, headers: { 'if-match': '"v1"' } };

    await ask('deleteConnector', asked);
    world.wait(5);
    await ask('deleteConnector', asked);

    expect(telling(world).types()).toEqual(['connector.deleted']);
  });

  it('given a stale version, when it is renamed, then nothing, since nothing happened', async () => {
    const world = testContext({ connectors: [aConnector()] });

    await ask('updateConnector', {
      services: world.services,
      params,
      headers: { 'if-match': '"v9"' },
      body: { name: 'Stock' },
    });

    expect(telling(world).types()).toEqual([]);
  });
});

describe('a connection tells', () => {
  it('given credentials that work twice, when they are submitted, then connected and then reconnected', async () => {
    const world = testContext({ connectors: [aConnector()] });
    const { types, last } = telling(world);
    const submit = () =>
      ask('submitCredentials', { services: world.services, params, body: submission });

    await submit();
    world.wait(60);
    await submit();

    expect(types()).toEqual(['connector.connected', 'connector.reconnected']);
    expect(last()).toMatchObject({
      actor: byAda,
      data: { connectedWith: 'client_credentials', statusBefore: 'connected' },
    });
  });

  it('given a wrong secret, when it is submitted, then a refusal with its code and never the secret', async () => {
    const world = testContext({ connectors: [aConnector()] });
    const clientSecret = 'a-wrong-secret-of-the-app';

    await ask('submitCredentials', {
      services: world.services,
      params,
      body: { ...submission, clientSecret },
    });

    expect(telling(world).last()).toMatchObject({
      type: 'credentials.refused',
      outcome: 'failed',
      actor: byAda,
      data: { connectedWith: 'client_credentials', code: 'client_secret_invalid' },
    });
    expect(JSON.stringify(world.eventStore.all())).not.toContain(clientSecret);
  });

  it('given a sign-in, when it is begun and cancelled, then both', async () => {
    const world = testContext({ connectors: [aConnector()] });
    const { services } = world;

    const { json } = await ask('startOAuthSession', { services, params, body: {} });
    world.wait(1);
    await ask('cancelOAuthSession', { services, params: { ...params, sessionId: json.id } });
    await ask('cancelOAuthSession', { services, params: { ...params, sessionId: json.id } });

    expect(telling(world).types()).toEqual(['oauth.session_started', 'oauth.session_cancelled']);
    expect(telling(world).last()).toMatchObject({ data: { attemptId: json.id } });
  });

  it.each([
    ['right-code', 'connector.connected', 'succeeded'],
    ['wrong-code', 'oauth.session_failed', 'failed'],
  ])('given the code %s, when the browser comes back, then %s', async (code, type, outcome) => {
    const world = testContext({ connectors: [aConnector()] });
    const { services } = world;
    const { json } = await ask('startOAuthSession', { services, params, body: {} });
    const left = await ask('startOAuth', { services, query: new URL(json.startUrl).search });
    const [cookie] = left.cookies!;
    const state = new URL(left.headers['Location']!).searchParams.get('state')!;
    world.wait(1);

    await ask('oauthCallback', {
      services,
      headers: { cookie: `${cookie!.name}=${cookie!.value}` },
      query: { code, state },
    });

    expect(telling(world).last()).toMatchObject({ type, outcome, actor: byAda });
  });
});

describe('a sync tells', () => {
  const requestedBy = byAda;

  it('given a sync, when its steps run twice, then it started once and ended once, by whoever asked for it', async () => {
    const world = syncContext([aConnectedConnector()]);
    const { types, last } = telling(world);
    const { syncRuns } = world.services;
    const run = await syncRuns.begin(
      ada.tenantId,
      'c1',
      { trigger: 'manual', requestedBy },
      fakeDurableClient(),
    );
    const target = { tenantId: ada.tenantId, connectorId: 'c1', runId: run.id, mode: run.mode };

    for (const _ of [1, 2]) await syncRuns.started(target);
    world.wait(30);
    for (const _ of [1, 2]) {
      await syncRuns.finish({ ...target, reports: [] });
      world.wait(30);
    }

    expect(types()).toEqual(['sync.started', 'sync.succeeded']);
    expect(last()).toMatchObject({ actor: byAda, data: { runId: run.id, factories: 0 } });
  });

  it('given a sync of a timer, when it fails, then the product itself and the code', async () => {
    const world = syncContext([aConnectedConnector()]);
    const { syncRuns } = world.services;
    const run = await syncRuns.begin(
      ada.tenantId,
      'c1',
      { trigger: 'schedule' },
      fakeDurableClient(),
    );

    await syncRuns.finish({
      tenantId: ada.tenantId,
      connectorId: 'c1',
      runId: run.id,
      mode: run.mode,
      reports: [],
      failure: { code: 'grant_revoked', message: 'The sign-in was revoked.' },
    });

    expect(telling(world).last()).toMatchObject({
      type: 'sync.failed',
      actor: 'system',
      outcome: 'failed',
      at: now.toISOString(),
      data: { runId: run.id, code: 'grant_revoked' },
    });
  });
});
