import type { SharedStorage } from './start-shared-storage';

// oxlint-disable-next-line import/no-default-export -- jest loads the default export
export default async function stopSharedStorage(): Promise<void> {
  await (globalThis as SharedStorage).stopSharedStorage?.();
}
