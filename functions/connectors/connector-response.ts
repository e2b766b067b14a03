/** A connector as callers see it: the columns of the connectors page, and no pointer to a secret. */
import { z } from 'zod';
import { factoryFilters } from './factory-filter';
import {
  connectedWith,
  connectorStatus,
  connectorType,
  expirySource,
  masked,
  statusOf,
  type Account,
  type Connector,
  type SecretRef,
} from './connector';
import { lapse } from './connection';
import { warningsOf } from '../credentials/warnings';

const person = z.strictObject({ objectId: z.string(), displayName: z.string() });
const time = z.iso.datetime();

const credentialAnswer = z.strictObject({
  set: z.literal(true),
  hint: z.string().optional().describe('Its first characters, to tell which one is meant.'),
  updatedAt: time,
  expiresAt: time.optional(),
});

export const connectorAnswer = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    type: connectorType,
    connectedWith: connectedWith.nullable().describe('Null until somebody chooses.'),
    credentialOwner: person,
    status: connectorStatus,
    connectionExpiresAt: time.nullable(),
    connectionExpiresAtSource: expirySource.nullable(),
    reason: z
      .strictObject({
        code: z.string(),
        message: z.string(),
        action: z
          .strictObject({ kind: z.string(), label: z.string(), href: z.string().optional() })
          .optional(),
      })
      .optional(),
    warnings: z.array(z.strictObject({ code: z.string(), message: z.string() })),
    account: z
      .strictObject({
        tenantId: z.string(),
        clientId: z.string(),
        objectId: z.string().optional(),
        userId: z.string().optional(),
        username: z.string().optional().describe('Masked for Viewers and Operators.'),
        displayName: z.string().optional(),
      })
      .optional(),
    credentials: z
      .strictObject({ secret: credentialAnswer.optional(), grant: credentialAnswer.optional() })
      .optional()
      .describe('For Owners: what is stored, and never what it is.'),
    connectedAt: time.optional(),
    lastVerifiedAt: time.optional(),
    filters: factoryFilters.optional().describe('Absent when all factories are synced.'),
    sync: z
      .strictObject({
        lastSyncRunId: z.string(),
        lastStatus: z.string(),
        lastStartedAt: time,
        lastSuccessAt: time.optional(),
      })
      .optional(),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Connector' });

export interface Sight {
  readonly now: Date;
  /** Whether the whole user name may be seen. */
  readonly names: boolean;
  /** Whether what is known of the stored credentials may be seen. */
  readonly owner: boolean;
}

export function toConnectorAnswer(
  connector: Connector,
  { now, names, owner }: Sight,
): z.infer<typeof connectorAnswer> {
  const { account, credentialOwner, secrets, syncSummary } = connector;
  // What has passed is over, whether or not a timer has come by.
  const { connection } = lapse(connector, now);
  return {
    id: connector.id,
    name: connector.name,
    type: connector.type,
    connectedWith: connector.connectedWith ?? null,
    credentialOwner: {
      objectId: credentialOwner.objectId,
      displayName: credentialOwner.displayName,
    },
    status: statusOf(connector, now),
    connectionExpiresAt: connection.expiresAt ?? null,
    connectionExpiresAtSource: connection.expiresAtSource ?? null,
    reason: connection.reason,
    warnings: warningsOf({ ...connector, connection }, now),
    account: account && accountAnswer(account, names),
    credentials: owner
      ? { secret: refAnswer(secrets.secret), grant: refAnswer(secrets.grant) }
      : undefined,
    connectedAt: connection.connectedAt,
    lastVerifiedAt: connection.lastVerifiedAt,
    filters: connector.filters,
    sync: syncSummary && {
      lastSyncRunId: syncSummary.lastSyncRunId,
      lastStatus: syncSummary.lastStatus,
      lastStartedAt: syncSummary.lastStartedAt,
      lastSuccessAt: syncSummary.lastSuccessAt,
    },
    createdAt: connector.createdAt,
    updatedAt: connector.updatedAt,
  };
}

const refAnswer = (ref: SecretRef | undefined) =>
  ref && {
    set: true as const,
    hint: ref.hint,
    updatedAt: ref.updatedAt,
    expiresAt: ref.expiresAt,
  };

/** A user id may be a user name as well. */
function accountAnswer(account: Account, names: boolean) {
  const shown = (name: string | undefined) => (names || !name?.includes('@') ? name : masked(name));
  return {
    tenantId: account.tenantId,
    clientId: account.clientId,
    objectId: account.objectId,
    userId: shown(account.userId),
    username: shown(account.username),
    displayName: names ? account.displayName : shown(account.displayName),
  };
}
