/** Row of a connection attempt: the attempt of any method as JSON, with the columns that filters need. */
import { z } from 'zod';
import { connectedWith } from '../../../connectors/connector';
import type { SignedInAccount } from '../../../credentials/accounts/signed-in-account';
import {
  attemptStates,
  type ConnectionAttempt,
  type Outcome,
} from '../../../credentials/connection-attempt';
import type { Action } from '../../../errors/app-error';
import { person } from '../../../events/actor';
import type { Authorization } from '../../../oauth/authorization';
import type { DeviceSession } from '../../../oauth/device-session';
import { jsonColumn, type SchemaShape } from '../../table-storage/json-column';

export const action = z.object({
  kind: z.string(),
  label: z.string(),
  href: z.string().exactOptional(),
} satisfies SchemaShape<Action>);

const outcome = z.object({
  code: z.string(),
  message: z.string(),
  action: action.exactOptional(),
} satisfies SchemaShape<Outcome>);

const account = z.object({
  tenantId: z.string(),
  objectId: z.string().exactOptional(),
  username: z.string().exactOptional(),
} satisfies SchemaShape<SignedInAccount>);

const attemptShape = {
  tenantId: z.string(),
  id: z.string(),
  connectorId: z.string(),
  method: connectedWith,
  initiator: person,
  state: z.enum(attemptStates),
  createdAt: z.string(),
  expiresAt: z.string(),
  endedAt: z.string().exactOptional(),
  outcome: outcome.exactOptional(),
  account: account.exactOptional(),
  sealed: z.string().exactOptional(),
} satisfies SchemaShape<ConnectionAttempt>;

const authorization = z.object({
  ...attemptShape,
  method: z.literal('oauth'),
  authority: z.string(),
  allowAccountChange: z.boolean(),
  loginHint: z.string().exactOptional(),
  returnTo: z.string().exactOptional(),
  ticketHash: z.string(),
  ticketExpiresAt: z.string(),
  browser: z
    .object({
      stateHash: z.string(),
      cookieHash: z.string(),
    } satisfies SchemaShape<NonNullable<Authorization['browser']>>)
    .exactOptional(),
} satisfies SchemaShape<Authorization>);

const deviceSession = z.object({
  ...attemptShape,
  method: z.literal('device_code'),
  authority: z.string(),
  clientId: z.string(),
  allowAccountChange: z.boolean(),
  userCode: z.string(),
  verificationUri: z.string(),
  intervalSeconds: z.number(),
} satisfies SchemaShape<DeviceSession>);

export const attemptColumns = z.object({
  etag: z.string(),
  // Also a rotation of a connector that is connected by OAuth is an attempt, without a session.
  attempt: jsonColumn(z.union([authorization, deviceSession, z.object(attemptShape)])),
});

export const attemptPrefix = (connectorId: string) => `attempt-${connectorId}_`;

export const attemptRowKey = ({ connectorId, id }: Pick<ConnectionAttempt, 'connectorId' | 'id'>) =>
  `${attemptPrefix(connectorId)}${id}`;

export const toAttemptRow = (attempt: ConnectionAttempt) => ({
  partitionKey: attempt.tenantId,
  rowKey: attemptRowKey(attempt),
  connectorId: attempt.connectorId,
  createdAt: attempt.createdAt,
  attempt: JSON.stringify(attempt),
});
