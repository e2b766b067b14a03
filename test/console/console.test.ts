/** The console as it is served. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gunzipSync, brotliDecompressSync } from 'node:zlib';
import { HttpRequest, InvocationContext, type HttpResponseInit } from '@azure/functions';
import { readConfig } from '../../functions/config';
import { BuildFolder } from '../../functions/console/build-folder';
import { consoleSettings } from '../../functions/console/console-settings';
import { createConsoleHandler } from '../../functions/console/console.http';
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
