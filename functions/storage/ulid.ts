/**
 * Ids that sort by time (ULID): 48 bits of milliseconds and 80 random bits in Crockford's base 32. Turned digit by
 * digit into its complement an id sorts newest first, which is the only order a table lists in.
 */
const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

export const isUlid = (text: string) => /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(text);

/** `random` gives ten bytes. */
export function ulid(at: Date, random: Uint8Array): string {
  const time = BigInt(at.getTime()) << 80n;
  const noise = random.subarray(0, 10).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  let rest = time | noise;
  let text = '';
  for (let n = 0; n < 26; n++, rest >>= 5n) text = digits[Number(rest & 31n)]! + text;
  return text;
}

/** Before every id of that time and later, after every earlier one. */
export const firstUlid = (at: Date): string => ulid(at, new Uint8Array(10));

export const invertUlid = (text: string): string =>
  Array.from(text, (digit) => digits[31 - digits.indexOf(digit)]).join('');
