/**
 * Entry of `npm run idp`: plays an identity provider against a running stack or a deployment and
 * reports each request. Ends with an error if a response is not what the provider expects.
 */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from '../emulator/project-root';
import type { StackDescription } from '../stack/stack';
import { replayEntra } from './entra';
import { replayOkta } from './okta';
import { ScimSession, type Target } from './scim-session';

const usage = `Usage: npm run idp -- entra|okta [options]
  --url URL      base URL of the SCIM endpoint, for a deployment
  --token TOKEN  token of a provisioning connection; or set SCIM_TOKEN
  --data DIR     data folder of the local stack (.local), whose URL and token are used by default`;

const providers: Readonly<Record<string, (session: ScimSession) => Promise<void>>> = {
  entra: replayEntra,
  okta: replayOkta,
};

void main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    args: process.argv.slice(2),
    allowPositionals: true,
    options: { url: { type: 'string' }, token: { type: 'string' }, data: { type: 'string' } },
  });
  const [provider = '', ...rest] = positionals;
  const replay = Object.hasOwn(providers, provider) ? providers[provider] : undefined;
  if (!replay || rest.length > 0) throw new Error(usage);
  const target = await targetOf(values);
  console.log(`\n  ${provider} → ${target.baseUrl}\n`);
  const session = new ScimSession(target, (line) => console.log(line));
  await replay(session);
  const failed = session.results.filter(({ failure }) => failure !== undefined).length;
  const { length } = session.results;
  console.log(`\n  ${length - failed} of ${length} responses are what ${provider} expects.\n`);
  if (failed > 0) process.exit(1);
}

async function targetOf({
  url,
  token = process.env['SCIM_TOKEN'],
  data,
}: {
  readonly url?: string;
  readonly token?: string;
  readonly data?: string;
}): Promise<Target> {
  if (url !== undefined && token !== undefined)
    return { baseUrl: url.endsWith('/') ? url.slice(0, -1) : url, token };
  if (url !== undefined) throw new Error(`--url needs a token.\n\n${usage}`);
  const file = join(resolve(data ?? join(projectRoot(), '.local')), 'stack.json');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  const { scim } = JSON.parse(text ?? '{}') as Partial<StackDescription>;
  if (!scim)
    throw new Error(`${file} names no SCIM endpoint. Run npm start, or give --url and --token.`);
  return { baseUrl: scim.baseUrl, token: token ?? scim.token };
}
