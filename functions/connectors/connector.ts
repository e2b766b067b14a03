/** A connector: how a customer lets adf-connect reach Azure Data Factory. */
import { z } from 'zod';
import type { Action } from '../errors/app-error';
import type { Person } from '../events/actor';
import type { ConnectorKey } from '../storage/connector-key';
import type { FactoryFilters } from './factory-filter';
import type { StoredSchedule } from './schedule';

export const connectorType = z.literal('azure-data-factory');
export const connectedWith = z.enum([
  'oauth',
  'client_credentials',
  'username_password',
  'device_code',
]);
export type ConnectedWith = z.infer<typeof connectedWith>;

export const connectorStatus = z.enum(['connected', 'unconnected', 'connection_expired']);
export type ConnectorStatus = z.infer<typeof connectorStatus>;

/** Source of an expiry date, which tells how reliable the date is. */
export const expirySource = z.enum([
  'refresh_token_sliding',
  'client_secret',
  'user_declared',
  'unknown',
]);

/** The customer's account that the app acts as. Holds no secret. */
export interface Account {
  readonly tenantId: string;
  readonly clientId: string;
  readonly objectId?: string;
  readonly userId?: string;
  /** False if the app may not read users, so that the user could not be checked. */
  readonly userVerified?: boolean;
  readonly username?: string;
  readonly displayName?: string;
}

/** Refers to one version of a secret in Key Vault. */
export interface SecretRef {
  readonly name: string;
  readonly version: string;
  /** First characters of the secret, by which a person can recognize it. */
  readonly hint?: string;
  readonly updatedAt: string;
  readonly expiresAt?: string;
}

/** A version that the connector does not use any more, until Key Vault confirms its removal. */
export interface ObsoleteSecret extends Pick<SecretRef, 'name' | 'version'> {
  readonly since: string;
  /** Number of failed tries to remove it. */
  readonly attempts?: number;
  readonly nextAttemptAt?: string;
  readonly failure?: { readonly code: string; readonly message: string };
}

/**
 * A connection attempt that connected the connector. It is stored with the connection, because the row
 * of the attempt is written afterwards: a worker may die in between.
 */
export interface CompletedAttempt {
  readonly id: string;
  readonly at: string;
  readonly account: Pick<Account, 'tenantId' | 'objectId' | 'username'>;
}

export interface Reason {
  readonly code: string;
  readonly message: string;
  readonly action?: Action;
}

/** Times are ISO 8601 UTC. Written by connection.ts only. */
export interface Connection {
  readonly state: 'unconnected' | 'connected' | 'degraded' | 'expired' | 'deleting';
  readonly reason?: Reason;
  readonly connectedAt?: string;
  readonly lastVerifiedAt?: string;
  readonly lastRefreshAt?: string;
  /** Time of the first failed sign-in since the last one that succeeded. */
  readonly failingSince?: string;
  /** Days (yyyy-mm-dd) on which a sign-in failed for an uncertain cause, oldest first. */
  readonly refreshFailureDays?: readonly string[];
  /** No sign-in takes place before this time, except on request. */
  readonly waitUntil?: string;
  /** A failure on the side of Azure, although sign-ins succeed. */
  readonly failure?: Reason;
  /** Sign-ins that check whether an expired connection works again. */
  readonly probes?: { readonly count: number; readonly nextAt: string };
  /** Sign-ins that started before this time must not connect the connector. */
  readonly disconnectedAt?: string;
  /** Who ended the connection then. Absent in rows of earlier versions. */
  readonly disconnectedBy?: Person;
  /** The last reminder that was sent: number of days before this expiry date. */
  readonly expiryReminder?: { readonly expiresAt: string; readonly days: number };
  readonly expiresAt?: string;
  readonly expiresAtSource?: z.infer<typeof expirySource>;
}

export interface SyncSummary {
  readonly lastSyncRunId: string;
  readonly lastStatus: string;
  readonly lastStartedAt: string;
  readonly lastSuccessAt?: string;
}

export interface Connector {
  readonly tenantId: string;
  readonly id: string;
  readonly name: string;
  readonly type: z.infer<typeof connectorType>;
  /** Absent until a method is chosen. */
  readonly connectedWith?: ConnectedWith;
  /** Person who provided the credential in use. The creator until one is provided. */
  readonly credentialOwner: Person;
  readonly account?: Account;
  readonly connection: Connection;
  readonly secrets: { readonly secret?: SecretRef; readonly grant?: SecretRef };
  readonly obsoleteSecrets?: readonly ObsoleteSecret[];
  /** The latest ones, newest first. */
  readonly completedAttempts?: readonly CompletedAttempt[];
  readonly syncSummary?: SyncSummary;
  /** Absent while the default schedule applies. */
  readonly schedule?: StoredSchedule;
  /** Absent if all factories are synced. */
  readonly filters?: FactoryFilters;
  /** Counts the changes that callers can see; the strong ETag is `"v<version>"`. */
  readonly version: number;
  readonly createdAt: string;
  readonly createdBy: Person;
  readonly updatedAt: string;
}

/** A connector without what only its own page shows. */
export type ConnectorSummary = Omit<Connector, 'filters' | 'schedule' | 'completedAttempts'>;

/**
 * Strong, as If-Match requires (RFC 9110 section 13.1.1). The weak etags of stores stay internal.
 */
export const etagOf = ({ version }: Connector): string => `"v${version}"`;

/** `ada@contoso.com` → `a***@contoso.com`. Of any other text, such as a name, one character stays. */
export const maskName = (name: string): string =>
  name.replace(/^(.)(?:[^\s@]*(?=@[^\s@]+$)|.*)/su, '$1***');

/** Derived from the clock, never stored: a stored status would be wrong after the expiry. */
export function statusOf({ connection }: Connector, now: Date): ConnectorStatus {
  switch (connection.state) {
    case 'unconnected':
    case 'deleting':
      return 'unconnected';
    case 'expired':
      return 'connection_expired';
    case 'connected':
    case 'degraded':
      return isExpired(connection, now) ? 'connection_expired' : 'connected';
  }
}

const isExpired = ({ expiresAt }: Connection, now: Date) =>
  expiresAt !== undefined && Date.parse(expiresAt) <= now.getTime();

/** The key under which stores and other modules know the connector. */
export const connectorKeyOf = ({
  tenantId,
  id,
}: Pick<Connector, 'tenantId' | 'id'>): ConnectorKey => ({
  tenantId,
  connectorId: id,
});
