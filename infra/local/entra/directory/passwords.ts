/** Secrets made on the spot: nothing here can be guessed, and nothing is the same on two machines. */
import { createHash, randomBytes, randomInt, randomUUID } from 'node:crypto';
import type { AppSecret } from './state';

export const randomToken = (bytes = 32) => randomBytes(bytes).toString('base64url');

/** Stored in place of a token that somebody else keeps. */
export const hashOf = (text: string) => createHash('sha256').update(text).digest('base64url');

/** Long enough, and with one character of every kind that password rules ask for. */
export const randomPassword = () => `${randomToken(15)}-Aa1`;

export const randomOtc = () => String(randomInt(1_000_000)).padStart(6, '0');

/** Letters and digits that are not mistaken for each other when typed from a screen. */
const legible = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
export const randomUserCode = () =>
  Array.from({ length: 9 }, () => legible[randomInt(legible.length)]).join('');

/** A tilde is in every secret that Entra makes, and breaks who forgets to encode a form. */
export function newSecret(from: Date, lifetimeDays: number, displayName: string): AppSecret {
  const value = `${randomToken(3)}8Q~${randomToken(24)}`;
  return {
    id: randomUUID(),
    value,
    hint: value.slice(0, 3),
    displayName,
    startDateTime: from.toISOString(),
    endDateTime: new Date(from.getTime() + lifetimeDays * 86_400_000).toISOString(),
  };
}
