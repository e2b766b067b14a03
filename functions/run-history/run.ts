/** Runs of pipelines, triggers and activities: the stored fields, and the keys of the rows. */
import type { FactoryRef } from '../data-factory/resource';

export interface PipelineRun {
  readonly kind: 'pipeline';
  /** Id of the run in Data Factory. */
  readonly runId: string;
  /** Shared by a run and its reruns. */
  readonly groupId?: string;
  readonly pipeline: string;
  readonly status: string;
  readonly start: string;
  readonly end?: string;
  readonly durationMs?: number;
  readonly lastUpdated: string;
  /** False once the run was rerun. */
  readonly isLatest?: boolean;
  readonly invokedBy?: Invoker;
  /** Names only: values may hold data of the customer. */
  readonly parameters: readonly string[];
  readonly message?: string;
}

export interface Invoker {
  readonly type?: string;
  /** Name of a trigger or an activity. Names of people are not stored. */
  readonly name?: string;
  readonly id?: string;
  readonly pipeline?: string;
  readonly pipelineRunId?: string;
}

export interface TriggerRun {
  readonly kind: 'trigger';
  readonly runId: string;
  readonly trigger: string;
  readonly type?: string;
  readonly status: string;
  readonly start: string;
  /** Ids of the started pipeline runs by pipeline name. */
  readonly started: Readonly<Record<string, string>>;
  readonly message?: string;
}

export interface ActivityRun {
  readonly runId: string;
  readonly activity: string;
  readonly type: string;
  readonly status: string;
  readonly start: string;
  readonly end?: string;
  readonly durationMs?: number;
  /** From 1 for the first retry. Absent for the first attempt. */
  readonly retryAttempt?: number;
  readonly linkedService?: string;
  readonly integrationRuntime?: string;
  /** Rows, bytes, files and durations, by their names in Data Factory. */
  readonly metrics?: Readonly<Record<string, number>>;
  readonly billing?: Billing;
  /** Id of the pipeline run that an Execute Pipeline activity started. */
  readonly startedRunId?: string;
  readonly error?: RunError;
}

export interface Billing {
  readonly activityType?: string;
  readonly meters: readonly {
    readonly meter: string;
    readonly duration: number;
    readonly unit: string;
  }[];
}

export interface RunError {
  readonly code?: string;
  readonly type?: string;
  readonly message?: string;
}

export type StoredRun = PipelineRun | TriggerRun;
export type RunKind = StoredRun['kind'];
export type RunOf<K extends RunKind> = Extract<StoredRun, { kind: K }>;

/** A run with its id in the API. */
export interface RunItem<T extends StoredRun = StoredRun> {
  readonly id: string;
  readonly factory: FactoryRef;
  readonly run: T;
}

/** Whether the status is final. A rerun is a new run. */
export const isFinished = ({ status }: Pick<PipelineRun, 'status'>) =>
  /^(succeeded|failed|cancelled)$/i.test(status);

export const dayMs = 86_400_000;

/** `20240131` in UTC, part of the partition key. */
export const dayOf = (time: string | number): string =>
  new Date(time).toISOString().slice(0, 10).replaceAll('-', '');

/** .NET ticks counted down from the year 9999, so that keys sort newest first. */
export const reverseTicks = (time: string): string =>
  (lastTick - (BigInt(Date.parse(time)) * 10_000n + unixEpoch)).toString().padStart(19, '0');

const lastTick = 3_155_378_975_999_999_999n;
const unixEpoch = 621_355_968_000_000_000n;

/** Keys of pipeline runs begin with reverse ticks, keys of other runs with their kind. */
export const runKey = ({ kind, start, runId }: Pick<StoredRun, 'kind' | 'start' | 'runId'>) =>
  `${kind === 'pipeline' ? '' : `${kind}|`}${reverseTicks(start)}|${runId.toLowerCase()}`;

/** The position of a run among those of all factories of a day. `factory` is a hash. */
export const positionOf = ({ factory, run }: { factory: string; run: StoredRun }): string =>
  `${runKey(run)}|${factory}`;

/** The day of a run key. Undefined if the text is no run key. */
export function dayOfKey(key: string): string | undefined {
  const [, ticks] = /^(?:trigger\|)?(\d{19})\|[\w-]{1,100}$/.exec(key) ?? [];
  if (ticks === undefined) return undefined;
  const ms = Number((lastTick - BigInt(ticks) - unixEpoch) / 10_000n);
  return Number.isNaN(new Date(ms).getTime()) ? undefined : dayOf(ms);
}

/** The id of a run in the API: opaque and stable. */
export const runIdOf = (factory: string, run: StoredRun): string =>
  `${factory}${Buffer.from(runKey(run), 'utf8').toString('base64url')}`;

/** Undefined if the text is no id of `runIdOf`. */
export function parseRunId(id: string): { factory: string; key: string; day: string } | undefined {
  const [, factory, encoded] = /^([0-9a-f]{32})([\w-]+)$/.exec(id) ?? [];
  if (!factory || !encoded) return undefined;
  const key = Buffer.from(encoded, 'base64url').toString('utf8');
  const day = dayOfKey(key);
  return day === undefined ? undefined : { factory, key, day };
}
