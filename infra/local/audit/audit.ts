/**
 * Entry of `npm run audit`: verifies the audit trail of a running stack or a deployment. The service
 * verifies it first; then the export is downloaded and every hash is computed here. With --file, an
 * export is verified without any service.
 */
import { createReadStream } from 'node:fs';
import { readFile, appendFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { projectRoot } from '../emulator/project-root';
import type { StackDescription } from '../stack/stack';
import { AuditApi } from './audit-api';
import { ChainCheck, type ChainFault } from './chain-check';

const usage = `Usage: npm run audit -- [options]
  --url URL      origin of a deployment, such as https://connect.example
  --token TOKEN  access token of an Owner; or set AUDIT_TOKEN
  --data DIR     data folder of the local stack (.local), whose URL and token are used by default
  --save FILE    write the export as JSON lines
  --file FILE    verify an export that was saved, without any service`;

void main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      url: { type: 'string' },
      token: { type: 'string' },
      data: { type: 'string' },
      save: { type: 'string' },
      file: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(usage);
    return;
  }
  const check = new ChainCheck();
  const fault = values.file
    ? await checkFile(values.file, check)
    : await checkService(await targetOf(values), check, values.save);
  const { first, last } = check.checked;
  if (first && last)
    console.log(`  Entries ${first.seq} to ${last.seq} are intact. Last hash: ${last.hash}`);
  if (!fault) return;
  console.error(`  Entry ${fault.seq} is wrong: ${fault.reason}.`);
  process.exit(1);
}

async function checkFile(file: string, check: ChainCheck): Promise<ChainFault | undefined> {
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const fault = check.add(line);
    if (fault) return fault;
  }
  return undefined;
}

async function checkService(
  api: AuditApi,
  check: ChainCheck,
  save: string | undefined,
): Promise<ChainFault | undefined> {
  const { outcome, checkedTo, checkpointCount, fault } = await api.verify();
  console.log(
    `  The service says: ${outcome}, ${checkedTo} entries, ${checkpointCount} checkpoints.`,
  );
  if (fault) return { seq: fault.seq, reason: fault.detail };
  if (save !== undefined) await writeFile(save, '');
  for await (const page of api.export()) {
    if (save !== undefined) await appendFile(save, page);
    for (const line of page.split('\n').filter(Boolean)) {
      const broken = check.add(line);
      if (broken) return broken;
    }
  }
  return undefined;
}

async function targetOf({
  url,
  token = process.env['AUDIT_TOKEN'],
  data,
}: {
  readonly url?: string;
  readonly token?: string;
  readonly data?: string;
}): Promise<AuditApi> {
  if (url !== undefined && token !== undefined) return new AuditApi(url, token);
  if (url !== undefined) throw new Error(`--url needs a token.\n\n${usage}`);
  const file = join(resolve(data ?? join(projectRoot(), '.local')), 'stack.json');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  const { baseUrl, tokens } = JSON.parse(text ?? '{}') as Partial<StackDescription>;
  if (baseUrl === undefined || !tokens)
    throw new Error(`${file} names no API. Run npm start, or give --url and --token.`);
  return new AuditApi(baseUrl, token ?? tokens.owner);
}
