/** Joins a linked service and a dataset to the name of a physical asset. */
import {
  joinTexts,
  known,
  labelOf,
  textOf,
  unknown,
  type Value,
} from '../../data-factory/expressions/value';
import type { AssetName } from './asset';
import { qualifiedBy, type DatasetLocation } from './dataset-location';
import type { Endpoint } from './endpoint';
import { serverNamespace, splitAddress, storageAccount, storeOf, type Store } from './stores';

/** Name of what a dataset stands for. */
export function assetName(linked: Endpoint, location: DatasetLocation, factory: string): AssetName {
  const endpoint = qualifiedEndpoint(linked, location);
  const store = storeOf(endpoint.type);
  const common = {
    type: endpoint.type,
    ignoresCase: store.ignoresCase,
    ...(endpoint.isUnknown && { hostScope: factory }),
    ...(endpoint.secretName !== undefined && { secretName: endpoint.secretName }),
  };
  const isTable = location.type.toLowerCase() === 'azuretable';
  if (store.form === 'path' && !isTable)
    return { ...common, ...pathName(store, endpoint, location) };
  const named =
    store.form === 'other' || store.form === 'path'
      ? otherName(store, endpoint, location)
      : tableName(
          store,
          endpoint,
          location.schema,
          location.table ?? location.object ?? pathOf(location),
        );
  return { ...common, namespace: knownHost(endpoint, named.namespace), name: named.name };
}

/** Name of a table that is qualified in a query. `parts` may begin with a server or a database. */
export const queriedTable = (
  endpoint: Endpoint,
  parts: readonly Value[],
  factory: string,
): AssetName => assetName(endpoint, { type: endpoint.type, ...qualifiedBy(parts) }, factory);

/** The server and database of a qualified name replace those of the linked service. */
const qualifiedEndpoint = (
  endpoint: Endpoint,
  { server, database }: DatasetLocation,
): Endpoint => ({
  ...(server ? linkedServer(endpoint, server) : endpoint),
  ...(database && { database }),
});

/** The name of a linked server means something on its own server only. */
const linkedServer = (endpoint: Endpoint, server: Value): Endpoint => ({
  type: endpoint.type,
  host: unknown(
    `linked server ${labelOf(server)} of ${labelOf(splitAddress(endpoint.host).host)}`,
    [],
    false,
  ),
  isUnknown: true,
});

/**
 * A host that a secret or a missing linked service hides has a name of its own, so the asset can be
 * told from others: its name is known even if its host is not.
 */
const knownHost = ({ isUnknown }: Endpoint, namespace: Value): Value =>
  isUnknown && namespace.kind === 'pattern'
    ? known(namespace.parts.map((part) => (typeof part === 'string' ? part : part.name)).join(''))
    : namespace;

function tableName(
  store: Store,
  endpoint: Endpoint,
  schema: Value | undefined,
  table: Value | undefined,
): { namespace: Value; name: Value } {
  const missing = (part: string) => unknown(part);
  const { database } = endpoint;
  if (store.form === 'schema') {
    const usual =
      store.defaultSchema === undefined ? undefined : known(store.defaultSchema, 'defaulted');
    const service = store.scheme === 'oracle' ? endpoint.basePath : undefined;
    const parts = [
      database ??
        service ??
        (store.scheme === 'oracle' || store.scheme === 'snowflake'
          ? undefined
          : unknownDatabase(endpoint)),
      schema ?? usual,
      table ?? missing('table'),
    ];
    return { namespace: serverNamespace(store, endpoint), name: dotted(parts) };
  }
  if (store.form === 'database') {
    // The name of a schema is one of a database.
    const parts = [schema ?? database ?? unknownDatabase(endpoint), table ?? missing('table')];
    return { namespace: serverNamespace(store, endpoint), name: dotted(parts) };
  }
  if (store.form === 'kusto')
    return {
      namespace: serverNamespace(store, endpoint),
      name: joinTexts([database ?? missing('database'), known('/'), table ?? missing('table')]),
    };
  return {
    namespace: joinTexts([
      serverNamespace(store, endpoint),
      known('/dbs/'),
      database ?? unknownDatabase(endpoint),
    ]),
    name: joinTexts([known('colls/'), table ?? missing('collection')]),
  };
}

/**
 * All that tells objects of one host apart: port, database and schema of a table; base path, database
 * and container of a file or web resource.
 */
function otherName(
  store: Store,
  endpoint: Endpoint,
  location: DatasetLocation,
): { namespace: Value; name: Value } {
  const { schema, table, container, object } = location;
  const { database, basePath } = endpoint;
  // The account of a table of Azure Storage is that of its blobs.
  const scheme = store.form === 'path' ? 'azuretablestorage' : store.scheme;
  const namespace = serverNamespace({ ...store, scheme }, endpoint);
  if (table ?? schema) {
    const parts = [database, schema, table ?? unknown('object')];
    return { namespace, name: inPath([basePath, dotted(parts)]) };
  }
  const isNamed = container ?? basePath;
  const own = object ?? pathOf(location) ?? (isNamed ? undefined : unknown('object'));
  return { namespace, name: inPath([basePath, database, container, own]) };
}

/** Parts of a path, with one slash between them. */
function inPath(parts: readonly (Value | undefined)[]): Value {
  const given = parts.flatMap((part) => {
    const plain = part && withoutOuterSlashes(part);
    return plain === undefined || isEmpty(plain) ? [] : [plain];
  });
  if (given.length === 0) return known('/');
  return joinTexts(given.flatMap((part, index) => (index === 0 ? [part] : [known('/'), part])));
}

const isEmpty = (value: Value) => value.kind === 'known' && textOf(value.value) === '';

/** A secret that hides the host hides the database, too. */
const unknownDatabase = ({ isUnknown }: Endpoint): Value =>
  isUnknown ? known('unknown database') : unknown('database');

const dotted = (parts: readonly (Value | undefined)[]): Value =>
  joinTexts(
    parts
      .filter((part) => part !== undefined)
      .flatMap((part, index) => (index === 0 ? [part] : [known('.'), part])),
  );

function pathName(store: Store, endpoint: Endpoint, given: DatasetLocation) {
  const location = withFolderOfContainer(given);
  const container = withoutOuterSlashes(
    location.container ?? location.table ?? unknown('container'),
  );
  const path = pathOf(location) ?? location.object ?? known('/');
  if (store.scheme === 's3' || store.scheme === 'gs')
    return { namespace: joinTexts([known(`${store.scheme}://`), container]), name: path };
  const account = storageAccount(endpoint);
  const shown = endpoint.isUnknown ? knownHost(endpoint, joinTexts([endpoint.host])) : account;
  const namespace = joinTexts([
    known(`${store.scheme}://`),
    container,
    known('@'),
    shown,
    ...(endpoint.isUnknown ? [] : [known('.dfs.core.windows.net')]),
  ]);
  return {
    namespace,
    name: path,
    identity: joinTexts([known('storage:'), container, known('@'), shown]),
  };
}

/** A container has no slash in its name: what follows one is a folder. */
function withFolderOfContainer(location: DatasetLocation): DatasetLocation {
  const { container, folder } = location;
  if (container?.kind !== 'known') return location;
  const [name = '', ...rest] = textOf(container.value).replace(/^\/+/, '').split('/');
  if (rest.length === 0) return location;
  const inner: Value = { ...container, value: rest.join('/') };
  return {
    ...location,
    container: { ...container, value: name },
    folder: folder ? joinTexts([inner, known('/'), folder]) : inner,
  };
}

/** Folder and file. Undefined if the dataset names neither. */
export function pathOf({ folder, file }: DatasetLocation): Value | undefined {
  const parts = [folder, file].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : inPath(parts.map(withoutDoubleSlashes));
}

const withoutDoubleSlashes = (value: Value): Value =>
  withTexts(value, (text) => text.replace(/\/{2,}/g, '/'));

const withoutOuterSlashes = (value: Value): Value =>
  withTexts(value, (text, isFirst, isLast) => {
    const rest = isFirst ? text.replace(/^\/+/, '') : text;
    return isLast ? rest.replace(/\/+$/, '') : rest;
  });

/** The value with its texts changed: one, or those between placeholders. */
function withTexts(
  value: Value,
  change: (text: string, isFirst: boolean, isLast: boolean) => string,
): Value {
  if (value.kind === 'known') return { ...value, value: change(textOf(value.value), true, true) };
  const last = value.parts.length - 1;
  const parts = value.parts.map((part, index) =>
    typeof part === 'string' ? change(part, index === 0, index === last) : part,
  );
  return { ...value, parts: parts.filter((part) => part !== '') };
}
