/**
 * Entry of `npm start`: starts the stack, syncs the sample connector on the first start, and runs
 * until stopped.
 */
import { rm } from 'node:fs/promises';
import { apiClient } from './api';
import { readArguments, usage, type Arguments } from './arguments';
import { runCoreTools } from './core-tools';
import { runLineageDemo } from './lineage-demo';
import { createLogFile } from './log-file';
import { addresses, catalogTable, nextCommand, startedLine, title } from './page';
import { runAccessDemo } from '../idp/access-demo';
import { createProgressBar } from './progress-bar';
import { countResources, runSampleSync } from './sample-sync';
import { idOf } from '../resource-manager/factories/factory';
import { startStack, type Stack } from '../stack/stack';

const print = (text: string): void => console.log(text);

void main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});

async function main(): Promise<void> {
  const options = parseArguments();
  if (options.help) return print(usage);
  const stopRequest = deferred<Error | undefined>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      // A second signal ends the process without waiting.
      process.once(signal, () => process.exit(1));
      stopRequest.resolve(undefined);
    });
  const logFile = createLogFile(options.dataFolder);
  print(title);
  const stack = await startStack({
    ...options,
    log(line) {
      logFile.write(line);
      if (options.verbose) print(line);
    },
    onStarted: (name) => print(startedLine(name)),
    onEnd: (error) => stopRequest.resolve(error),
  });
  let failure: Error | undefined;
  try {
    const { dataFolder, verbose } = options;
    print(
      addresses(stack.description(), { dataFolder, ...(!verbose && { logFile: logFile.path }) }),
    );
    const leftOut = stack.resourceManager.factories().flatMap((factory) => factory.leftOut);
    for (const sentence of new Set(leftOut)) print(`  ${sentence}`);
    if (options.sampleSync) await Promise.race([syncSample(stack, options), stopRequest.promise]);
    if (options.demo) await Promise.race([demonstrate(stack), stopRequest.promise]);
    if (options.coreTools) runCoreTools(stack.settings, options.port + 1);
    if (!options.demo) {
      print(nextCommand(stack.description(), dataFolder));
      failure = await stopRequest.promise;
    }
  } catch (error) {
    failure = error as Error;
  }
  print('\nStopping…');
  await stack.stop();
  if (options.deletesDataFolder) await rm(options.dataFolder, { recursive: true, force: true });
  if (failure) throw failure;
  process.exit(0);
}

function parseArguments(): Arguments {
  try {
    return readArguments(process.argv.slice(2));
  } catch (error) {
    throw new Error(`${(error as Error).message}\n\n${usage}`, { cause: error });
  }
}

async function syncSample(stack: Stack, { verbose }: Arguments): Promise<void> {
  const description = stack.description();
  const api = apiClient(description.baseUrl, description.tokens.owner);
  const connectorId = await runSampleSync(api, description, {
    print,
    createProgressBar: () => createProgressBar({ output: process.stdout, linesOnly: verbose }),
  });
  print(
    connectorId === undefined
      ? '  The sample connector is already there.'
      : catalogTable(await countResources(api, connectorId)),
  );
}

async function demonstrate(stack: Stack): Promise<void> {
  await demonstrateAccess(stack);
  const { baseUrl, tokens } = stack.description();
  await runLineageDemo(apiClient(baseUrl, tokens.owner), print);
}

/** Nothing without a provisioning connection or a factory. */
async function demonstrateAccess(stack: Stack): Promise<void> {
  const { scim, ...description } = stack.description();
  const [factory] = stack.resourceManager.factories();
  if (scim && factory)
    await runAccessDemo({ ...description, scim }, { scope: idOf(factory), print });
}

/** Promise.withResolvers for Node.js 20. */
function deferred<T>() {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((done) => (resolve = done));
  return { promise, resolve };
}
