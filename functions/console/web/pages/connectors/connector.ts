/** What pages say about a connector. Pure. */
import type { ItemOf } from '../../api/endpoint-types';
import { absoluteText, dayMs, relativeText } from '../../parts/format';
import type { Tone } from '../../parts/tone';

export type Connector = ItemOf<'listConnectors'>;
export type Status = Connector['status'];
export type Method = NonNullable<Connector['connectedWith']>;

export const statusLabels: Readonly<Record<Status, string>> = {
  connected: 'Connected',
  unconnected: 'Unconnected',
  connection_expired: 'Connection Expired',
};

export function toneOf({ status, reason, warnings }: Connector): Tone {
  if (status === 'connection_expired') return 'bad';
  if (status === 'unconnected') return 'neutral';
  return reason || warnings.length > 0 ? 'warning' : 'good';
}

/** Reason and next action, if something is wrong. */
export function trouble({ reason, warnings }: Connector): string | undefined {
  if (reason) return [reason.message, reason.action?.label].filter(Boolean).join(' ');
  return warnings[0]?.message;
}

const warnDays = 30;

/** Whether the connection ends soon, so that its date is shown in a warning color. */
export const expiresSoon = ({ connectionExpiresAt }: Connector, now: Date): boolean =>
  connectionExpiresAt !== null &&
  Date.parse(connectionExpiresAt) - now.getTime() < warnDays * dayMs;

/** The state as a sentence: since when, until when, last verified. */
export function stateSentence(connector: Connector, now: Date): string {
  const { status, connectedAt, connectionExpiresAt, lastVerifiedAt } = connector;
  if (status === 'unconnected')
    return 'Not connected yet. Connect it to copy the metadata of its factories.';
  const since = connectedAt ? ` ${relativeText(connectedAt, now)}` : '';
  if (status === 'connection_expired')
    return `Was connected${since}; the connection has ended. Its catalog is kept as it was last read.`;
  const until = connectionExpiresAt ? `, until ${absoluteText(connectionExpiresAt)}` : '';
  const verified = lastVerifiedAt ? ` Last verified ${relativeText(lastVerifiedAt, now)}.` : '';
  return `Connected${since}${until}.${verified}`;
}

export const expirySources: Readonly<
  Record<NonNullable<Connector['connectionExpiresAtSource']>, string>
> = {
  refresh_token_sliding: 'Extended with every use',
  client_secret: 'Expiry of the client secret, read from Entra',
  user_declared: 'Expiry of the client secret, as entered',
  unknown: 'Not known',
};
