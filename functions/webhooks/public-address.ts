/**
 * Where we may be sent by a customer: public addresses only. Everything that could be ours, our platform's or nobody's
 * is refused, by the special-purpose registries of IANA (RFC 6890) and by what Azure keeps for itself.
 */
import { BlockList, isIP } from 'node:net';

// prettier-ignore
const refusedIpv4 = [
  ['0.0.0.0', 8],         // this network
  ['10.0.0.0', 8],        // private
  ['100.64.0.0', 10],     // carrier-grade NAT
  ['127.0.0.0', 8],       // loopback
  ['168.63.129.16', 32],  // Azure's own DNS, health and metadata, on a public address
  ['169.254.0.0', 16],    // link-local, and the metadata services of clouds
  ['172.16.0.0', 12],     // private
  ['192.0.0.0', 24],      // protocol assignments
  ['192.0.2.0', 24],      // documentation
  ['192.88.99.0', 24],    // 6to4 relays
  ['192.168.0.0', 16],    // private
  ['198.18.0.0', 15],     // benchmarking
  ['198.51.100.0', 24],   // documentation
  ['203.0.113.0', 24],    // documentation
  ['224.0.0.0', 4],       // multicast
  ['240.0.0.0', 4],       // reserved, broadcast
] as const;

/** Of IPv6 only this much is public; mapped, unique local, link-local and multicast addresses lie outside. */
const globalIpv6 = ['2000::', 3] as const;

// prettier-ignore
const refusedIpv6 = [
  ['2001::', 23],         // protocol assignments, with Teredo, which carries an IPv4 address
  ['2001:db8::', 32],     // documentation
  ['2002::', 16],         // 6to4, which carries an IPv4 address
  ['3fff::', 20],         // documentation
] as const;

const refused = new BlockList();
for (const [network, bits] of refusedIpv4) refused.addSubnet(network, bits, 'ipv4');
const refusedV6 = new BlockList();
for (const [network, bits] of refusedIpv6) refusedV6.addSubnet(network, bits, 'ipv6');
const global = new BlockList();
global.addSubnet(...globalIpv6, 'ipv6');

/** Anything that is no plain IP address is not public either. */
export function isPublic(address: string): boolean {
  if (address.includes('%')) return false; // an address that means one interface of this machine
  switch (isIP(address)) {
    case 4:
      return !refused.check(address, 'ipv4');
    case 6:
      return global.check(address, 'ipv6') && !refusedV6.check(address, 'ipv6');
    default:
      return false;
  }
}

/** The host without the brackets of an IPv6 address. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '');

/** Hosts, with or without a port, whose address is not looked at. Empty wherever customers are. */
export const isAllowedHost = (url: URL, allowedHosts: readonly string[]): boolean =>
  allowedHosts.includes(hostOf(url)) ||
  allowedHosts.includes(`${hostOf(url)}:${url.port || '443'}`);

/** What is wrong with an address that somebody registers; names are only looked up when something is sent. */
export function validateWebhookUrl(
  text: string,
  allowedHosts: readonly string[],
): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:') return 'must be an https address';
  if (url.username !== '' || url.password !== '') return 'must not carry a user name or password';
  if (url.hash !== '') return 'must not carry a fragment';
  const host = hostOf(url);
  const closed = host === 'localhost' || (isIP(host) !== 0 && !isPublic(host));
  return closed && !isAllowedHost(url, allowedHosts) ? 'must be a public address' : undefined;
}
