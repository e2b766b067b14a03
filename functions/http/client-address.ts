/** The address of the client, as the platform states it. */
import { isIP } from 'node:net';

/**
 * The platform appends the address of the client to X-Forwarded-For, with its port. Earlier parts may
 * be forged and are never read. IPv6 addresses with a port are in brackets.
 */
export function clientAddressOf(forwardedFor: string | null): string | undefined {
  const last = forwardedFor?.split(',').at(-1)?.trim() ?? '';
  return [last, withoutPort(last)].find((text) => isIP(text) > 0);
}

function withoutPort(text: string): string {
  if (text.startsWith('[')) return text.slice(1, Math.max(1, text.indexOf(']')));
  return text.slice(0, Math.max(0, text.lastIndexOf(':')));
}
