/** Starts the Azurite that all contract tests of a run share. Worker processes inherit its address. */
import { startStorage } from '../../../infra/local/storage/storage';
import { testEmulatorContext } from '../emulator-context';
import { sharedStorage } from '../storage';

// oxlint-disable-next-line import/no-default-export -- jest loads the default export
export default async function startSharedStorage(): Promise<void> {
  const context = await testEmulatorContext();
  const storage = await startStorage(context, { inMemory: true });
  process.env[sharedStorage] = storage.connectionString;
  (globalThis as SharedStorage).stopSharedStorage = async () => {
    await storage.stop();
    await context.remove();
  };
}

export type SharedStorage = typeof globalThis & { stopSharedStorage?: () => Promise<void> };
