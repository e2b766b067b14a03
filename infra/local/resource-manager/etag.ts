/** Etags in the format of Data Factory, derived from the content. */
import { createHash } from 'node:crypto';

export function etagOf(content: string): string {
  const hash = createHash('sha1').update(content).digest('hex');
  return `${hash.slice(0, 8)}-0000-0${hash[8]}00-0000-${hash.slice(9, 17)}0000`;
}

/** Derives a GUID from a text. */
export function guidOf(text: string): string {
  const hash = createHash('sha1').update(text).digest('hex');
  const parts = [hash.slice(0, 8), hash.slice(8, 12), `4${hash.slice(13, 16)}`];
  return [...parts, `8${hash.slice(17, 20)}`, hash.slice(20, 32)].join('-');
}

/** Data Factory returns etags without quotes; clients send them with or without. */
export const matchesEtag = (header: string | undefined, etag: string): boolean =>
  header !== undefined &&
  header.split(',').some((each) => [etag, '*'].includes(each.trim().replace(/^W\/|"/g, '')));
