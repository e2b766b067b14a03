/** Azure Resource Graph: a paged query over all resources that the caller may read. */
import { badRequest } from '../arm-error';
import type { Factories } from '../factories/factories';
import type { Factory } from '../factories/factory';
import { field, inner, textOf, type Json } from '../json';
import { factoryType } from '../factories/kinds';
import { runQuery } from './kusto';
import type { TokenBuckets } from '../limits';
import type { Operation } from '../operation';
import type { Scenarios } from '../scenarios';
import type { RoleAssignments } from '../roles/role-assignments';
import type { Subscriptions } from '../subscriptions';

interface Parts {
  readonly factories: Factories;
  readonly subscriptions: Subscriptions;
  readonly roles: RoleAssignments;
  readonly tokenBuckets: TokenBuckets;
  readonly scenarios: Scenarios;
}

const maxPageSize = 1_000;

export function resourceGraphOperation(parts: Parts): Operation {
  const { factories, subscriptions, roles, tokenBuckets, scenarios } = parts;
  const page = (rows: readonly Json[], options: Json): Json => {
    const isFirst = options['$skipToken'] === undefined;
    const list = 'resource-graph';
    const empty = isFirst && scenarios.draw('discovery-page-empty', undefined, { list });
    return empty ? toEmptyPage(rows) : toPage(rows, options);
  };
  return {
    method: 'POST',
    path: '/providers/Microsoft.ResourceGraph/resources',
    apiVersions: ['2019-04-01', '2021-03-01', '2022-10-01', '2024-04-01'],
    actions: [],
    budget: 'none',
    handle({ request, caller }) {
      const { remaining, resetsAfterSeconds } = tokenBuckets.takeFromGraph(caller.oid);
      const body = request.json();
      const query = field(body, 'query');
      if (typeof query !== 'string') throw badRequest("The 'query' property is required.");
      if (!isSupportedRequest(body)) return undefined;
      const visible = factories
        .all()
        .filter(({ id }) => roles.mayDo(caller.oid, `${factoryType}/read`, id))
        .filter(isIn(body))
        .filter(({ name }) => !scenarios.draw('factory-undiscovered', name))
        .map((factory) => toRow(factory, subscriptions));
      return {
        status: 200,
        headers: {
          'x-ms-user-quota-remaining': String(remaining),
          'x-ms-user-quota-resets-after': asTime(resetsAfterSeconds),
        },
        body: page(runQuery(query, visible), inner(body, 'options')),
      };
    },
  };
}

/** Formats less than a day as `hh:mm:ss`. */
const asTime = (seconds: number) => new Date(seconds * 1_000).toISOString().slice(11, 19);

/** Management groups and table results are not implemented. */
const isSupportedRequest = (body: unknown): boolean =>
  field(body, 'managementGroups') === undefined &&
  [undefined, 'objectArray'].includes(inner(body, 'options')['resultFormat'] as string | undefined);

function isIn(body: unknown): (factory: Factory) => boolean {
  const wanted = field(body, 'subscriptions');
  if (!Array.isArray(wanted)) return () => true;
  const ids = new Set(wanted.map((id) => textOf(id).toLowerCase()));
  return ({ subscriptionId }) => ids.has(subscriptionId.toLowerCase());
}

function toRow(factory: Factory, subscriptions: Subscriptions): Json {
  const { id, name, subscriptionId, resourceGroup, body } = factory;
  return {
    id,
    name,
    type: factoryType.toLowerCase(),
    tenantId: subscriptions.get(subscriptionId).tenantId,
    kind: '',
    location: body['location'],
    resourceGroup: resourceGroup.toLowerCase(),
    subscriptionId,
    managedBy: '',
    sku: null,
    plan: null,
    properties: body['properties'],
    tags: body['tags'],
    identity: body['identity'] ?? null,
    zones: null,
    extendedLocation: null,
  };
}

function toPage(rows: readonly Json[], options: Json): Json {
  const size = wholeNumber(options['$top'], maxPageSize);
  if (size < 1 || size > maxPageSize)
    throw badRequest(`The '$top' option must be between 1 and ${maxPageSize}.`);
  const token = options['$skipToken'];
  const start = token === undefined ? wholeNumber(options['$skip'], 0) : decode(token);
  const data = rows.slice(start, start + size);
  const end = start + data.length;
  return {
    totalRecords: rows.length,
    count: data.length,
    data,
    facets: [],
    resultTruncated: 'false',
    ...(end < rows.length && { $skipToken: encode(end) }),
  };
}

/** The rows follow on the next page. */
const toEmptyPage = (rows: readonly Json[]): Json => ({
  totalRecords: rows.length,
  count: 0,
  data: [],
  facets: [],
  resultTruncated: 'true',
  $skipToken: encode(0),
});

function wholeNumber(value: unknown, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (!Number.isInteger(value)) throw badRequest(`'${textOf(value)}' is not a number of rows.`);
  return value as number;
}

const encode = (start: number) => Buffer.from(`row:${start}`).toString('base64');

function decode(token: unknown): number {
  const [, start] = /^row:(\d+)$/.exec(Buffer.from(textOf(token), 'base64').toString()) ?? [];
  if (start === undefined) throw badRequest("The '$skipToken' is invalid.");
  return Number(start);
}
