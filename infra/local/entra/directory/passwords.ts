/** Random secrets, passwords and codes. */
import { createHash, randomBytes, randomInt, randomUUID } from 'node:crypto';
import type { AppSecret } from './state';

export const randomToken = (bytes = 32) => randomBytes(bytes).toString('base64url');

/** Stored instead of a token that only the client knows. */
export const hashOf = (text: string) => createHash('sha256').update(text).digest('base64url');

/** Has a character of every kind that password rules require. */
export const randomPassword = () => `${randomToken(15)}-Aa1`;

export const randomOtc = () => String(randomInt(1_000_000)).padStart(6, '0');

/** Letters and digits that are easy to tell apart. */
const legible = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
export const randomUserCode = () =>
  Array.from({ length: 9 }, () => legible[randomInt(legible.length)]).join('');

/** Like Entra's secrets, it contains a tilde, which reveals clients that do not encode forms. */
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
