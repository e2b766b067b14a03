/**
 * The resources of one kind in one factory, by name or in pages of 50. They are serialized on each
 * request, because the text of a large factory would take much memory.
 */
import { badRequest } from '../arm-error';
import { etagOf } from '../etag';

export const pageSize = 50;

export interface Listed {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly properties: unknown;
}

export interface ResourceList {
  readonly length: number;
  find(name: string): { readonly etag: string; readonly body: string } | undefined;
  /** Returns the page of a token, or the first page. */
  page(token?: string): Page;
}

export interface Page {
  /** Page number, starting at 1. */
  readonly number: number;
  readonly items: string;
  readonly nextToken?: string;
}

/** Another `salt` changes all etags but no content. */
export function createResourceList(resources: readonly Listed[], salt = ''): ResourceList {
  const sorted = [...resources].sort((one, other) => (key(one) < key(other) ? -1 : 1));
  const positions = new Map(sorted.map((resource, index) => [key(resource), index]));

  const make = (start: number): Page => {
    const end = start + pageSize;
    const items = sorted.slice(start, end).map((resource) => serialize(resource, salt).body);
    const last = sorted[end - 1];
    return {
      number: Math.ceil(start / pageSize) + 1,
      items: items.join(','),
      ...(last && end < sorted.length && { nextToken: encode(last.name) }),
    };
  };

  return {
    length: sorted.length,
    find(name) {
      const resource = sorted[positions.get(name.toLowerCase()) ?? -1];
      return resource && serialize(resource, salt);
    },
    page(token) {
      const start = token === undefined ? 0 : startAfter(sorted, positions, decode(token));
      return make(start);
    },
  };
}

const key = ({ name }: { readonly name: string }) => name.toLowerCase();

function serialize({ id, name, type, properties }: Listed, salt: string) {
  const content = JSON.stringify(properties ?? {});
  const etag = etagOf(`${salt}${type}/${name}${content}`);
  const head = JSON.stringify({ id, name, type, etag });
  return { etag, body: `${head.slice(0, -1)},"properties":${content}}` };
}

/** A token names the last resource of its page, so changes between pages skip no resource. */
function startAfter(
  sorted: readonly Listed[],
  positions: ReadonlyMap<string, number>,
  name: string,
): number {
  const known = positions.get(name.toLowerCase());
  if (known !== undefined) return known + 1;
  const after = sorted.findIndex((resource) => key(resource) > name.toLowerCase());
  return after < 0 ? sorted.length : after;
}

const encode = (name: string) => Buffer.from(`after:${name}`).toString('base64url');

function decode(token: string): string {
  const text = Buffer.from(token, 'base64url').toString('utf8');
  if (!text.startsWith('after:'))
    throw badRequest('The $skiptoken is invalid.', 'InvalidSkipToken');
  return text.slice('after:'.length);
}
