/**
 * Durable runtimes for one test file. Each has a task hub of its own on the storage that the whole
 * run shares; a file that injects faults starts its own Azurite.
 */
import { startDriver, type Driver, type DriverOptions, type Functions } from './durable-driver';
import { useOwnStorage, useStorage, type OwnStorage, type TestStorage } from '../storage';

export interface DurableContext<S extends TestStorage = TestStorage> {
  readonly storage: S;
  /** Starts a runtime that is stopped after the test. */
  readonly drive: (functions: Functions & Partial<DriverOptions>) => Promise<Driver>;
  readonly newHub: () => string;
}

export const useDurable = (): DurableContext => durableOn(useStorage());

/** The faults of its storage are cleared after each test. */
export function useDurableWithFaults(): DurableContext<OwnStorage> {
  const storage = useOwnStorage();
  afterEach(async () => {
    storage.context.faults.clear();
    await storage.storage.settle();
  });
  return durableOn(storage);
}

function durableOn<S extends TestStorage>(storage: S): DurableContext<S> {
  const running: Driver[] = [];
  let hubs = 0;
  afterEach(async () => {
    await Promise.all(running.splice(0).map((driver) => driver.stop()));
  });
  const newHub = () => `hub${process.pid}x${++hubs}x${Date.now()}`;
  return {
    storage,
    newHub,
    async drive(functions) {
      const { connectionString } = storage;
      const driver = await startDriver({
        storage: connectionString,
        hubName: newHub(),
        ...functions,
      });
      running.push(driver);
      return driver;
    },
  };
}
