/** The factories that the emulator serves. */
import { sample } from '../../seed/sample';
import { ArmError } from '../arm-error';
import { createFactory, type Factory, type FactoryRef } from './factory';
import { readFactories } from './factory-folder';
import { freeName } from './factory-names';
import type { SourceFactory } from './source-factory';

export interface Factories {
  all(): readonly Factory[];
  add(source: SourceFactory): Factory;
  /** `locations` maps factory names to subscription and resource group. */
  addFolder(
    folder: string,
    locations?: Readonly<Record<string, FactoryLocation>>,
  ): Promise<readonly Factory[]>;
  /**
   * Replaces the content of a factory by the folder. Name, subscription and resource group stay.
   */
  swap(name: string, folder: string): Promise<Factory>;
  remove(name: string): void;
  /** Changes the etags of all resources, but not their content. */
  renewEtags(name: string): void;
  /** Throws ResourceNotFound if there is none. */
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
    if (!found) throw new Error(`The emulator serves no factory named ${name}.`);
    return found;
  };
  const add = (
    source: SourceFactory,
    locations: Readonly<Record<string, FactoryLocation>> = {},
  ) => {
    const name = freeName(source.names, isNameTaken);
    const wanted = freeName(source.names, () => false);
    const renamed = `${source.folder}: the factory ${wanted} is served as ${name}, because its name is taken.`;
    const leftOut = [...(name === wanted ? [] : [renamed]), ...(source.leftOut ?? [])];
    const ref = { ...(locations[name] ?? locationOf(source)), name };
    return put(ref, { ...source, leftOut });
  };

  return {
    all: () => [...entries.values()].map(({ factory }) => factory),
    add: (source) => add(source),
    addFolder: async (folder, locations) =>
      (await readFactories(folder)).map((source) => add(source, locations)),
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

/** The location in the factory's id, or else the one of the sample. */
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
  if (!factory || second)
    throw new Error(`${folder} holds ${found.length} factories. Name a folder with one.`);
  return factory;
}
