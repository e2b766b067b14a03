/** One execution of a pipeline, of a trigger, of an activity: what is kept of it, and under which key. */

export interface PipelineRun {
  readonly kind: 'pipeline';
  /** Data Factory's own. */
  readonly runId: string;
  /** Shared by a run and its reruns. */
  readonly groupId?: string;
  readonly pipeline: string;
  readonly status: string;
  readonly start: string;
  readonly end?: string;
  readonly durationMs?: number;
  readonly lastUpdated: string;
  /** Not taken the place of by a rerun. */
  readonly isLatest?: boolean;
  readonly invokedBy?: Invoker;
  /** Names only: values are the customer's. */
  readonly parameters: readonly string[];
  readonly message?: string;
}

export interface Invoker {
  readonly type?: string;
  /** Of a trigger or an activity; whoever started by hand stays unnamed. */
  readonly name?: string;
  readonly id?: string;
  readonly pipeline?: string;
  readonly runId?: string;
}

export interface TriggerRun {
  readonly kind: 'trigger';
  readonly runId: string;
  readonly trigger: string;
  readonly type?: string;
  readonly status: string;
  readonly start: string;
  /** Ids of runs by pipeline. */
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
  /** Counted from 1; the first attempt has none. */
  readonly retryAttempt?: number;
  readonly linkedService?: string;
  readonly integrationRuntime?: string;
  /** Rows, bytes, files and durations, by Data Factory's own names. */
  readonly metrics?: Readonly<Record<string, number>>;
  readonly billing?: Billing;
  /** Of Execute Pipeline: the run it started. */
  readonly startedRunId?: string;
  readonly error?: RunError;
}

export interface Billing {
  readonly activityType?: string;
  readonly progressReporting: readonly {
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

/** Whether nothing more will happen to it, unless somebody runs it again. */
export const isFinished = ({ status }: Pick<PipelineRun, 'status'>) =>
  /^(succeeded|failed|cancelled)$/i.test(status);

export const dayInMs = 86_400_000;

/** `20240131`, in UTC: the partition of a run. */
export const dayOf = (time: string | number): string =>
  new Date(time).toISOString().slice(0, 10).replaceAll('-', '');

/** .NET ticks counted down from the year 9999, so that the newest stands first. */
export const reverseTicks = (time: string): string =>
  (lastTick - (BigInt(Date.parse(time)) * 10_000n + unixEpoch)).toString().padStart(19, '0');

const lastTick = 3_155_378_975_999_999_999n;
const unixEpoch = 621_355_968_000_000_000n;

/** Pipeline runs stand alone under their time; others are set apart by a word. */
export const runKey = ({ kind, start, runId }: Pick<StoredRun, 'kind' | 'start' | 'runId'>) =>
  `${kind === 'pipeline' ? '' : `${kind}|`}${reverseTicks(start)}|${runId.toLowerCase()}`;

/** The day of a key; undefined for what is no key of a run. */
export function dayOfKey(key: string): string | undefined {
  const [, ticks] = /^(?:trigger\|)?(\d{19})\|[\w-]{1,100}$/.exec(key) ?? [];
  if (ticks === undefined) return undefined;
  const ms = Number((lastTick - BigInt(ticks) - unixEpoch) / 10_000n);
  return Number.isNaN(new Date(ms).getTime()) ? undefined : dayOf(ms);
}

/** What a caller sees: opaque, and the same for the same run for ever. */
export const runIdOf = (factory: string, run: StoredRun): string =>
  `${factory}${Buffer.from(runKey(run), 'utf8').toString('base64url')}`;

/** Undefined for anything that runIdOf() did not make. */
export function parseRunId(id: string): { factory: string; key: string; day: string } | undefined {
  const [, factory, encoded] = /^([0-9a-f]{32})([\w-]+)$/.exec(id) ?? [];
  if (!factory || !encoded) return undefined;
  const key = Buffer.from(encoded, 'base64url').toString('utf8');
  const day = dayOfKey(key);
  return day === undefined ? undefined : { factory, key, day };
}
