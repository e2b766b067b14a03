/** The product's Durable client on the local Durable runtime, in every state of an instance. */
import { inspect } from 'node:util';
import type { OrchestrationHandler } from 'durable-functions';
import { durableClientOf } from '../../../functions/durable/durable-client';
import type { InstanceStatus } from '../../../functions/durable/instance-status';
import type { DurableClient } from '../../../functions/durable/ports';
import { useDurable } from '../../support/durable/durable-context';
import { untilStatus, type Driver } from '../../support/durable/durable-driver';

const { drive } = useDurable();
const id = 'sync-1';

const main: OrchestrationHandler = function* (context) {
  if (context.df.getInput() === 'fail') throw new Error('broken');
  return context.df.getInput() === 'end' ? 'done' : yield context.df.waitForExternalEvent('go');
};

type State = InstanceStatus | 'unknown';

/** How an instance comes into each state. */
const arrange: Partial<Record<State, (driver: Driver) => Promise<unknown>>> = {
  unknown: async () => undefined,
  Pending: ({ client }) => client.startNew('main', { instanceId: id }),
  Running: ({ client }) => client.startNew('main', { instanceId: id }),
  async Suspended(driver) {
    await driver.client.startNew('main', { instanceId: id });
    await untilStatus(driver, id, 'Running');
    await driver.client.suspend(id, 'test');
  },
  Completed: ({ client }) => client.startNew('main', { instanceId: id, input: 'end' }),
  Failed: ({ client }) => client.startNew('main', { instanceId: id, input: 'fail' }),
  async Terminated({ client }) {
    await client.startNew('main', { instanceId: id });
    await client.terminate(id, 'test');
  },
};
const states = Object.keys(arrange) as State[];

const calls: Readonly<Record<string, (client: DurableClient) => Promise<unknown>>> = {
  start: (client) => client.start('main', id, null),
  restart: (client) => client.restart('main', id, null),
  raiseEvent: (client) => client.raiseEvent(id, 'other'),
  suspend: (client) => client.suspend(id),
  resume: (client) => client.resume(id),
  terminate: (client) => client.terminate(id),
};

/** The state after a call. Absent: the state before. */
const changed: Readonly<Record<string, Partial<Record<State, State>>>> = {
  start: { unknown: 'Running' },
  restart: { unknown: 'Running', Completed: 'Running', Failed: 'Running', Terminated: 'Running' },
  raiseEvent: {},
  suspend: { Pending: 'Suspended', Running: 'Suspended' },
  resume: { Suspended: 'Running' },
  terminate: { Pending: 'Terminated', Running: 'Terminated', Suspended: 'Terminated' },
};

async function instanceIn(state: State, onRequest?: (path: string) => Promise<void>) {
  const orchestratorFails = () => {
    throw new Error('The orchestrator cannot be run yet.');
  };
  const driver = await drive({
    orchestrators: { main },
    ...(state === 'Pending' && { onInvoke: orchestratorFails }),
    ...(onRequest && { onRequest }),
  });
  await arrange[state]!(driver);
  if (state !== 'unknown') await untilStatus(driver, id, state);
  return { driver, client: durableClientOf(driver.context) };
}

describe.each(Object.keys(calls))('%s', (call) => {
  it.each(states)('leads from the state %s to the wanted one', async (state) => {
    const { driver, client } = await instanceIn(state);
    const after = changed[call]![state] ?? state;

    await calls[call]!(client);
    await calls[call]!(client);
    if (after !== 'unknown') await untilStatus(driver, id, after);

    expect(await client.getStatus(id)).toBe(after === 'unknown' ? undefined : after);
  });
});

describe('getInstance', () => {
  const { WEBSITE_HOSTNAME } = process.env;
  afterEach(() => {
    if (WEBSITE_HOSTNAME === undefined) delete process.env['WEBSITE_HOSTNAME'];
    else process.env['WEBSITE_HOSTNAME'] = WEBSITE_HOSTNAME;
  });

  it('returns input, output and history', async () => {
    // Without the name of the host, the library replaces the origin of management URLs.
    process.env['WEBSITE_HOSTNAME'] = 'app.example';
    const { driver, client } = await instanceIn('Running');
    await driver.client.raiseEvent(id, 'go', { token: 1 });
    await untilStatus(driver, id, 'Completed');

    const instance = await client.getInstance(id);

    expect(instance).toMatchObject({ instanceId: id, status: 'Completed', output: { token: 1 } });
    expect(instance?.history.map(({ EventType }) => EventType)).toEqual([
      'ExecutionStarted',
      'EventRaised',
      'ExecutionCompleted',
    ]);
    expect(await client.getInstance('other')).toBeUndefined();
  });

  it('tries again, and reports a failure without the URL', async () => {
    process.env['WEBSITE_HOSTNAME'] = 'app.example';
    let requests = 0;
    const { client } = await instanceIn('unknown', async () => {
      requests++;
      throw new Error('The connection breaks.');
    });

    const failure = await client.getInstance(id).catch((error: unknown) => error as Error);

    expect(requests).toBe(3);
    expect(failure).toMatchObject({ code: 'durable_unavailable', retryable: true });
    expect(inspect(failure, { depth: 9 })).not.toContain('code=key');
  });
});

describe('rewind and purge', () => {
  it.each(states)('change an instance in the state %s only if allowed', async (state) => {
    const { driver, client } = await instanceIn(state);
    const isEnded = ['Completed', 'Failed', 'Terminated', 'unknown'].includes(state);

    const rewound = await client.rewind(id).then(
      () => 'rewound',
      ({ code }: { readonly code: string }) => code,
    );
    if (state === 'Failed') await untilStatus(driver, id, 'Failed');
    const purged = await client.purge(id);

    expect(rewound).toBe(state === 'Failed' ? 'rewound' : 'orchestration_not_failed');
    expect(purged).toBe(isEnded);
    expect(await client.getStatus(id)).toBe(isEnded ? undefined : state);
  });
});

describe('a call that another one overtakes', () => {
  /** Calls `overtake` when the request with this verb has left the client. */
  async function overtaken(
    state: State,
    verb: string,
    overtake: (driver: Driver) => Promise<unknown>,
  ) {
    let driver: Driver | undefined;
    let pending = true;
    const { client, ...rest } = await instanceIn(state, async (path) => {
      if (!path.endsWith(verb) || !driver || !pending) return;
      pending = false;
      await overtake(driver);
    });
    driver = rest.driver;
    return client;
  }

  it.each([
    ['suspend', 'Running', 'suspend', 'Suspended'],
    ['suspend', 'Running', 'terminate', 'Terminated'],
    ['resume', 'Suspended', 'resume', 'Running'],
    ['resume', 'Suspended', 'terminate', 'Terminated'],
    ['terminate', 'Running', 'suspend', 'Terminated'],
    ['terminate', 'Suspended', 'terminate', 'Terminated'],
    ['raiseEvent', 'Running', 'terminate', 'Terminated'],
  ] as const)('%s in the state %s accepts a faster %s', async (call, state, faster, after) => {
    const path = call === 'raiseEvent' ? '/other' : `/${call}`;
    const client = await overtaken(state, path, (driver) => driver.client[faster](id, 'faster'));

    await calls[call]!(client);

    expect(await client.getStatus(id)).toBe(after);
  });

  it('raises no event for an instance that is purged meanwhile', async () => {
    const client = await overtaken('Running', '/other', async (driver) => {
      await driver.client.terminate(id, 'faster');
      await driver.client.purgeInstanceHistory(id);
    });

    await client.raiseEvent(id, 'other');

    expect(await client.getStatus(id)).toBeUndefined();
  });

  it('reports an error of an instance that stayed as it was', async () => {
    const client = await overtaken('Running', '/suspend', async () => {
      throw new Error('The connection breaks.');
    });

    await expect(client.suspend(id)).rejects.toMatchObject({
      code: 'durable_unavailable',
      cause: { message: expect.stringContaining('socket hang up') as string },
    });
    expect(await client.getStatus(id)).toBe('Running');
  });
});

describe('a call that Durable does not answer', () => {
  it.each([...Object.keys(calls), 'getStatus', 'rewind', 'purge'])('%s ends', async (call) => {
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { driver } = await instanceIn('unknown', () => released);
    const client = durableClientOf(driver.context, 20);
    const methods: typeof calls = {
      ...calls,
      getStatus: () => client.getStatus(id),
      rewind: () => client.rewind(id),
      purge: () => client.purge(id),
    };

    const failure = await methods[call]!(client).catch((error: unknown) => error);
    release();

    expect(failure).toMatchObject({ code: 'durable_unavailable', retryable: true });
  });
});
