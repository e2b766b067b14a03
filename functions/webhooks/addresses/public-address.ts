/**
 * Guard against server-side request forgery: webhooks are sent to public addresses only. ipaddr.js
 * knows the special-purpose registries of IANA (RFC 6890).
 */
import { isIP } from 'node:net';
import * as ipaddr from 'ipaddr.js';
import { hiddenPart } from './display-url';

/** DNS, health probes and metadata of Azure, at a public address. */
const azureWireServer = '168.63.129.16';
/** IANA allocates public IPv6 addresses from this range only (RFC 4291). */
const allocatedIpv6 = ipaddr.IPv6.parseCIDR('2000::/3');
/** NAT64 with the well-known prefix (RFC 6052). 64:ff9b:1::/48 for local use stays refused. */
const wellKnownNat64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');

/** False for text that is not an IP address in its usual notation. */
export function isPublic(address: string): boolean {
  // An address with a zone means an interface of this machine.
  if (isIP(address) === 0 || address.includes('%')) return false;
  const parsed = ipaddr.parse(address);
  return parsed instanceof ipaddr.IPv4 ? isPublicIpv4(parsed) : isPublicIpv6(parsed);
}

const isPublicIpv4 = (address: ipaddr.IPv4): boolean =>
  address.range() === 'unicast' && address.toString() !== azureWireServer;

/**
 * An address of a transition mechanism is public if all IPv4 addresses embedded in it are.
 * IPv4-mapped addresses stay refused: no resolver returns them.
 */
function isPublicIpv6(address: ipaddr.IPv6): boolean {
  const embedded = embeddedIpv4(address);
  if (embedded.length > 0) return embedded.every(isPublicIpv4);
  return address.range() === 'unicast' && address.match(allocatedIpv6);
}

function embeddedIpv4(address: ipaddr.IPv6): readonly ipaddr.IPv4[] {
  const bytes = address.toByteArray();
  const ipv4At = (offset: number, mask = 0) =>
    new ipaddr.IPv4(bytes.slice(offset, offset + 4).map((byte) => byte ^ mask));
  if (address.match(wellKnownNat64)) return [ipv4At(12)];
  if (address.range() === '6to4') return [ipv4At(2)]; // RFC 3056
  // RFC 4380: the server, and the client with inverted bits.
  if (address.range() === 'teredo') return [ipv4At(4), ipv4At(12, 0xff)];
  return [];
}

/** The host of a URL without the brackets of an IPv6 address. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '');

/** Hosts, with or without a port, that may have any address. Empty in production. */
export const isAllowedHost = (url: URL, allowedHosts: readonly string[]): boolean =>
  allowedHosts.includes(hostOf(url)) ||
  allowedHosts.includes(`${hostOf(url)}:${url.port || '443'}`);

/** The violation of a URL that a caller registers. Names are resolved when something is sent. */
export function validateWebhookUrl(
  text: string,
  allowedHosts: readonly string[],
): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:') return 'must be an https address';
  if (url.username !== '' || url.password !== '') return 'must not contain a user name or password';
  if (url.hash !== '') return 'must not contain a fragment';
  if (text.includes(hiddenPart))
    return `must be the whole address: ${hiddenPart} replaces hidden parts in responses`;
  const host = hostOf(url);
  const isPrivate = host === 'localhost' || (isIP(host) !== 0 && !isPublic(host));
  return isPrivate && !isAllowedHost(url, allowedHosts) ? 'must be a public address' : undefined;
}
