/**
 * Serves the console: assets, its settings, and the same page for every other path below
 * /api/console, so that links into the app lead there. The API behind it requires a token.
 */
import { randomBytes } from 'node:crypto';
import { app, type HttpHandler, type HttpRequest, type HttpResponseInit } from '@azure/functions';
import type { Lazy } from '../concurrency/lazy';
import { Responder } from '../http/responder';
import type { BuildFolder } from './build-folder';
import type { ConsoleSettings } from './console-settings';
import { contentSecurityPolicy, indexPage } from './index-page';

export function registerConsole(settings: Lazy<ConsoleSettings>, folder: BuildFolder): void {
  app.http('console', {
    methods: ['GET', 'HEAD'],
    route: 'console/{*path}',
    authLevel: 'anonymous', // nothing here belongs to a tenant
    handler: createConsoleHandler(settings, folder),
  });
}

export function createConsoleHandler(
  settings: Lazy<ConsoleSettings>,
  folder: BuildFolder,
): HttpHandler {
  return async (request, context) => {
    const responder = new Responder(request, context);
    try {
      return await responder.complete(await respond(request, settings, folder), []);
    } catch (error) {
      return responder.complete(responder.problemOf(error), []);
    }
  };
}

async function respond(
  request: HttpRequest,
  settings: Lazy<ConsoleSettings>,
  folder: BuildFolder,
): Promise<HttpResponseInit> {
  const path = request.params['path'] ?? '';
  if (path === 'config.json') return { status: 200, jsonBody: settings() };
  if (path.startsWith('assets/'))
    return assetResponse(folder, path.slice('assets/'.length), request);
  const nonce = randomBytes(16).toString('base64url');
  return {
    status: 200,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': contentSecurityPolicy(nonce, settings().authority),
      'Cross-Origin-Opener-Policy': 'same-origin',
      'X-Frame-Options': 'DENY',
    },
    body: indexPage(await folder.entry(), nonce),
  };
}

async function assetResponse(
  folder: BuildFolder,
  name: string,
  { headers }: HttpRequest,
): Promise<HttpResponseInit> {
  const { mediaType, bytes, encoding } = await folder.asset(
    name,
    headers.get('accept-encoding') ?? '',
  );
  return {
    status: 200,
    headers: {
      'Content-Type': mediaType,
      ...(encoding && { 'Content-Encoding': encoding }),
      Vary: 'Accept-Encoding',
      // The name has a hash of the content.
      'Cache-Control': 'public, max-age=31536000, immutable',
    },
    body: bytes,
  };
}
