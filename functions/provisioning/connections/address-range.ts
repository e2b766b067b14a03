/** Addresses from which a connection accepts requests: single ones and ranges in CIDR notation. */
import { isIP } from 'node:net';
import * as ipaddr from 'ipaddr.js';
import { z } from 'zod';

export const addressRange = z
  .string()
  .max(50)
  .refine((text) => parseRange(text) !== undefined, {
    error: 'must be an IPv4 or IPv6 address or a range such as 203.0.113.0/24',
  });

/** An IPv4 address that is written as an IPv6 address (RFC 4291 section 2.5.5.2) is the IPv4 address. */
export function isInRanges(address: string, ranges: readonly string[]): boolean {
  if (isIP(address) === 0) return false;
  const parsed = ipaddr.process(address);
  return ranges.some((text) => {
    const range = parseRange(text);
    return range?.[0].kind() === parsed.kind() && parsed.match(range);
  });
}

/** Undefined for another text. Network parts with set host bits are accepted, as firewalls do. */
function parseRange(text: string): [ipaddr.IPv4 | ipaddr.IPv6, number] | undefined {
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || address.includes('%') || rest.length > 0) return undefined;
  const parsed = ipaddr.parse(address);
  // Mapped addresses never arrive as such, so a range of them would match nothing.
  if (parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress()) return undefined;
  const most = version === 4 ? 32 : 128;
  if (bits === undefined) return [parsed, most];
  const isNumber = bits.length > 0 && bits.length <= 3 && String(Number(bits)) === bits;
  return isNumber && Number(bits) <= most ? [parsed, Number(bits)] : undefined;
}
