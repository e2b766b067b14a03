/** All factories of the stand-in: found by name, exchanged, hidden, taken away. */
import { sample } from '../../seed/sample';
import { ArmError } from '../arm-error';
import { createFactory, type Factory, type FactoryRef } from './factory';
import { readFactories } from './factory-folder';
import { freeName } from './factory-names';
import type { SourceFactory } from './source-factory';

export interface Factories {
  all(): readonly Factory[];
  add(source: SourceFactory): Factory;
  /** `homes` places factories by name. */
  addFolder(
    folder: string,
    homes?: Readonly<Record<string, FactoryLocation>>,
  ): Promise<readonly Factory[]>;
  /** Reads the folder in place of the named factory. Name, subscription and resource group stay. */
  swap(name: string, folder: string): Promise<Factory>;
  remove(name: string): void;
  /** New etags for everything in it, with the same content. */
  renewEtags(name: string): void;
  /** Throws what Azure answers when it is not there. */
  get(subscriptionId: string, resourceGroup: string, name: string): Factory;
}

type FactoryLocation = Omit<FactoryRef, 'name'>;

interface Entry {
  readonly ref: FactoryRef;
  readonly source: SourceFactory;
  readonly etagVersion: number;
  readonly factory: Factory;
}

export function createFactories(): Factories {
  const entries = new Map<string, Entry>();
  const isNameTaken = (name: string) => entries.has(name.toLowerCase());

  const put = (ref: FactoryRef, source: SourceFactory, etagVersion = 0): Factory => {
    const factory = createFactory(ref, source, etagVersion);
    entries.set(ref.name.toLowerCase(), { ref, source, etagVersion, factory });
    return factory;
  };
  const entry = (name: string): Entry => {
    const found = entries.get(name.toLowerCase());
    if (!found) throw new Error(`There is no factory ${name}.`);
    return found;
  };
  const add = (source: SourceFactory, homes: Readonly<Record<string, FactoryLocation>> = {}) => {
    const name = freeName(source.names, isNameTaken);
    return put({ ...(homes[name] ?? locationOf(source)), name }, source);
  };

  return {
    all: () => [...entries.values()].map(({ factory }) => factory),
    add: (source) => add(source),
    addFolder: async (folder, homes) =>
      (await readFactories(folder)).map((source) => add(source, homes)),
    async swap(name, folder) {
      const { ref, etagVersion } = entry(name);
      return put(ref, singleFactory(await readFactories(folder), folder), etagVersion);
    },
    remove(name) {
      entry(name);
      entries.delete(name.toLowerCase());
    },
    renewEtags(name) {
      const { ref, source, etagVersion } = entry(name);
      put(ref, source, etagVersion + 1);
    },
    get(subscriptionId, resourceGroup, name) {
      const found = entries.get(name.toLowerCase())?.factory;
      const same = (one: string, other: string) => one.toLowerCase() === other.toLowerCase();
      if (
        found &&
        same(found.subscriptionId, subscriptionId) &&
        same(found.resourceGroup, resourceGroup)
      )
        return found;
      throw factoryNotFound(resourceGroup, name);
    },
  };
}

export const factoryNotFound = (resourceGroup: string, name: string) =>
  new ArmError(
    404,
    'ResourceNotFound',
    `The Resource 'Microsoft.DataFactory/factories/${name}' under resource group '${resourceGroup}' was not found.`,
  );

/** Where the factory says it is, else with the sample. */
function locationOf({ declared }: SourceFactory): FactoryLocation {
  const id = typeof declared['id'] === 'string' ? declared['id'] : '';
  const [, subscriptionId, resourceGroup] =
    /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\//i.exec(id) ?? [];
  const { subscription, resourceGroup: group } = sample.contoso;
  return {
    subscriptionId: subscriptionId ?? subscription.subscriptionId,
    resourceGroup: resourceGroup ?? group,
  };
}

function singleFactory(found: readonly SourceFactory[], folder: string): SourceFactory {
  const [factory, second] = found;
  if (!factory || second) throw new Error(`${folder} holds ${found.length} factories, not one.`);
  return factory;
}
