/**
 * Reads the supported part of host.json. Settings AzureFunctionsJobHost__a__b override it, as in
 * Azure.
 */
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Versioning } from './durable/versioning';
import {
  readQueueSettings,
  secondsOf,
  type QueuesJson,
  type QueueSettings,
} from './queues/queue-settings';
import type { LogLevels } from './log-levels';
import type { Environment } from './worker/environment';

export interface HostJson {
  /** Without slashes. Empty if the functions are at the root. */
  readonly routePrefix: string;
  readonly hubName: string;
  /** An invocation that takes longer fails, and its worker is started again. */
  readonly functionTimeoutMs: number;
  readonly maxConcurrentActivityFunctions: number;
  readonly maxConcurrentOrchestratorFunctions: number;
  readonly versioning: Versioning;
  /** Whether steps belong to the trace of their orchestration, as version 2 of the tracing does it. */
  readonly distributedTracing: boolean;
  readonly queues: QueueSettings;
  /** Minimum log level by category. */
  readonly logLevels: LogLevels;
}

interface HostJsonFile {
  readonly functionTimeout?: string;
  readonly extensions?: {
    readonly http?: { readonly routePrefix?: string };
    readonly queues?: QueuesJson;
    readonly durableTask?: Versioning & {
      readonly hubName?: string;
      readonly maxConcurrentActivityFunctions?: number | string;
      readonly maxConcurrentOrchestratorFunctions?: number | string;
      readonly tracing?: {
        readonly distributedTracingEnabled?: boolean | string;
        readonly version?: string;
      };
    };
  };
  readonly logging?: { readonly logLevel?: LogLevels };
}

/** Of the Flex Consumption plan. */
const defaultTimeout = '00:30:00';
const prefix = 'AzureFunctionsJobHost__';

export function readHostJson(root: string, env: Environment): HostJson {
  const file = join(root, 'host.json');
  if (!existsSync(file)) throw new Error(`${root} has no host.json.`);
  const read = parse(file);
  for (const [name, value] of Object.entries(env))
    if (name.startsWith(prefix)) override(read, name.slice(prefix.length).split('__'), value);

  const { extensions, logging, functionTimeout = defaultTimeout } = read as HostJsonFile;
  const { http, durableTask, queues } = extensions ?? {};
  // The default of the Durable extension.
  const limit = (value: number | string | undefined) =>
    Number(value ?? 10 * availableParallelism());
  return {
    routePrefix: (http?.routePrefix ?? 'api').replace(/^\/+|\/+$/g, ''),
    hubName: durableTask?.hubName ?? 'TestHubName',
    functionTimeoutMs: secondsOf(functionTimeout) * 1_000,
    maxConcurrentActivityFunctions: limit(durableTask?.maxConcurrentActivityFunctions),
    maxConcurrentOrchestratorFunctions: limit(durableTask?.maxConcurrentOrchestratorFunctions),
    versioning: {
      defaultVersion: durableTask?.defaultVersion,
      versionMatchStrategy: durableTask?.versionMatchStrategy,
      versionFailureStrategy: durableTask?.versionFailureStrategy,
    },
    distributedTracing:
      String(durableTask?.tracing?.distributedTracingEnabled) === 'true' &&
      durableTask?.tracing?.version === 'V2',
    queues: readQueueSettings(queues),
    logLevels: logging?.logLevel ?? {},
  };
}

function parse(file: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  } catch (error) {
    throw new Error(`${file} is not valid JSON: ${(error as Error).message}`, { cause: error });
  }
}

function override(
  node: Record<string, unknown>,
  [key, ...rest]: readonly string[],
  value: unknown,
): void {
  if (!key) return;
  if (rest.length === 0) node[key] = value;
  else override((node[key] ??= {}) as Record<string, unknown>, rest, value);
}
