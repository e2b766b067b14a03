/** Routes of the control API. Each calls the emulator or process that it controls. */
import { z } from 'zod';
import { AfterResponse, ControlError, type ControlRoutes } from './control-server';
import type { Entra } from '../entra/entra';
import type { App, User } from '../entra/directory/state';
import { fault } from '../emulator/faults';
import type { ResourceManager } from '../resource-manager/resource-manager';
import { limits, type Limits } from '../resource-manager/limits';
import { scenario } from '../resource-manager/scenarios';
import type { EmulatorContext } from '../emulator/server';

export interface ControlTargets {
  readonly context: EmulatorContext;
  readonly entra: Entra;
  readonly resourceManager: ResourceManager;
  restartHost(): Promise<void>;
  skewWorker(worker: number, skewMs: number): void;
  restartStorage(): Promise<void>;
  stop(): void;
}

const clock = z.union([
  z.strictObject({ now: z.iso.datetime() }),
  z.strictObject({ advanceSeconds: z.number() }),
  z.strictObject({ offsetSeconds: z.number() }),
]);
/** Seconds by which the clock of one worker is ahead of that of the stack. */
const skew = z.strictObject({ worker: z.int().min(0), seconds: z.number() });
const folder = z.strictObject({ folder: z.string() });
const latency = z.strictObject({ ms: z.int().min(0).max(60_000) });
/** Fields to change. The types of the registry define them. */
const change = z.record(z.string(), z.unknown());
const failure = z.strictObject({
  code: z.int(),
  grant: z
    .enum([
      'authorization_code',
      'client_credentials',
      'password',
      'refresh_token',
      'device_code',
      'authorize',
      'device_authorization',
    ])
    .optional(),
  error: z.string().optional(),
  suberror: z.string().optional(),
  furtherCodes: z.array(z.int()).optional(),
  count: z.int().positive().optional(),
});

export function createControlRoutes(targets: ControlTargets): ControlRoutes {
  const { context, entra, resourceManager } = targets;
  const { journal, faults } = context;
  const time = () => ({
    now: context.clock.now().toISOString(),
    offsetSeconds: context.clock.offsetMs / 1000,
  });

  return {
    'GET /journal': ({ query }) => {
      const since = Number(query.get('since') ?? 0);
      if (!Number.isInteger(since))
        throw new ControlError('since must be the seq of a journal entry.');
      const service = query.get('service');
      return journal.read({ since, ...(service !== null && { service }) });
    },
    'DELETE /journal': () => journal.clear(),

    'GET /faults': () => faults.list(),
    'POST /faults': ({ body }) => {
      faults.add(fault.parse(body));
      return faults.list();
    },
    'DELETE /faults': ({ query }) => faults.clear(query.get('service') ?? undefined),

    'GET /clock': time,
    'POST /clock': ({ body }) => {
      context.clock.shiftTo(clockOffset(clock.parse(body), context.clock.offsetMs));
      return time();
    },

    'POST /clock/skew': ({ body }) => {
      const { worker, seconds } = skew.parse(body);
      targets.skewWorker(worker, seconds * 1_000);
      return { worker, seconds };
    },

    'GET /factories': () => resourceManager.factories(),
    'PUT /factories/{name}': ({ params, body }) =>
      withControlErrors(() =>
        resourceManager.swapFactory(params['name']!, folder.parse(body).folder),
      ),
    'DELETE /factories/{name}': ({ params }) =>
      withControlErrors(() => resourceManager.removeFactory(params['name']!)),
    'POST /factories/{name}/etags': ({ params }) =>
      withControlErrors(() => resourceManager.renewEtags(params['name']!)),
    'GET /scenarios': () => resourceManager.scenarios.list(),
    'POST /scenarios': ({ body }) => {
      resourceManager.scenarios.add(scenario.parse(body));
      return resourceManager.scenarios.list();
    },
    'DELETE /scenarios': () => resourceManager.scenarios.clear(),
    'GET /limits': () => resourceManager.limits(),
    'POST /limits': ({ body }) => {
      resourceManager.setLimits(limits.partial().parse(body) as Partial<Limits>);
      return resourceManager.limits();
    },
    'DELETE /limits': () => resourceManager.setLimits(),
    'POST /latency': ({ body }) => resourceManager.setLatency(latency.parse(body).ms),

    'PUT /entra/apps/{clientId}': ({ params, body }) =>
      withControlErrors(() => {
        entra.registry.changeApp(params['clientId']!, change.parse(body) as Partial<App>);
      }),
    'POST /entra/apps/{clientId}/secrets': ({ params }) =>
      withControlErrors(() => entra.registry.addSecret(params['clientId']!)),
    'PUT /entra/users/{name}': ({ params, body }) =>
      withControlErrors(() => {
        entra.registry.changeUser(params['name']!, change.parse(body) as Partial<User>);
      }),
    'POST /entra/users/{name}/revoke': ({ params }) =>
      withControlErrors(() => {
        entra.registry.revokeSessions(params['name']!);
      }),
    'POST /entra/errors': ({ body }) => entra.registry.failNext(failure.parse(body) as never),
    'DELETE /entra/errors': () => entra.registry.clearFailures(),

    'POST /host/restart': () => targets.restartHost(),
    'POST /storage/restart': () => targets.restartStorage(),
    'POST /stop': () => new AfterResponse(() => targets.stop()),
  };
}

function clockOffset(wanted: z.infer<typeof clock>, current: number): number {
  if ('now' in wanted) return Date.parse(wanted.now) - Date.now();
  return 'advanceSeconds' in wanted
    ? current + wanted.advanceSeconds * 1000
    : wanted.offsetSeconds * 1000;
}

/** Reports unknown names and folders as errors of the request (400). */
async function withControlErrors<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof z.ZodError) throw error;
    throw new ControlError((error as Error).message);
  }
}
