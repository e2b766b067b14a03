/** One page of a list, with the link to the next page. */
import type { EmulatorRequest } from '../emulator/server';
import { badParameter } from './vault-error';

const maxPageSize = 25;

/** Items need a stable order and unique ids, because the token names the last item of a page. */
export function page<T extends { readonly id: string }>(
  url: string,
  { path, query }: EmulatorRequest,
  items: readonly T[],
): { value: readonly T[]; nextLink: string | null } {
  const size = Number(query.get('maxresults') ?? maxPageSize);
  if (!Number.isInteger(size) || size < 1 || size > maxPageSize)
    throw badParameter(`maxresults must be between 1 and ${maxPageSize}.`);
  const last = Buffer.from(query.get('$skiptoken') ?? '', 'base64url').toString();
  const from = last === '' ? 0 : items.findIndex(({ id }) => id === last) + 1;
  const value = items.slice(from, from + size);
  const ended = value.at(-1);
  if (!ended || from + size >= items.length) return { value, nextLink: null };
  const next = new URLSearchParams({
    'api-version': query.get('api-version') ?? '',
    $skiptoken: Buffer.from(ended.id).toString('base64url'),
    maxresults: String(size),
  });
  return { value, nextLink: `${url}${path}?${next.toString()}` };
}
