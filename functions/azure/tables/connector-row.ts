/** Row of a connector: scalar columns, and JSON columns that are parsed with a schema of their type. */
import { z } from 'zod';
import {
  connectedWith,
  connectorType,
  expirySource,
  type Account,
  type CompletedAttempt,
  type Connection,
  type Connector,
  type ConnectorSummary,
  type ObsoleteSecret,
  type Reason,
  type SecretRef,
  type SyncSummary,
} from '../../connectors/connector';
import { UpstreamError } from '../../errors/app-error';
import type { FactoryFilters } from '../../connectors/factory-filter';
import type { StoredSchedule } from '../../connectors/schedule';
import { person } from '../../events/actor';
import type { Stored } from '../../storage/stored';
import { storedEtag } from '../table-storage/conditional-write';
import { jsonColumn, type SchemaShape } from '../table-storage/json-column';
import { action } from './sign-in/connection-attempt-row';

const account = z.object({
  tenantId: z.string(),
  clientId: z.string(),
  objectId: z.string().exactOptional(),
  userId: z.string().exactOptional(),
  userVerified: z.boolean().exactOptional(),
  username: z.string().exactOptional(),
  displayName: z.string().exactOptional(),
} satisfies SchemaShape<Account>);

const secretRef = z.object({
  name: z.string(),
  version: z.string(),
  hint: z.string().exactOptional(),
  updatedAt: z.string(),
  expiresAt: z.string().exactOptional(),
} satisfies SchemaShape<SecretRef>);

const obsoleteSecret = z.object({
  name: z.string(),
  version: z.string(),
  since: z.string(),
  attempts: z.number().exactOptional(),
  nextAttemptAt: z.string().exactOptional(),
  failure: z.object({ code: z.string(), message: z.string() }).exactOptional(),
} satisfies SchemaShape<ObsoleteSecret>);

const completedAttempt = z.object({
  id: z.string(),
  at: z.string(),
  account: account.pick({ tenantId: true, objectId: true, username: true }),
} satisfies SchemaShape<CompletedAttempt>);

const reason = z.object({
  code: z.string(),
  message: z.string(),
  action: action.exactOptional(),
} satisfies SchemaShape<Reason>);

const connection = z.object({
  state: z.enum(['unconnected', 'connected', 'degraded', 'expired', 'deleting']),
  reason: reason.exactOptional(),
  connectedAt: z.string().exactOptional(),
  lastVerifiedAt: z.string().exactOptional(),
  lastRefreshAt: z.string().exactOptional(),
  failingSince: z.string().exactOptional(),
  refreshFailureDays: z.array(z.string()).exactOptional(),
  waitUntil: z.string().exactOptional(),
  failure: reason.exactOptional(),
  probes: z.object({ count: z.number(), nextAt: z.string() }).exactOptional(),
  disconnectedAt: z.string().exactOptional(),
  disconnectedBy: person.exactOptional(),
  expiryReminder: z.object({ expiresAt: z.string(), days: z.number() }).exactOptional(),
  expiresAt: z.string().exactOptional(),
  expiresAtSource: expirySource.exactOptional(),
} satisfies SchemaShape<Connection>);

const syncSummary = z.object({
  lastSyncRunId: z.string(),
  lastStatus: z.string(),
  lastStartedAt: z.string(),
  lastSuccessAt: z.string().exactOptional(),
} satisfies SchemaShape<SyncSummary>);

/** Without the rules for new schedules: a stored schedule was validated when it was set. */
const stored = { paused: z.boolean(), version: z.int(), changedAt: z.string() };
const storedSchedule: z.ZodType<StoredSchedule> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('manual'), ...stored }),
  z.object({ kind: z.literal('interval'), minutes: z.int(), ...stored }),
  z.object({ kind: z.literal('cron'), expression: z.string(), timeZone: z.string(), ...stored }),
]);

/** Without the limits for new filters: stored filters were validated when they were set. */
const part = z.string().exactOptional();
const rules = z.array(
  z.object({
    subscriptionId: part,
    resourceGroup: part,
    factory: part,
    tag: z.object({ name: z.string(), value: part }).exactOptional(),
  }),
);
const filters: z.ZodType<FactoryFilters> = z.object({ include: rules, exclude: rules });

const columns = z.object({
  name: z.string(),
  type: connectorType,
  connectedWith: connectedWith.exactOptional(),
  credentialOwner: jsonColumn(person),
  account: jsonColumn(account).exactOptional(),
  connection: jsonColumn(connection),
  secrets: jsonColumn(
    z.object({ secret: secretRef.exactOptional(), grant: secretRef.exactOptional() }),
  ),
  obsoleteSecrets: jsonColumn(z.array(obsoleteSecret)).exactOptional(),
  completedAttempts: jsonColumn(z.array(completedAttempt)).exactOptional(),
  syncSummary: jsonColumn(syncSummary).exactOptional(),
  schedule: jsonColumn(storedSchedule).exactOptional(),
  filters: jsonColumn(filters).exactOptional(),
  version: z.int(),
  createdAt: z.string(),
  createdBy: jsonColumn(person),
  updatedAt: z.string(),
} satisfies SchemaShape<Omit<Connector, 'tenantId' | 'id'>>);

export const connectorPrefix = 'connector-';
export const connectorRowKey = (connectorId: string) => `${connectorPrefix}${connectorId}`;

export function toConnectorRow(connector: Connector) {
  const { name, type, version, createdAt, updatedAt, account, syncSummary, schedule } = connector;
  return {
    partitionKey: connector.tenantId,
    rowKey: connectorRowKey(connector.id),
    name,
    type,
    version,
    createdAt,
    updatedAt,
    credentialOwner: JSON.stringify(connector.credentialOwner),
    connection: JSON.stringify(connector.connection),
    secrets: JSON.stringify(connector.secrets),
    createdBy: JSON.stringify(connector.createdBy),
    ...(connector.connectedWith && { connectedWith: connector.connectedWith }),
    ...(account && { account: JSON.stringify(account) }),
    ...(connector.obsoleteSecrets && {
      obsoleteSecrets: JSON.stringify(connector.obsoleteSecrets),
    }),
    ...(connector.completedAttempts && {
      completedAttempts: JSON.stringify(connector.completedAttempts),
    }),
    ...(syncSummary && { syncSummary: JSON.stringify(syncSummary) }),
    ...(schedule && { schedule: JSON.stringify(schedule) }),
    ...(connector.filters && { filters: JSON.stringify(connector.filters) }),
  };
}

interface Row {
  readonly partitionKey?: string;
  readonly rowKey?: string;
}

const idOf = ({ rowKey }: Row): string => rowKey!.slice(connectorPrefix.length);

/** A later version wrote the row before a rollback, or a person did. The error names the connector. */
function parse<T>(schema: z.ZodType<T>, row: Row): T {
  try {
    return schema.parse(row);
  } catch (cause) {
    throw new UpstreamError(
      'connector_unreadable',
      `The stored connector ${idOf(row)} cannot be read. Report this error to the operator.`,
      false,
      cause,
    );
  }
}

/** Throws UpstreamError for a row that cannot be read. */
export const toConnector = (row: Row & { readonly etag: string }): Stored<Connector> => ({
  ...parse(columns, row),
  tenantId: row.partitionKey!,
  id: idOf(row),
  etag: storedEtag(row),
});

const {
  filters: _filters,
  schedule: _schedule,
  completedAttempts: _completedAttempts,
  ...summaryShape
} = columns.shape;
const summaryColumns = z.object(
  summaryShape satisfies SchemaShape<Omit<ConnectorSummary, 'tenantId' | 'id'>>,
);

/** For the `select` of a query of summaries. */
export const summaryColumnNames = ['partitionKey', 'rowKey', ...Object.keys(summaryShape)];

/** Throws UpstreamError for a row that cannot be read. */
export const toConnectorSummary = (row: Row): ConnectorSummary => ({
  ...parse(summaryColumns, row),
  tenantId: row.partitionKey!,
  id: idOf(row),
});
