/**
 * The built web app beside the bundle: `entry.json`, and assets with hashes in their names, stored
 * in Brotli only. Files are read once.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompress, gzip } from 'node:zlib';
import { NotFoundError } from '../errors/app-error';
import type { EntryFiles } from './index-page';

export interface Asset {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  /** Absent for content that is not encoded. */
  readonly encoding: 'br' | 'gzip' | undefined;
}

const mediaTypes: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  woff2: 'font/woff2',
};

type Encoding = 'br' | 'gzip' | 'identity';

export class BuildFolder {
  private listed: Promise<ReadonlySet<string>> | undefined;
  private entryFiles: Promise<EntryFiles> | undefined;
  private readonly contents = new Map<string, Promise<Uint8Array>>();

  constructor(private readonly folder: string) {}

  async entry(): Promise<EntryFiles> {
    this.entryFiles ??= readFile(join(this.folder, 'entry.json'), 'utf8').then(
      (text) => JSON.parse(text) as EntryFiles,
    );
    return this.entryFiles;
  }

  /** Throws a NotFoundError for every name that the build has not made. */
  async asset(name: string, acceptEncoding: string): Promise<Asset> {
    this.listed ??= readdir(join(this.folder, 'assets')).then((names) => new Set(names));
    const mediaType = mediaTypes[name.split('.').at(-1)!];
    if (!(await this.listed).has(`${name}.br`) || mediaType === undefined)
      throw new NotFoundError(
        'console_asset_not_found',
        'The console has no such file. Reload the page: a new version may be deployed.',
      );
    const encoding = encodingFor(acceptEncoding);
    const bytes = await this.content(name, encoding);
    return { mediaType, bytes, encoding: encoding === 'identity' ? undefined : encoding };
  }

  private async content(name: string, encoding: Encoding): Promise<Uint8Array> {
    const key = `${encoding} ${name}`;
    const known = this.contents.get(key);
    if (known) return known;
    const reading = this.read(name, encoding);
    this.contents.set(key, reading);
    // A failure is not kept: the next request reads again.
    reading.catch(() => this.contents.delete(key));
    return reading;
  }

  /** Browsers accept Brotli over TLS and on loopback. Other forms are made from it. */
  private async read(name: string, encoding: Encoding): Promise<Uint8Array> {
    if (encoding === 'br') return readFile(join(this.folder, 'assets', `${name}.br`));
    if (encoding === 'gzip') return promisify(gzip)(await this.content(name, 'identity'));
    return promisify(brotliDecompress)(await this.content(name, 'br'));
  }
}

const encodingFor = (header: string): Encoding =>
  (['br', 'gzip'] as const).find((encoding) => accepts(header, encoding)) ?? 'identity';

/** RFC 9110 section 12.5.3, as far as browsers use it: `q=0` refuses an encoding. */
function accepts(header: string, encoding: string): boolean {
  return header
    .toLowerCase()
    .split(',')
    .map((item) => item.trim().split(/\s*;\s*/))
    .some(([name, quality]) => name === encoding && !/^q=0(\.0*)?$/.test(quality ?? ''));
}
