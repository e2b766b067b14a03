/** Azurite for one test file, and Durable runtimes on it: each in a task hub of its own, unless a test names one. */
import { startStorage, type Storage } from '../../infra/local/storage/storage';
import { startDriver, type Driver, type DriverOptions, type Functions } from './durable-driver';
import { testEmulatorContext, type TestEmulatorContext } from './emulator-context';

export interface Stage {
  readonly drive: (functions: Functions & Partial<DriverOptions>) => Promise<Driver>;
  readonly newHub: () => string;
  readonly storage: () => string;
  readonly surroundings: () => TestEmulatorContext;
}

export function useDurable(): Stage {
  const running: Driver[] = [];
  let surroundings: TestEmulatorContext;
  let storage: Storage;
  let hubs = 0;

  beforeAll(async () => {
    surroundings = await testEmulatorContext();
    storage = await startStorage(surroundings);
  }, 30_000);
  afterEach(async () => {
    surroundings.faults.clear();
    await Promise.all(running.splice(0).map((driver) => driver.stop()));
  });
  afterAll(async () => {
    await storage.stop();
    await surroundings.remove();
  });

  const newHub = () => `hub${++hubs}`;
  return {
    newHub,
    storage: () => storage.connectionString,
    surroundings: () => surroundings,
    async drive(functions) {
      const driver = await startDriver({
        storage: storage.connectionString,
        hubName: newHub(),
        ...functions,
      });
      running.push(driver);
      return driver;
    },
  };
}
