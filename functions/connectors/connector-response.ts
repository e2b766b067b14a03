/** A connector in API responses. Mapped field by field, so no reference to a secret can leak. */
import { z } from 'zod';
import { actionResponse } from '../errors/action-response';
import { personResponse } from '../events/actor';
import type { Caller } from '../http/caller';
import { etagMember } from '../storage/etag-member';
import { expireIfDue } from './connection';
import {
  connectedWith,
  connectorStatus,
  connectorType,
  etagOf,
  expirySource,
  maskName,
  statusOf,
  type Account,
  type Connector,
  type ConnectorSummary,
  type SecretRef,
} from './connector';
import { factoryFilters } from './factory-filter';
import { warningsOf } from './warnings';

const time = z.iso.datetime();

const credentialResponse = z.strictObject({
  set: z.literal(true),
  hint: z.string().optional().describe('First characters of the secret.'),
  updatedAt: time,
  expiresAt: time.optional(),
});

export const connectorResponse = z
  .strictObject({
    id: z.string(),
    etag: etagMember,
    name: z.string(),
    type: connectorType,
    connectedWith: connectedWith.nullable().describe('Null until a method is chosen.'),
    credentialOwner: personResponse,
    status: connectorStatus,
    connectionExpiresAt: time.nullable(),
    connectionExpiresAtSource: expirySource.nullable(),
    reason: z
      .strictObject({
        code: z.string(),
        message: z.string(),
        action: actionResponse.optional(),
      })
      .optional()
      .describe('Why sign-ins fail at the moment, or why the connection expired.'),
    warnings: z.array(z.strictObject({ code: z.string(), message: z.string() })),
    account: z
      .strictObject({
        tenantId: z.string(),
        clientId: z.string(),
        objectId: z.string().optional(),
        userId: z.string().optional(),
        username: z.string().optional().describe('Masked for Viewers and Operators.'),
        displayName: z.string().optional().describe('Masked for Viewers and Operators.'),
      })
      .optional(),
    credentials: z
      .strictObject({ secret: credentialResponse.optional(), grant: credentialResponse.optional() })
      .optional()
      .describe('Stored credentials without their values. Present for Owners only.'),
    connectedAt: time.optional(),
    lastVerifiedAt: time.optional(),
    filters: factoryFilters.optional().describe('Absent if all factories are synced.'),
    sync: z
      .strictObject({
        lastSyncRunId: z.string(),
        lastStatus: z.string().describe('Status of that sync run, as its own response spells it.'),
        lastStartedAt: time,
        lastSuccessAt: time.optional(),
      })
      .optional(),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Connector' });

/** An item of a list, which does not read the filters. */
export const connectorSummaryResponse = connectorResponse
  .omit({ filters: true })
  .meta({ id: 'ConnectorSummary' });

export function toConnectorSummaryResponse(
  connector: ConnectorSummary,
  caller: Caller,
  now: Date,
): z.infer<typeof connectorSummaryResponse> {
  const { filters: _filters, ...summary } = toConnectorResponse(connector, caller, now);
  return summary;
}

/** What a role may see. */
interface ConnectorView {
  /** Whether names of the account are shown in full. */
  readonly names: boolean;
  /** Whether stored credentials are described. */
  readonly credentials: boolean;
}

const viewOf = ({ roles }: Caller): ConnectorView => ({
  names: roles.includes('Owner') || roles.includes('Member'),
  credentials: roles.includes('Owner'),
});

export function toConnectorResponse(
  connector: Connector,
  caller: Caller,
  now: Date,
): z.infer<typeof connectorResponse> {
  const { account, credentialOwner, secrets, syncSummary } = connector;
  const view = viewOf(caller);
  // An expired connection is shown as expired even before the timer has stored it.
  const { connection } = expireIfDue(connector, now);
  return {
    id: connector.id,
    etag: etagOf(connector),
    name: connector.name,
    type: connector.type,
    connectedWith: connector.connectedWith ?? null,
    credentialOwner: {
      objectId: credentialOwner.objectId,
      displayName: toOwnerName(connector, view),
    },
    status: statusOf(connector, now),
    connectionExpiresAt: connection.expiresAt ?? null,
    connectionExpiresAtSource: connection.expiresAtSource ?? null,
    reason: connection.reason,
    warnings: warningsOf({ ...connector, connection }, now),
    account: account && toAccountResponse(account, view),
    credentials: view.credentials
      ? {
          secret: toCredentialResponse(secrets.secret),
          grant: toCredentialResponse(secrets.grant),
        }
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

const toCredentialResponse = (ref: SecretRef | undefined) =>
  ref && {
    set: true as const,
    hint: ref.hint,
    updatedAt: ref.updatedAt,
    expiresAt: ref.expiresAt,
  };

/** The account may be the credential owner's own, and a person may have a user name as name. */
function toOwnerName(
  { credentialOwner: { objectId, displayName }, account }: Connector,
  { names }: ConnectorView,
): string {
  const isAccount = account?.objectId === objectId || displayName.includes('@');
  return names || !isAccount ? displayName : maskName(displayName);
}

/** Every name of the account is masked alike. A user id is masked unless it is an object id. */
function toAccountResponse(account: Account, { names }: ConnectorView) {
  const visible = (name: string | undefined) => (names || !name ? name : maskName(name));
  return {
    tenantId: account.tenantId,
    clientId: account.clientId,
    objectId: account.objectId,
    userId: account.userId?.includes('@') ? visible(account.userId) : account.userId,
    username: visible(account.username),
    displayName: visible(account.displayName),
  };
}
