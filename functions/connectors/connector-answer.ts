/** A connector as callers see it: the columns of the connectors page, and no pointer to a secret. */
import { z } from 'zod';
import {
  connectedWith,
  connectorStatus,
  connectorType,
  expirySource,
  masked,
  statusOf,
  type Account,
  type Connector,
} from './connector';
import { lapse } from './connection';
import { warningsOf } from './warnings';

const person = z.strictObject({ objectId: z.string(), displayName: z.string() });
const time = z.iso.datetime();

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
    secret: z
      .strictObject({
        set: z.literal(true),
        hint: z.string().optional(),
        updatedAt: time,
        expiresAt: time.optional(),
      })
      .optional(),
    connectedAt: time.optional(),
    lastVerifiedAt: time.optional(),
    sync: z
      .strictObject({
        lastRunId: z.string(),
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
}

export function toConnectorAnswer(
  connector: Connector,
  { now, names }: Sight,
): z.infer<typeof connectorAnswer> {
  const { account, credentialOwner, secrets, syncSummary } = connector;
  // What has passed is over, whether or not a timer has come by.
  const { connection } = lapse(connector, now);
  const secret = secrets.secret ?? secrets.grant;
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
    secret: secret && {
      set: true,
      hint: names ? secret.hint : undefined,
      updatedAt: secret.updatedAt,
      expiresAt: secret.expiresAt,
    },
    connectedAt: connection.connectedAt,
    lastVerifiedAt: connection.lastVerifiedAt,
    sync: syncSummary && {
      lastRunId: syncSummary.lastRunId,
      lastStatus: syncSummary.lastStatus,
      lastStartedAt: syncSummary.lastStartedAt,
      lastSuccessAt: syncSummary.lastSuccessAt,
    },
    createdAt: connector.createdAt,
    updatedAt: connector.updatedAt,
  };
}

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
