/** Etags as Data Factory forms them, told by content: equal content, equal etag. */
import { createHash } from 'node:crypto';

export function etagOf(content: string): string {
  const hash = createHash('sha1').update(content).digest('hex');
  return `${hash.slice(0, 8)}-0000-0${hash[8]}00-0000-${hash.slice(9, 17)}0000`;
}

/** A GUID that the text decides. */
export function guidOf(text: string): string {
  const hash = createHash('sha1').update(text).digest('hex');
  const parts = [hash.slice(0, 8), hash.slice(8, 12), `4${hash.slice(13, 16)}`];
  return [...parts, `8${hash.slice(17, 20)}`, hash.slice(20, 32)].join('-');
}

/** Data Factory writes etags without quotes, HTTP clients send them either way. */
export const matchesEtag = (header: string | undefined, etag: string): boolean =>
  header !== undefined &&
  header.split(',').some((each) => [etag, '*'].includes(each.trim().replace(/^W\/|"/g, '')));
