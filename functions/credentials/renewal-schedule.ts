/** When something is to be done for a connection that works: renew its grant, or tell that its end is near. */
import { createHash } from 'node:crypto';
import { isFailing, isOperational } from '../connectors/connection';
import type { Connection, Connector } from '../connectors/connector';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** Every grant is renewed within a day, which keeps its ninety days sliding. */
const renewalPeriodInMs = day;
/** One run of the timer may come late. */
const marginInMs = 15 * minute;
/** Connectors that were set up together are not all renewed together. */
const spreadInMs = 4 * hour;

/** Days before the end at which people are told. */
export const reminderDays = [30, 14, 7, 1] as const;

/** A grant is written about once a day and no more: old versions in the vault can never be deleted one by one. */
export function isRenewalDue({ id, secrets, connection }: Connector, now: Date): boolean {
  if (!secrets.grant) return false;
  const age = now.getTime() - Date.parse(connection.lastRefreshAt ?? '1970');
  return age >= renewalPeriodInMs - marginInMs - jitterOf(id) * spreadInMs;
}

/** A sign-in is worth its request: a grant wants renewing, or one that failed may work again. */
export const isRefreshDue = (connector: Connector, now: Date): boolean =>
  isOperational(connector) && (isRenewalDue(connector, now) || isFailing(connector));

/**
 * The notice to give now, if any. Each is given once, and a date that is near all at once gets the nearest alone. A
 * sliding date is no news.
 */
export function dueReminder({ connection }: Connector, now: Date): number | undefined {
  const { expiresAt, expiresAtSource, notice } = connection;
  if (expiresAt === undefined || expiresAtSource === 'refresh_token_sliding') return undefined;
  const left = Date.parse(expiresAt) - now.getTime();
  if (left <= 0) return undefined;
  const nearest = reminderDays.findLast((days) => left <= days * day);
  const given = notice?.expiresAt === expiresAt ? notice.days : Infinity;
  return nearest !== undefined && nearest < given ? nearest : undefined;
}

/** The moment a notice belongs to, however late it is given; nobody is told before the connection was made. */
export function reminderTime({ expiresAt, connectedAt }: Connection, days: number): string {
  const due = Date.parse(expiresAt!) - days * day;
  const afterConnecting = Date.parse(connectedAt ?? '1970') + 1;
  return new Date(Math.max(due, afterConnecting)).toISOString();
}

/** The same share of one, from 0 up to 1, for the same connector at all times. */
const jitterOf = (id: string): number =>
  createHash('sha256').update(id).digest().readUInt32BE(0) / 2 ** 32;
