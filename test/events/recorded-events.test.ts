/** The events that services record: one per change, with its actor, even if a step runs twice. */
import { rightSecret } from '../fakes/entra';
import { fakeDurableClient } from '../fakes/durable-client';
import { browserContext } from '../oauth/browser-context';
import { callEndpoint } from '../support/call-endpoint';
import { aConnectedConnector, aConnector, owner, now } from '../support/builders';
import { testContext } from '../support/context';
import { syncContext } from '../support/sync-context';

const params = { connectorId: 'c1' };
const byOwner = { objectId: owner.objectId, displayName: owner.displayName };
const submission = {
  method: 'client_credentials',
  tenantId: owner.tenantId,
  clientId: 'c0c0a000-0000-4000-8000-00000000000a',
  clientSecret: rightSecret,
};

/** The event types of connector c1, oldest first, and its last event. */
function eventsOf(context: Pick<ReturnType<typeof testContext>, 'eventStore'>) {
  const events = () => context.eventStore.all().filter(({ connectorId }) => connectorId === 'c1');
  return { types: () => events().map(({ type }) => type), last: () => events().at(-1) };
}

describe('events of a connector', () => {
  it('name the creator and the name of a new connector', async () => {
    const { services, eventStore } = testContext();

    const { json } = await callEndpoint('createConnector', { body: { name: 'Sales' }, services });

    expect(eventStore.all()).toMatchObject([
      {
        connectorId: json.id,
        type: 'connector.created',
        actor: byOwner,
        outcome: 'succeeded',
        data: { name: 'Sales' },
      },
    ]);
  });

  it('contain no change if the name stays the same', async () => {
    const context = testContext({ connectors: [aConnector()] });
    const { types, last } = eventsOf(context);
    const rename = (tag: string) =>
      callEndpoint('updateConnector', {
        services: context.services,
        params,
        headers: { 'if-match': tag },
        body: { name: 'Stock' },
      });

    await rename('"v1"');
    await rename('"v2"');

    expect(types()).toEqual(['connector.updated']);
    expect(last()).toMatchObject({ actor: byOwner, data: { name: 'Stock' } });
  });

  it('contain one deletion if it is requested twice', async () => {
    const context = testContext({ connectors: [aConnector()] });
    const call = { services: context.services, params, headers: { 'if-match': '"v1"' } };

    await callEndpoint('deleteConnector', call);
    context.wait(5);
    await callEndpoint('deleteConnector', call);

    expect(eventsOf(context).types()).toEqual(['connector.deleted']);
  });

  it('contain nothing if the version is stale', async () => {
    const context = testContext({ connectors: [aConnector()] });

    await callEndpoint('updateConnector', {
      services: context.services,
      params,
      headers: { 'if-match': '"v9"' },
      body: { name: 'Stock' },
    });

    expect(eventsOf(context).types()).toEqual([]);
  });
});

describe('events of a connection', () => {
  it('distinguish connecting from reconnecting', async () => {
    const context = testContext({ connectors: [aConnector()] });
    const { types, last } = eventsOf(context);
    const submit = () =>
      callEndpoint('submitCredentials', { services: context.services, params, body: submission });

    await submit();
    context.wait(60);
    await submit();

    expect(types()).toEqual(['connector.connected', 'connector.reconnected']);
    expect(last()).toMatchObject({
      actor: byOwner,
      data: { connectedWith: 'client_credentials', statusBefore: 'connected' },
    });
  });

  it('contain the code of a refused secret, never the secret', async () => {
    const context = testContext({ connectors: [aConnector()] });
    const clientSecret = 'a-wrong-secret-of-the-app';

    await callEndpoint('submitCredentials', {
      services: context.services,
      params,
      body: { ...submission, clientSecret },
    });

    expect(eventsOf(context).last()).toMatchObject({
      type: 'credentials.refused',
      outcome: 'failed',
      actor: byOwner,
      data: { connectedWith: 'client_credentials', code: 'client_secret_invalid' },
    });
    expect(JSON.stringify(context.eventStore.all())).not.toContain(clientSecret);
  });

  it('contain start and cancellation of a sign-in once', async () => {
    const context = testContext({ connectors: [aConnector()] });
    const { services } = context;

    const { json } = await callEndpoint('startOAuthSession', { services, params, body: {} });
    context.wait(1);
    await callEndpoint('cancelOAuthSession', {
      services,
      params: { ...params, sessionId: json.id },
    });
    await callEndpoint('cancelOAuthSession', {
      services,
      params: { ...params, sessionId: json.id },
    });

    expect(eventsOf(context).types()).toEqual(['oauth.session_started', 'oauth.session_cancelled']);
    expect(eventsOf(context).last()).toMatchObject({ data: { attemptId: json.id } });
  });

  it.each([
    ['right-code', 'connector.connected', 'succeeded'],
    ['wrong-code', 'oauth.session_failed', 'failed'],
  ])('end a sign-in with the code %s as %s', async (code, type, outcome) => {
    const { redirectToEntra, completeSignIn, ...context } = browserContext();
    const visit = await redirectToEntra();
    context.wait(1);

    await completeSignIn({ ...visit, query: { ...visit.query, code } });

    expect(eventsOf(context).last()).toMatchObject({ type, outcome, actor: byOwner });
  });

  it('name the account that was connected', async () => {
    const { redirectToEntra, completeSignIn, ...context } = browserContext();

    await completeSignIn(await redirectToEntra());

    expect(eventsOf(context).last()).toMatchObject({
      type: 'connector.connected',
      data: {
        accountTenantId: owner.tenantId,
        accountObjectId: owner.objectId,
        accountUsername: 'ada@contoso.example',
      },
    });
  });
});

describe('events of a sync run', () => {
  const key = { tenantId: owner.tenantId, connectorId: 'c1' };
  const requestedBy = byOwner;

  it('contain one start and one end if steps run twice', async () => {
    const context = syncContext([aConnectedConnector()]);
    const { types, last } = eventsOf(context);
    const { syncRuns } = context.services;
    const run = await syncRuns.begin(key, { trigger: 'manual', requestedBy }, fakeDurableClient());
    const target = {
      tenantId: owner.tenantId,
      connectorId: 'c1',
      syncRunId: run.id,
      mode: run.mode,
    };

    context.wait(1);
    for (const _ of [1, 2]) await syncRuns.recordStarted(target);
    context.wait(30);
    for (const _ of [1, 2]) {
      await syncRuns.finish(target);
      context.wait(30);
    }

    expect(types()).toEqual(['sync.requested', 'sync.started', 'sync.succeeded']);
    expect(last()).toMatchObject({ actor: byOwner, data: { syncRunId: run.id, factories: 0 } });
  });

  it('name the system and the code if a scheduled sync fails', async () => {
    const context = syncContext([aConnectedConnector()]);
    const { syncRuns } = context.services;
    const run = await syncRuns.begin(key, { trigger: 'schedule' }, fakeDurableClient());

    await syncRuns.finish({
      tenantId: owner.tenantId,
      connectorId: 'c1',
      syncRunId: run.id,
      mode: run.mode,
      failure: { code: 'grant_revoked', message: 'The sign-in was revoked.' },
    });

    expect(eventsOf(context).last()).toMatchObject({
      type: 'sync.failed',
      actor: 'system',
      outcome: 'failed',
      at: now.toISOString(),
      data: { syncRunId: run.id, code: 'grant_revoked' },
    });
  });
});
