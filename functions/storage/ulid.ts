/**
 * Ids that sort by creation time: ULIDs, 48 bits of milliseconds and 80 random bits in Crockford's
 * base 32. Tables list rows in ascending order only, so a row key that lists the newest row first
 * holds the inverted ULID.
 */
const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Random bytes of an id. More bytes are ignored. */
export const ulidEntropyBytes = 10;

/** Upper case only, because an id has one spelling in a row key. */
export const isUlid = (text: string) => /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(text);

/** The bytes are random, or derived from a hash if the id must be repeatable. */
export function ulid(at: Date, bytes: Uint8Array): string {
  const time = BigInt(at.getTime()) << 80n;
  const entropy = bytes
    .subarray(0, ulidEntropyBytes)
    .reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  let value = time | entropy;
  let text = '';
  for (let n = 0; n < 26; n++, value >>= 5n) text = digits[Number(value & 31n)]! + text;
  return text;
}

/** Sorts before each ULID of that time or later, and after each earlier ULID. */
export const firstUlid = (at: Date): string => ulid(at, new Uint8Array(ulidEntropyBytes));

/** When the ULID was made. */
export const timeOf = (id: string): Date =>
  new Date(Array.from(id.slice(0, 10)).reduce((ms, digit) => ms * 32 + digits.indexOf(digit), 0));

/** Replaces each digit by its complement, which reverses the order. */
export const invertUlid = (text: string): string =>
  Array.from(text, (digit) => digits[31 - digits.indexOf(digit)]).join('');

/**
 * Id of a connector, webhook, connection attempt or sign-in session. Sorts newest first. Lower
 * case, because it is part of names in Key Vault, which ignores their case.
 */
export const newestFirstId = (at: Date, bytes: Uint8Array): string =>
  invertUlid(ulid(at, bytes)).toLowerCase();

/**
 * A clock for ids: each time is later than the one before, by a millisecond at least, so ids of one
 * worker keep the order in which they are made, also within a millisecond and if the clock is set
 * back.
 */
export function increasingTimes(now: () => Date): () => Date {
  let latest = 0;
  return () => {
    latest = Math.max(latest + 1, now().getTime());
    return new Date(latest);
  };
}
