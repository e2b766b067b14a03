/**
 * The built web app beside the bundle: `entry.json`, and assets with hashes in their names, each
 * with its compressed forms. Files are read once.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NotFoundError } from '../errors/app-error';
import type { EntryFiles } from './index-page';

export interface Asset {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly encoding: 'br' | 'gzip' | undefined;
}

const mediaTypes: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  woff2: 'font/woff2',
};

/** Compressed forms by the name of their encoding, the smallest first. */
const forms = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;

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
    const names = await this.listed;
    const mediaType = mediaTypes[name.split('.').at(-1)!];
    if (!names.has(name) || mediaType === undefined)
      throw new NotFoundError(
        'console_asset_not_found',
        'The console has no such file. Reload the page: a new version may be deployed.',
      );
    const form = forms.find(
      ([encoding, suffix]) => accepts(acceptEncoding, encoding) && names.has(name + suffix),
    );
    const bytes = await this.read(form === undefined ? name : name + form[1]);
    return { mediaType, bytes, encoding: form?.[0] };
  }

  private async read(name: string): Promise<Uint8Array> {
    const known = this.contents.get(name);
    if (known) return known;
    const reading = readFile(join(this.folder, 'assets', name));
    this.contents.set(name, reading);
    return reading;
  }
}

/** RFC 9110 section 12.5.3, as far as browsers use it: `q=0` refuses an encoding. */
function accepts(header: string, encoding: string): boolean {
  return header
    .toLowerCase()
    .split(',')
    .map((item) => item.trim().split(/\s*;\s*/))
    .some(([name, quality]) => name === encoding && !/^q=0(\.0*)?$/.test(quality ?? ''));
}
