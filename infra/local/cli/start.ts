/** `npm start`: boots the stack, runs the main job on a fresh data folder, says what to try, and stays up. */
import { rm } from 'node:fs/promises';
import { apiClient } from './api';
import { readArguments, usage, type Arguments } from './arguments';
import { runCoreTools } from './core-tools';
import { countResources, runSampleSync } from './sample-sync';
import { createScreen, table } from './progress-bar';
import { startStack, type Stack } from '../stack/stack';

const screen = createScreen(process.stdout);
const print = (text: string): void => screen.line(text);

void main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});

async function main(): Promise<void> {
  const given = parse();
  const end = deferred<Error | undefined>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      // The second time somebody asks, they mean it.
      process.once(signal, () => process.exit(1));
      end.resolve(undefined);
    });
  const stack = await startStack({ ...given, log: print, onEnd: (reason) => end.resolve(reason) });
  let failure: Error | undefined;
  try {
    announce(stack, given);
    if (given.sampleSync) await Promise.race([job(stack), end.promise]);
    if (given.coreTools) runCoreTools(stack.settings, given.port + 1);
    if (!given.demo) {
      invite(stack);
      failure = await end.promise;
    }
  } catch (error) {
    failure = error as Error;
  }
  print('Stopping…');
  await stack.stop();
  if (given.deletesDataFolder) await rm(given.dataFolder, { recursive: true, force: true });
  if (failure) throw failure;
  process.exit(0);
}

function parse(): Arguments {
  try {
    return readArguments(process.argv.slice(2));
  } catch (error) {
    throw new Error(`${(error as Error).message}\n\n${usage}`);
  }
}

async function job(stack: Stack): Promise<void> {
  const description = stack.description();
  const api = apiClient(description.baseUrl, description.tokens.owner);
  const connectorId = await runSampleSync(api, description, screen);
  if (!connectorId) return print('The sample connector is already there.');
  const counts = Object.entries(await countResources(api, connectorId)).sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
  print(`\nCatalogued:\n${table(counts)}`);
}

function announce(stack: Stack, { dataFolder }: Arguments): void {
  const { baseUrl, controlUrl, azure } = stack.description();
  print(`
adf-connect is up
  API               ${baseUrl}/api
  OpenAPI           ${baseUrl}/api/openapi.json
  Entra             ${azure.entraUrl}
  Key Vault         ${azure.keyVaultUrl}
  Resource Manager  ${azure.resourceManagerUrl}
  control           ${controlUrl}
  data              ${dataFolder} (tokens and passwords: stack.json)
`);
}

function invite(stack: Stack): void {
  const { baseUrl, tokens } = stack.description();
  print(`\nTry:\n  curl -H 'Authorization: Bearer ${tokens.owner}' ${baseUrl}/api/connectors\n`);
  print('Ctrl-C stops everything.');
}

/** Promise.withResolvers for Node 20. */
function deferred<T>() {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((done) => (resolve = done));
  return { promise, resolve };
}
