/** The console as it is served, and its pure helpers. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gunzipSync, brotliDecompressSync } from 'node:zlib';
import { HttpRequest, InvocationContext, type HttpResponseInit } from '@azure/functions';
import { readConfig } from '../../functions/config';
import { BuildFolder } from '../../functions/console/build-folder';
import { consoleSettings } from '../../functions/console/console-settings';
import { createConsoleHandler } from '../../functions/console/console.http';
import { ApiError, fieldErrors } from '../../functions/console/web/api/api-error';
import { cursorOf, urlOf } from '../../functions/console/web/api/request';
import { durationText, relativeText, wordsOf } from '../../functions/console/web/parts/format';
import { isSafeLink } from '../../functions/console/web/parts/safe-link';
import { Values } from '../../local.settings.sample.json';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'console-'));
  await mkdir(join(folder, 'assets'));
  const files = {
    'entry.json': JSON.stringify({ script: 'main-1.js', styles: ['main-1.css'], preloads: [] }),
    'assets/main-1.js.br': brotliCompressSync('plain'),
    'secret.txt': 'outside of the assets',
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
});
afterAll(() => rm(folder, { recursive: true }));

async function get(path: string, headers: Record<string, string> = {}) {
  const handler = createConsoleHandler(
    () => consoleSettings(readConfig(Values)),
    new BuildFolder(folder),
  );
  const request = new HttpRequest({
    method: 'GET',
    url: `http://localhost:7071/api/console/${path}`,
    params: { path },
    headers,
  });
  const context = new InvocationContext({ invocationId: 'test', logHandler: () => undefined });
  const response = (await handler(request, context)) as HttpResponseInit;
  return { ...response, headers: response.headers as Record<string, string> };
}

describe('GET /api/console', () => {
  it.each(['', 'connectors', 'connectors/C0FFEE/settings', 'signed-in'])(
    'responds to %j with the page',
    async (path) => {
      const { status, body, headers } = await get(path);

      expect(status).toBe(200);
      expect(headers['Cache-Control']).toBe('no-store');
      expect(body).toContain('<script type="module" src="/api/console/assets/main-1.js">');
    },
  );

  it('allows styles by a nonce that no other response has', async () => {
    const [first, second] = [await get(''), await get('')];

    const nonceOf = ({ headers }: typeof first) =>
      /style-src 'self' 'nonce-([\w-]{22})'/.exec(headers['Content-Security-Policy']!)![1]!;
    expect(first.body).toContain(`nonce="${nonceOf(first)}"`);
    expect(nonceOf(first)).not.toBe(nonceOf(second));
    expect(first.headers['Content-Security-Policy']).toMatch(/script-src 'self';/);
    expect(first.headers['Content-Security-Policy']).not.toContain('unsafe');
  });

  it('tells the browser where to sign in', async () => {
    const { jsonBody, headers } = await get('config.json');

    expect(jsonBody).toEqual({
      authority: `${Values.ENTRA_SIGN_IN_URL}/organizations/v2.0`,
      clientId: Values.CONSOLE_CLIENT_ID,
      scope: `openid profile offline_access api://${Values.API_CLIENT_ID}/access_as_user`,
    });
    expect((await get('')).headers['Content-Security-Policy']).toContain(
      `connect-src 'self' ${Values.ENTRA_SIGN_IN_URL};`,
    );
    expect(headers['Cache-Control']).toBe('no-store');
  });
});

const decoders = { br: brotliDecompressSync, gzip: gunzipSync, none: (bytes: Uint8Array) => bytes };

describe('assets of the console', () => {
  it.each([
    ['gzip, deflate, br', 'br'],
    ['gzip', 'gzip'],
    ['br;q=0, gzip;q=0.5', 'gzip'],
    ['identity', 'none'],
    ['', 'none'],
  ] as const)('for Accept-Encoding %j have the encoding %s', async (accepted, encoding) => {
    const { body, headers } = await get('assets/main-1.js', { 'accept-encoding': accepted });

    expect(Buffer.from(decoders[encoding](body as Uint8Array)).toString()).toBe('plain');
    expect(headers).toMatchObject({
      'Cache-Control': 'public, max-age=31536000, immutable',
      'Content-Type': 'text/javascript; charset=utf-8',
      Vary: 'Accept-Encoding',
    });
    expect(headers['Content-Encoding']).toBe(encoding === 'none' ? undefined : encoding);
  });

  it.each(['missing.js', 'main-1.js.br', '../secret.txt', '..%2Fentry.json', ''])(
    'do not include %j',
    async (name) => {
      const { status, jsonBody } = await get(`assets/${name}`);

      expect(status).toBe(404);
      expect(jsonBody).toMatchObject({ code: 'console_asset_not_found' });
    },
  );
});

describe('helpers of the console', () => {
  it('fill routes and leave out empty parameters', () => {
    const url = urlOf('connectors/{connectorId}/syncs', {
      params: { connectorId: 'a/b' },
      query: { status: '', limit: 5, cursor: undefined },
    });

    expect(url).toBe('/api/connectors/a%2Fb/syncs?limit=5');
  });

  it.each([
    ['/api/connectors?cursor=ab%3D&limit=2', 'ab='],
    ['https://api.example/api/connectors?cursor=x', 'x'],
    [undefined, undefined],
  ])('read the cursor of %j', (link, cursor) => {
    expect(cursorOf(link)).toBe(cursor);
  });

  it('show the violations of a problem at their fields', () => {
    const errors = [
      { pointer: '/clientSecret', detail: 'clientSecret is required' },
      { pointer: '?limit', detail: 'limit must be 1 or more' },
    ];

    const shown = fieldErrors(
      new ApiError({ title: 'Invalid', status: 400, code: 'invalid_body', errors }, undefined),
    );

    expect(shown).toEqual({
      clientSecret: 'clientSecret is required',
      limit: 'limit must be 1 or more',
    });
  });

  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [72_000, '1 m 12 s'],
    [3_600_000, '1 h'],
    [90_061_000, '1 d 1 h'],
  ])('write %d ms as %s', (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });

  it.each([
    ['2026-01-01T00:00:05Z', 'just now'],
    ['2026-01-01T00:05:00Z', 'in 5 minutes'],
    ['2025-12-31T21:00:00Z', '3 hours ago'],
    ['2026-04-01T00:00:00Z', 'in 3 months'],
  ])('write %s relative to now as %s', (time, text) => {
    expect(relativeText(time, new Date('2026-01-01T00:00:00Z'))).toBe(text);
  });

  it('write names of kinds and codes as words', () => {
    expect(['linkedService', 'grant_expired'].map(wordsOf)).toEqual([
      'Linked service',
      'Grant expired',
    ]);
  });

  it.each([
    ['https://myapps.microsoft.com/', true],
    ['https://login.microsoftonline.com/x', true],
    ['http://127.0.0.1:7071/x', true],
    ['/api/problems/x', true],
    ['https://evil.example/', false],
    ['https://microsoft.com.evil.example/', false],
    ['http://portal.azure.com/', false],
    ['javascript:alert(1)', false],
    ['data:text/html,x', false],
  ])('decide whether %s may be a link', (address, allowed) => {
    expect(isSafeLink(address)).toBe(allowed);
  });
});
