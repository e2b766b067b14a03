/**
 * Addresses of host names that customers choose. `dns.lookup` occupies one of the four threads of
 * libuv until the name server responds (https://nodejs.org/api/dns.html#implementation-considerations),
 * so four slow name servers of customers would stop every lookup of the worker. A resolver of its own
 * occupies none.
 */
import { lookup, Resolver } from 'node:dns/promises';

/** Returns the addresses of a host name. Empty if there are none. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** Together less than an attempt may take. */
const limits = { timeout: 2_000, tries: 2 };

/**
 * Asks the name servers of the machine, or those that are given. A name of one label, such as
 * `localhost`, is one of the machine itself.
 */
export function resolveByDns(servers?: readonly string[], { timeout, tries } = limits): Resolve {
  return async (host) => {
    if (!host.includes('.'))
      return (await lookup(host, { all: true })).map(({ address }) => address);
    const resolver = new Resolver({ timeout, tries });
    if (servers) resolver.setServers(servers);
    const found = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    return found.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
  };
}
