/** A customer's set-up to reach Azure Data Factory, and the rules of its connection. */
import { z } from 'zod';
import type { FactoryFilters } from './factory-filter';
import type { Action } from '../errors/app-error';
import type { StoredSchedule } from './schedule';

export const connectorType = z.literal('azure-data-factory');
export const connectedWith = z.enum([
  'oauth',
  'client_credentials',
  'username_password',
  'device_code',
]);
export type ConnectedWith = z.infer<typeof connectedWith>;

/** The three words of the connectors page. */
export const connectorStatus = z.enum(['connected', 'unconnected', 'connection_expired']);
export type ConnectorStatus = z.infer<typeof connectorStatus>;

/** Where an expiry date comes from: it is only as good as its source. */
export const expirySource = z.enum([
  'refresh_token_sliding',
  'client_secret',
  'user_declared',
  'unknown',
]);

export interface Person {
  readonly objectId: string;
  readonly displayName: string;
}

/** Who does something, and in whose tenant. */
export interface Actor extends Person {
  readonly tenantId: string;
}

export const personOf = ({ objectId, displayName }: Person): Person => ({ objectId, displayName });

/** Which account of the customer we act as; no part of it is a secret. */
export interface Account {
  readonly tenantId: string;
  readonly clientId: string;
  readonly objectId?: string;
  readonly userId?: string;
  /** False when the directory would not say whether that user exists. */
  readonly userVerified?: boolean;
  readonly username?: string;
  readonly displayName?: string;
}

/** A version of a secret in the vault: a pointer, never the secret. */
export interface SecretRef {
  readonly name: string;
  readonly version: string;
  /** First characters, so that a person can tell which secret is meant. */
  readonly hint?: string;
  readonly updatedAt: string;
  readonly expiresAt?: string;
}

export interface Reason {
  readonly code: string;
  readonly message: string;
  readonly action?: Action;
}

/** Times are ISO 8601 UTC. Only connection rules write this. */
export interface Connection {
  readonly state: 'unconnected' | 'connected' | 'degraded' | 'expired' | 'deleting';
  readonly reason?: Reason;
  readonly connectedAt?: string;
  readonly lastVerifiedAt?: string;
  readonly lastRefreshAt?: string;
  /** Days (yyyy-mm-dd) on which no refresh succeeded, oldest first. */
  readonly refreshFailureDays?: readonly string[];
  /** What is wrong although the connection stands; nobody signs in with it before `until`. */
  readonly trouble?: Reason & { readonly until?: string };
  /** The last notice of the coming expiry: so many days before that date. */
  readonly notice?: { readonly expiresAt: string; readonly days: number };
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
  /** How it is connected, or will be; unknown until somebody chooses. */
  readonly connectedWith?: ConnectedWith;
  /** Who gave the credential that is in use; the creator until then. */
  readonly credentialOwner: Person;
  readonly account?: Account;
  readonly connection: Connection;
  readonly secrets: { readonly secret?: SecretRef; readonly grant?: SecretRef };
  readonly syncSummary?: SyncSummary;
  /** Absent while nobody has chosen one. */
  readonly schedule?: StoredSchedule;
  /** Absent when all factories are wanted. */
  readonly filters?: FactoryFilters;
  /** Counts changes a caller can see; the strong ETag is `"v<version>"`. */
  readonly version: number;
  readonly createdAt: string;
  readonly createdBy: Person;
  readonly updatedAt: string;
}

/** Strong, as If-Match needs it (RFC 9110 §13.1.1); the stores' own etags are weak and stay inside. */
export const etagOf = ({ version }: Connector): string => `"v${version}"`;

/** Ada@contoso.com → a***@contoso.com, for those who need not know whose account it is. */
export const masked = (username: string): string => username.replace(/^(.)[^@]*/, '$1***');

/** Derived from the clock, so that it is right the moment a connection expires. */
export function statusOf({ connection }: Connector, now: Date): ConnectorStatus {
  switch (connection.state) {
    case 'unconnected':
    case 'deleting':
      return 'unconnected';
    case 'expired':
      return 'connection_expired';
    case 'connected':
    case 'degraded':
      return isPast(connection, now) ? 'connection_expired' : 'connected';
  }
}

/** A sliding expiry moves with every refresh; a fixed one is final. */
const isPast = ({ expiresAt }: Connection, now: Date) =>
  expiresAt !== undefined && Date.parse(expiresAt) <= now.getTime();
