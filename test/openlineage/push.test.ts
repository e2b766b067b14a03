/** The push of OpenLineage events, from its setting to a receiver that validates what it gets. */
import { InvocationContext } from '@azure/functions';
import type { OpenLineageEvent, RunEvent } from '../../functions/openlineage/events/event';
import { ReceiverClient } from '../../functions/openlineage/push/receiver-client';
import { pushOpenLineage } from '../../functions/openlineage/push/push-openlineage.task';
import { reconcileOpenLineage } from '../../functions/openlineage/push/reconcile-openlineage.timer';
import { Secret } from '../../functions/secrets/secret';
import { runKey } from '../../functions/run-history/run';
import { aConnectedConnector, viewer } from '../support/builders';
import { callEndpoint } from '../support/call-endpoint';
import { copy, dataset } from '../support/lineage';
import { apiKey, LineageReceiver, receiverUrl } from '../support/openlineage/receiver';
import {
  activityRun,
  connector,
  documents,
  minute,
  pipelineRun,
  storeDocuments,
  storeRuns,
  tableOf,
  uuid,
} from '../support/openlineage/sample';
import { syncContext } from '../support/sync-context';
import type { SendResult } from '../../functions/webhooks/ports';

const params = { connectorId: 'c1' };
const secretName = `ol-${connector.tenantId}-c1`;
const logs = new InvocationContext({ logHandler: () => undefined });

/** A receiver is set, and the events of earlier sync runs are not sent yet. */
async function pushingContext(body: object = {}) {
  const context = syncContext([aConnectedConnector()]);
  const receiver = new LineageReceiver();
  context.sender.send = receiver.send;
  await storeDocuments(context, documents());
  await storeRuns(context, [pipelineRun(1), pipelineRun(7, { status: 'InProgress' })], {
    [uuid(1)]: [activityRun(21)],
  });
  const { services, durableClient, outbox, eventStore } = context;
  const fail = (error: unknown) => {
    throw error;
  };
  const call = (
    name: 'getOpenLineagePush' | 'replaceOpenLineagePush' | 'deleteOpenLineagePush',
    more: object = {},
  ) => callEndpoint(name, { params, services, ...more });
  const set = (more: object = {}, ifMatch = '*') =>
    call('replaceOpenLineagePush', {
      headers: { 'if-match': ifMatch },
      body: { url: receiverUrl, apiKey, ...body, ...more },
    });
  const send = () => pushOpenLineage(services, logs);
  const relay = () => services.outboxRelay.relayAll(durableClient, fail);
  /** A sync run ends, and the events that are due are sent. */
  const sync = async () => {
    await services.events.record({ ...connector, type: 'sync.succeeded', actor: 'system' });
    await relay();
    await send();
  };
  const state = async () => (await call('getOpenLineagePush')).json;
  return { ...context, outbox, eventStore, receiver, call, set, send, relay, sync, state };
}

async function sentContext(body: object = {}) {
  const context = await pushingContext(body);
  await context.set();
  await context.relay();
  await context.send();
  return context;
}

const nameOf = (event: OpenLineageEvent) => {
  const { eventType, job } = event as Partial<RunEvent>;
  const name = 'dataset' in event ? event.dataset.name : job!.name;
  return [eventType, name].filter(Boolean).join(' ');
};
const isStatic = (event: OpenLineageEvent) => !('run' in event);

describe('the push of OpenLineage events', () => {
  it('sends everything once, and none of it is rejected', async () => {
    const { receiver, state, sync } = await sentContext();
    const { length } = receiver.requests;

    await sync();

    expect(receiver.violations).toEqual([]);
    expect(receiver.events.filter(isStatic)).toHaveLength(11);
    expect(receiver.events.filter((each) => !isStatic(each)).map(nameOf).toSorted()).toEqual(
      ['START sales.Load', 'START sales.Load', 'START sales.Load.Extract', 'COMPLETE sales.Load', 'COMPLETE sales.Load.Extract'].toSorted(),
    );
    expect([length, receiver.requests.length]).toEqual([16, 16]);
    expect(await state()).toMatchObject({ status: 'idle', sentEvents: 16, rejectedEvents: 0 });
  }); // prettier-ignore

  it('sends only what a sync run has changed', async () => {
    const context = await sentContext();
    const { receiver, sync } = context;
    const before = receiver.requests.length;
    const more = {
      name: 'New',
      properties: { activities: [copy('C', dataset('Orders'), tableOf('Report'))] },
    };
    await storeDocuments(context, documents({ pipeline: [more] }), 'p2');
    const ended = pipelineRun(7, { status: 'Failed', message: 'Failed.' });
    await storeRuns(context, [ended, pipelineRun(30)], {}, minute(120));

    await sync();

    expect(
      receiver.requests.slice(before).map(({ body }) => nameOf(JSON.parse(body))).toSorted(),
    ).toEqual(
      ['dwh.stage.Report', 'sales.New', 'sales.New.C', 'FAIL sales.Load', 'START sales.Load', 'COMPLETE sales.Load'].toSorted(),
    );
  }); // prettier-ignore

  it('forgets what it sent of a factory that is gone', async () => {
    const context = await sentContext();
    const { lineageStore, runHistoryStateStore, sentStore, sync } = context;
    const [sent] = await sentStore.listFactories(connector);
    const { factory } = sent!;
    await sync();
    const known = await sentStore.listFactories(connector);

    await lineageStore.forget(connector, factory, await lineageStore.loadHead(connector, factory));
    await runHistoryStateStore.delete(connector, factory);
    await sync();

    expect(known).toHaveLength(1);
    expect(await sentStore.listFactories(connector)).toEqual([]);
  });

  it('sends activity runs that are read after the end of their run', async () => {
    const context = await sentContext();
    const { receiver, sync, runHistoryStateStore: states } = context;
    const queued = { pipelineRunId: uuid(30), pipeline: 'Load', start: minute(30), end: minute(31) };
    await storeRuns(context, [pipelineRun(30)], {}, minute(120));
    const { factory } = (await states.listFactories(connector))[0]!;
    const loaded = await states.load(connector, factory);
    const queue = [{ ...queued, key: runKey(pipelineRun(30)), latest: true }];
    await states.save(connector, factory, { ...loaded.state, queue }, { version: loaded.version!, writer: loaded.writer });
    await sync();
    const before = receiver.requests.length;
    await storeRuns(context, [pipelineRun(30)], { [uuid(30)]: [activityRun(31)] }, minute(300));

    await sync();

    expect(receiver.requests.slice(before).map(({ body }) => nameOf(JSON.parse(body)))).toEqual([
      'START sales.Load.Extract',
      'COMPLETE sales.Load.Extract',
    ]);
  }); // prettier-ignore

  it('doubles nothing when a receiver is set again', async () => {
    const { receiver, set, relay, send } = await sentContext();
    const first = [...receiver.events];

    await set();
    await relay();
    await send();

    expect(receiver.requests).toHaveLength(2 * first.length);
    expect(receiver.events).toEqual(first);
  });

  it('waits for Retry-After and continues where the receiver failed', async () => {
    const { receiver, set, relay, send, state, wait } = await pushingContext();
    receiver.respond = (count) => (count > 5 ? { status: 503, retryAfterMs: 60_000 } : undefined);
    await set();
    await relay();

    await send();
    const failing = await state();
    const { length } = receiver.requests;
    receiver.respond = undefined;
    wait(59);
    await send();
    const early = receiver.requests.length;
    wait(2);
    await send();

    expect(failing).toMatchObject({
      status: 'failing',
      lastFailure: { status: 503 },
      nextAttemptAt: '2026-01-15T12:01:00.000Z',
    });
    expect(early).toBe(length);
    expect(receiver.events).toHaveLength(16);
    expect(await state()).toMatchObject({ status: 'idle' });
    expect((await state()).firstFailedAt).toBeUndefined();
  });

  it('counts an event that the receiver rejects, and goes on', async () => {
    const { receiver, set, relay, send, state } = await pushingContext();
    receiver.respond = (count) => (count === 3 ? { status: 422 } : undefined);
    await set();
    await relay();

    await send();

    expect(await state()).toMatchObject({
      status: 'idle',
      sentEvents: 15,
      rejectedEvents: 1,
      lastRejection: { status: 422 },
    });
  });

  it('takes a receiver that rejects everything for a failing one', async () => {
    const { sender } = syncContext();
    sender.result = { status: 400 };
    const isCurrent = async () => true;
    const client = new ReceiverClient(sender, { url: receiverUrl }, isCurrent, () => new Date(0));
    const event = {} as OpenLineageEvent;

    const sending = client.send(Array.from({ length: 30 }, () => event));

    await expect(sending).rejects.toMatchObject({ failure: { status: 400 } });
    expect(sender.sent).toHaveLength(21);
  });

  it('ends within seconds when the receiver is removed', async () => {
    const { sender } = syncContext();
    let elapsedMs = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => elapsedMs);
    let isSet = true;
    const isCurrent = async () => isSet;
    const client = new ReceiverClient(sender, { url: receiverUrl }, isCurrent, () => new Date(0));
    sender.send = async () => {
      elapsedMs += 500;
      isSet = elapsedMs < 5_000;
      return { status: 201 };
    };

    const sending = client.send(Array.from({ length: 30 }, () => ({}) as OpenLineageEvent));

    await expect(sending).rejects.toMatchObject({ failure: { error: 'receiver_removed' } });
    expect(client.sent.accepted).toBeLessThanOrEqual(14);
    jest.restoreAllMocks();
  });

  it.each<[SendResult, object]>([
    [{ status: 404 }, { status: 404 }],
    [{ status: 401 }, { status: 401 }],
    [{ error: 'certificate_refused' }, { error: 'certificate_refused' }],
  ])('reports a receiver that answers %j', async (result, lastFailure) => {
    const { receiver, set, relay, send, state } = await pushingContext();
    receiver.respond = () => result;
    await set();
    await relay();

    await send();

    expect(await state()).toMatchObject({ status: 'failing', sentEvents: 0, lastFailure });
  });

  it('sends the kinds and days that are set', async () => {
    const { receiver } = await sentContext({ kinds: ['run'], backfillDays: 0 });

    expect(receiver.requests).toEqual([]);
  });

  it('sends nothing after it is stopped, and keeps no usable secret', async () => {
    const context = await pushingContext();
    const { set, call, receiver, relay, sync, state, secretStore, services, wait } = context;
    await set();
    await relay();

    await call('deleteOpenLineagePush');
    await relay();
    await sync();

    expect(receiver.requests).toEqual([]);
    expect(await state()).toMatchObject({ status: 'off' });
    expect(await secretStore.listVersions(secretName)).toMatchObject([{ enabled: false }]);
    wait(3_601);
    await reconcileOpenLineage(services, logs);
    expect(await secretStore.listVersions(secretName)).toEqual([]);
  });

  /** A receiver is set while its connector is being deleted. */
  async function setDuringDeletion() {
    const context = await pushingContext();
    const { set, secretStore, store, wait, services } = context;
    const put = secretStore.put.bind(secretStore);
    jest.spyOn(secretStore, 'put').mockImplementationOnce(async (...given) => {
      await services.openLineageTargets.deleteConnector(connector);
      await store.delete(connector);
      return put(...given);
    });
    await set();
    wait(3_601);
    return context;
  }

  it('is removed with its secret if its connector was deleted meanwhile', async () => {
    const { secretStore, services, targetStore } = await setDuringDeletion();
    const before = await targetStore.get(connector);

    await reconcileOpenLineage(services, logs);

    expect(before?.receiver).toBeDefined();
    expect(await secretStore.listVersions(secretName)).toEqual([]);
    expect(await targetStore.get(connector)).toBeUndefined();
  });

  it.each(['rows', 'secret'] as const)(
    'is removed later if the removal ends before its %s',
    async (part) => {
      const { secretStore, services, targetStore } = await setDuringDeletion();
      const failure = new Error('The worker ends.');
      jest
        .spyOn(part === 'rows' ? targetStore : secretStore, 'delete')
        .mockRejectedValueOnce(failure);
      await expect(reconcileOpenLineage(services, logs)).rejects.toBe(failure);

      await reconcileOpenLineage(services, logs);

      expect(await secretStore.listVersions(secretName)).toEqual([]);
      expect(await targetStore.get(connector)).toBeUndefined();
    },
  );

  it('sends to a receiver that was set while another request stopped it', async () => {
    const { set, call, receiver, relay, send, secretStore } = await pushingContext();
    await set();
    for (const name of ['disable', 'delete'] as const) {
      const original = secretStore[name].bind(secretStore) as (
        ...given: readonly string[]
      ) => Promise<void>;
      jest.spyOn(secretStore, name).mockImplementationOnce(async (...given: string[]) => {
        await set();
        await original(...given);
      });
    }

    const { status } = await call('deleteOpenLineagePush');
    await relay();
    await send();

    expect(status).toBe(412);
    expect(receiver.requests).not.toEqual([]);
  });

  it('ends with its connector', async () => {
    const { services, secretStore, state } = await sentContext();

    await services.openLineageTargets.deleteConnector(connector);
    await services.openLineageTargets.deleteConnector(connector);

    expect(await state()).toMatchObject({ status: 'off', etag: '"o0"' });
    expect(await secretStore.listVersions(secretName)).toEqual([]);
  });
});

describe('the hourly reconciliation', () => {
  it('removes secrets that no receiver needs, after an hour', async () => {
    const { set, secretStore, services, wait } = await pushingContext();
    const orphan = `ol-${connector.tenantId}-gone`;
    await secretStore.put(orphan, new Secret('{}'), { contentType: 'application/json' });
    await secretStore.put(secretName, new Secret('{}'), { contentType: 'application/json' });
    await set();
    const enabled = async (name: string) =>
      (await secretStore.listVersions(name)).filter((each) => each.enabled).length;
    await reconcileOpenLineage(services, logs);
    const early = [await enabled(orphan), await enabled(secretName)];
    wait(3_601);

    await reconcileOpenLineage(services, logs);

    expect(early).toEqual([1, 2]);
    expect([await enabled(orphan), await enabled(secretName)]).toEqual([0, 1]);
  });
});

describe('replaceOpenLineagePush', () => {
  it('shows neither the key nor the secret parts of the address', async () => {
    const { set, call } = await pushingContext();

    const { json, status } = await set({ url: `${receiverUrl}?code=S3cr3tQuery` });
    const read = await call('getOpenLineagePush');

    expect(status).toBe(200);
    expect(json).toMatchObject({
      status: 'pending',
      hasApiKey: true,
      url: expect.stringContaining('?***'),
    });
    expect(read.json).toEqual(json);
    expect(JSON.stringify(read)).not.toMatch(/S3cr3tQuery|the-key/);
  });

  it.each<[object, string]>([
    [{ url: 'http://lineage.example/' }, '/url'],
    [{ url: 'https://10.0.0.1/api/v1/lineage' }, '/url'],
    [{ url: 'https://user:password@lineage.example/' }, '/url'],
    [{ apiKey: 'two words' }, '/apiKey'],
    [{ kinds: [] }, '/kinds'],
    [{ backfillDays: 46 }, '/backfillDays'],
  ])('refuses %j', async (body, pointer) => {
    const { set } = await pushingContext();

    const { status, json } = await set(body);

    expect(status).toBe(400);
    expect(json.errors[0].pointer).toBe(pointer);
  });

  it('needs the current version', async () => {
    const { set, state, call } = await pushingContext();
    const first = await state();
    await set({}, first.etag);

    const stale = await set({}, first.etag);
    await call('deleteOpenLineagePush');

    expect(stale.status).toBe(412);
    expect((await set({}, first.etag)).status).toBe(412);
    expect((await set({}, (await state()).etag)).status).toBe(200);
  });

  it('is for Owners only', async () => {
    const { call } = await pushingContext();

    expect((await call('getOpenLineagePush', { as: viewer })).status).toBe(403);
  });
});
