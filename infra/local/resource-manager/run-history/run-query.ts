/** Parses and runs a query of run history: time window, filters, order and continuation. */
import { z } from 'zod';
import { badRequest } from '../arm-error';
import { textOf, type Json } from '../json';
import { hashOf } from './seeded-random';
import type { RunRow } from './run-history';

const query = z.object({
  lastUpdatedAfter: z.iso.datetime({ offset: true, error: missing('lastUpdatedAfter') }),
  lastUpdatedBefore: z.iso.datetime({ offset: true, error: missing('lastUpdatedBefore') }),
  continuationToken: z.string().nullish(),
  filters: z
    .array(
      z.object({
        operand: z.string(),
        operator: z.enum(['Equals', 'NotEquals', 'In', 'NotIn']),
        values: z.array(z.string()).min(1),
      }),
    )
    .nullish(),
  orderBy: z.array(z.object({ orderBy: z.string(), order: z.enum(['ASC', 'DESC']) })).nullish(),
});
export type RunQuery = z.infer<typeof query>;

const runPageSize = 100;

/**
 * Filter operands by kind of run, and the field of each. `notForOrder` lists those that cannot be
 * sorted by.
 */
export const runFields = {
  pipelineRuns: {
    PipelineName: 'pipelineName',
    Status: 'status',
    RunStart: 'runStart',
    RunEnd: 'runEnd',
    RunGroupId: 'runGroupId',
    LatestOnly: 'isLatest',
  },
  triggerRuns: {
    TriggerName: 'triggerName',
    TriggerRunTimestamp: 'triggerRunTimestamp',
    Status: 'status',
  },
  activityRuns: {
    ActivityName: 'activityName',
    ActivityRunStart: 'activityRunStart',
    ActivityRunEnd: 'activityRunEnd',
    ActivityType: 'activityType',
    Status: 'status',
  },
} as const;
export type RunFields = Readonly<Record<string, string>>;

const notForOrder = ['RunGroupId', 'LatestOnly', 'ActivityType'];

export function parseQuery(body: unknown, fields: RunFields): RunQuery {
  const parsed = query.safeParse(body);
  if (!parsed.success) throw badRequest(parsed.error.issues[0]!.message);
  const { filters, orderBy } = parsed.data;
  for (const { operand, values } of filters ?? []) {
    if (!(operand in fields)) throw badRequest(`The filter operand '${operand}' is not supported.`);
    if (operand === 'RunGroupId' && values.length > 1)
      throw badRequest('The filter RunGroupId takes exactly one value.');
  }
  for (const { orderBy: name } of orderBy ?? [])
    if (!(name in fields) || notForOrder.includes(name))
      throw badRequest(`The runs cannot be ordered by '${name}'.`);
  return parsed.data;
}

export interface RunPage {
  readonly value: readonly Json[];
  readonly continuationToken?: string;
}

export function runPage(rows: readonly RunRow[], query: RunQuery, fields: RunFields): RunPage {
  const { continuationToken, ...conditions } = query;
  const signature = hashOf(JSON.stringify(conditions));
  const start = continuationToken ? decode(continuationToken, signature) : 0;
  const found = rows
    .filter(isInWindow(query))
    .map(({ run }) => run)
    .filter((run) => (query.filters ?? []).every((filter) => passes(run, filter, fields)))
    .sort(comparison(query, fields));
  const end = start + runPageSize;
  return {
    value: found.slice(start, end),
    ...(end < found.length && { continuationToken: encode(end, signature) }),
  };
}

function isInWindow({ lastUpdatedAfter, lastUpdatedBefore }: RunQuery) {
  const [after, before] = [Date.parse(lastUpdatedAfter), Date.parse(lastUpdatedBefore)];
  return ({ lastUpdated }: RunRow) => lastUpdated >= after && lastUpdated <= before;
}

type Filter = NonNullable<RunQuery['filters']>[number];

function passes(run: Json, { operand, operator, values }: Filter, fields: RunFields): boolean {
  const value = textOf(run[fields[operand]!]).toLowerCase();
  // Only the value "true" restricts the result to the latest runs.
  if (operand === 'LatestOnly') return values[0]?.toLowerCase() !== 'true' || value === 'true';
  const isAmong = values.some((each) => each.toLowerCase() === value);
  return operator.startsWith('Not') ? !isAmong : isAmong;
}

/**
 * By default the newest runs come first. The id orders equal runs, so that pages do not overlap.
 */
function comparison({ orderBy }: RunQuery, fields: RunFields) {
  const newest = Object.keys(fields).find((name) => /Start$|Timestamp$/.test(name))!;
  const keys = (orderBy?.length ? orderBy : [{ orderBy: newest, order: 'DESC' as const }]).map(
    ({ orderBy: name, order }) => ({ field: fields[name]!, sign: order === 'ASC' ? 1 : -1 }),
  );
  const idOf = (run: Json) => textOf(run['activityRunId'] ?? run['triggerRunId'] ?? run['runId']);
  return (one: Json, other: Json): number => {
    for (const { field, sign } of keys) {
      const [left, right] = [textOf(one[field]), textOf(other[field])];
      if (left !== right) return left < right ? -sign : sign;
    }
    return idOf(one) < idOf(other) ? -1 : 1;
  };
}

const encode = (start: number, signature: number) =>
  Buffer.from(JSON.stringify({ start, signature })).toString('base64url');

/** A token is valid only for the same window, filters and order. */
function decode(token: string, signature: number): number {
  const text = Buffer.from(token, 'base64url').toString('utf8');
  const [, start, signed] = /^\{"start":(\d+),"signature":(\d+)\}$/.exec(text) ?? [];
  if (Number(signed) !== signature) throw badRequest('The continuation token is invalid.');
  return Number(start);
}

function missing(name: string): string {
  return `The property '${name}' is required, as an ISO 8601 time.`;
}
