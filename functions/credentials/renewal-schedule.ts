/** When to renew the grant of a connection, and when to send a reminder of its expiry. */
import { createHash } from 'node:crypto';
import type { Connection, Connector } from '../connectors/connector';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** Each renewal extends the lifetime of a grant to ninety days again. */
const renewalPeriodMs = dayMs;
/** One run of the timer may be late. */
const marginMs = 15 * minuteMs;
/** Spreads the renewals of connectors that were connected together. */
const maxJitterMs = 4 * hourMs;

/** Days before the expiry on which a reminder is sent. */
export const reminderDays = [30, 14, 7, 1] as const;

/**
 * True about once a day: Key Vault cannot delete a single old version, so versions must stay few.
 */
export function isRenewalDue({ id, secrets, connection }: Connector, now: Date): boolean {
  if (!secrets.grant) return false;
  const age = now.getTime() - Date.parse(connection.lastRefreshAt ?? '1970');
  return age >= renewalPeriodMs - marginMs - jitterOf(id) * maxJitterMs;
}

/**
 * Days of the reminder to send now, if any. Each reminder is sent once; if several are due, only
 * the nearest is sent. A sliding expiry needs no reminder.
 */
export function dueReminder({ connection }: Connector, now: Date): number | undefined {
  const { expiresAt, expiresAtSource, expiryReminder } = connection;
  if (expiresAt === undefined || expiresAtSource === 'refresh_token_sliding') return undefined;
  const remainingMs = Date.parse(expiresAt) - now.getTime();
  if (remainingMs <= 0) return undefined;
  const nearest = reminderDays.findLast((days) => remainingMs <= days * dayMs);
  const sent = expiryReminder?.expiresAt === expiresAt ? expiryReminder.days : Infinity;
  return nearest !== undefined && nearest < sent ? nearest : undefined;
}

/** Time of the reminder's event, however late it is sent. Never before the connection was made. */
export function reminderTime({ expiresAt, connectedAt }: Connection, days: number): string {
  const due = Date.parse(expiresAt!) - days * dayMs;
  const afterConnecting = Date.parse(connectedAt ?? '1970') + 1;
  return new Date(Math.max(due, afterConnecting)).toISOString();
}

/** Stable per connector, from 0 up to but not including 1. */
const jitterOf = (id: string): number =>
  createHash('sha256').update(id).digest().readUInt32BE(0) / 2 ** 32;
