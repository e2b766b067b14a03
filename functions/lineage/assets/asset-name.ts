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
import type { DatasetLocation } from './dataset-location';
import type { Endpoint } from './endpoint';
import { serverNamespace, splitAddress, storageAccount, storeOf, type Store } from './stores';

/** Name of what a dataset stands for. */
export function assetName(
  endpoint: Endpoint,
  location: DatasetLocation,
  factory: string,
): AssetName {
  const store = storeOf(endpoint.type);
  const common = {
    type: endpoint.type,
    ignoresCase: store.ignoresCase,
    ...(endpoint.isUnknown && { hostScope: factory }),
    ...(endpoint.secretName !== undefined && { secretName: endpoint.secretName }),
  };
  if (store.form === 'path') return { ...common, ...pathName(store, endpoint, location) };
  const table = location.table ?? location.object ?? pathOf(location);
  const named = tableName(store, endpoint, location.schema, table);
  return { ...common, namespace: knownHost(endpoint, named.namespace), name: named.name };
}

/**
 * Name of a table that is qualified in a query. `parts` may begin with a server or a database; an empty
 * one is left out.
 */
export function queriedTable(
  endpoint: Endpoint,
  parts: readonly Value[],
  factory: string,
): AssetName {
  const [table, inner, outer, server] = parts
    .toReversed()
    .map((part) => (part.kind === 'known' && textOf(part.value) === '' ? undefined : part));
  const isSchema = storeOf(endpoint.type).form !== 'database';
  const schema = isSchema ? inner : undefined;
  const database = isSchema ? outer : (inner ?? outer);
  const at = {
    ...(server ? linkedServer(endpoint, server) : endpoint),
    ...(database && { database }),
  };
  const location = { type: endpoint.type, ...(schema && { schema }), ...(table && { table }) };
  return assetName(at, location, factory);
}

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
  const { database, host } = endpoint;
  if (store.form === 'schema') {
    const usual =
      store.defaultSchema === undefined ? undefined : known(store.defaultSchema, 'defaulted');
    const parts = [
      database ??
        (store.scheme === 'oracle' || store.scheme === 'snowflake'
          ? undefined
          : unknownDatabase(endpoint)),
      schema ?? usual,
      table ?? missing('table'),
    ];
    return { namespace: serverNamespace(store, endpoint), name: dotted(parts) };
  }
  if (store.form === 'database') {
    const parts = [database ?? schema ?? unknownDatabase(endpoint), table ?? missing('table')];
    return { namespace: serverNamespace(store, endpoint), name: dotted(parts) };
  }
  if (store.form === 'kusto')
    return {
      namespace: serverNamespace(store, endpoint),
      name: joinTexts([database ?? missing('database'), known('/'), table ?? missing('table')]),
    };
  if (store.form === 'cosmos')
    return {
      namespace: joinTexts([
        serverNamespace(store, endpoint),
        known('/dbs/'),
        database ?? unknownDatabase(endpoint),
      ]),
      name: joinTexts([known('colls/'), table ?? missing('collection')]),
    };
  const address = endpoint.isUnknown ? host : splitAddress(host).host;
  return {
    namespace: joinTexts([known(`${store.scheme}://`), address]),
    name: table ?? schema ?? missing('object'),
  };
}

/** A secret that hides the host hides the database, too. */
const unknownDatabase = ({ isUnknown }: Endpoint): Value =>
  isUnknown ? known('unknown database') : unknown('database');

const dotted = (parts: readonly (Value | undefined)[]): Value =>
  joinTexts(
    parts
      .filter((part) => part !== undefined)
      .flatMap((part, index) => (index === 0 ? [part] : [known('.'), part])),
  );

function pathName(store: Store, endpoint: Endpoint, location: DatasetLocation) {
  const container = withoutSlashes(location.container ?? location.table ?? unknown('container'));
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

/** Folder and file. Undefined if the dataset names neither. */
export function pathOf({ folder, file }: DatasetLocation): Value | undefined {
  const parts = [folder, file].filter((part) => part !== undefined);
  if (parts.length === 0) return undefined;
  const joined = joinTexts(
    parts.flatMap((part, index) => (index === 0 ? [part] : [known('/'), part])),
  );
  if (joined.kind === 'pattern') return joined;
  const plain = withoutSlashes(joined);
  return plain.value === '' ? { ...plain, value: '/' } : plain;
}

function withoutSlashes<T extends Value>(value: T): T {
  if (value.kind === 'pattern') return value;
  const text = textOf(value.value)
    .replace(/\/{2,}/g, '/')
    .replace(/^\/|\/$/g, '');
  return { ...value, value: text };
}
