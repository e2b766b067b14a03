/** Stores by type of linked service, and how OpenLineage names their namespaces. */
import { joinTexts, known, textOf, type Value } from '../../data-factory/expressions/value';
import { defaulted, type Endpoint } from './endpoint';

export type NameForm =
  /** `{database}.{schema}.{table}` */
  | 'schema'
  /** `{database}.{table}` */
  | 'database'
  /** A path in a container, file system or bucket. */
  | 'path'
  | 'kusto'
  | 'cosmos'
  | 'other';

export interface Store {
  readonly scheme: string;
  readonly form: NameForm;
  readonly port?: string;
  readonly defaultSchema?: string;
  readonly ignoresCase: boolean;
}

const sqlServer: Store = {
  scheme: 'mssql',
  form: 'schema',
  port: '1433',
  defaultSchema: 'dbo',
  ignoresCase: true,
};
const postgres: Store = { scheme: 'postgres', form: 'schema', port: '5432', ignoresCase: false };
const mysql: Store = { scheme: 'mysql', form: 'database', port: '3306', ignoresCase: true };
const oracle: Store = { scheme: 'oracle', form: 'schema', port: '1521', ignoresCase: true };

const stores: ReadonlyMap<string, Store> = new Map(
  Object.entries({
    azuresqldatabase: sqlServer,
    sqlserver: sqlServer,
    azuresqlmi: sqlServer,
    amazonrdsforsqlserver: sqlServer,
    fabricsqldatabase: sqlServer,
    azuresqldw: { ...sqlServer, scheme: 'sqlserver' },
    azuresynapseanalytics: { ...sqlServer, scheme: 'sqlserver' },
    warehouse: { ...sqlServer, scheme: 'sqlserver' },
    postgresql: postgres,
    azurepostgresql: postgres,
    greenplum: postgres,
    mysql,
    azuremysql: mysql,
    mariadb: mysql,
    azuremariadb: mysql,
    amazonredshift: { scheme: 'redshift', form: 'schema', port: '5439', ignoresCase: true },
    oracle,
    amazonrdsfororacle: oracle,
    snowflake: { scheme: 'snowflake', form: 'schema', ignoresCase: true },
    db2: { scheme: 'db2', form: 'schema', port: '50000', ignoresCase: true },
    teradata: { scheme: 'teradata', form: 'database', port: '1025', ignoresCase: true },
    azuredatabricks: { scheme: 'unitycatalog', form: 'schema', ignoresCase: true },
    azuredatabricksdeltalake: { scheme: 'unitycatalog', form: 'schema', ignoresCase: true },
    googlebigquery: { scheme: 'bigquery', form: 'schema', ignoresCase: false },
    azuredataexplorer: { scheme: 'azurekusto', form: 'kusto', ignoresCase: false },
    cosmosdb: { scheme: 'azurecosmos', form: 'cosmos', ignoresCase: false },
    cosmosdbmongodbapi: { scheme: 'azurecosmos', form: 'cosmos', ignoresCase: false },
    azureblobfs: { scheme: 'abfss', form: 'path', ignoresCase: false },
    azureblobstorage: { scheme: 'wasbs', form: 'path', ignoresCase: false },
    azurestorage: { scheme: 'wasbs', form: 'path', ignoresCase: false },
    amazons3: { scheme: 's3', form: 'path', ignoresCase: false },
    googlecloudstorage: { scheme: 'gs', form: 'path', ignoresCase: false },
  } satisfies Record<string, Store>),
);

/** A type without an entry keeps its own name as scheme. */
export const storeOf = (type: string): Store =>
  stores.get(type.toLowerCase()) ?? {
    scheme: schemeOf(type),
    form: 'other',
    ignoresCase: false,
  };

const schemeOf = (type: string) => type.toLowerCase().replace(/[^a-z0-9+.-]/g, '') || 'unknown';

/** Types of linked service by type of dataset, for datasets whose linked service is unknown. */
export function serviceTypeOf(datasetType: string, locationType: string | undefined): string {
  if (locationType !== undefined) return locationType.replace(/Location$/i, '');
  return (
    datasetTypes.get(datasetType.toLowerCase()) ??
    datasetType.replace(/(V2)?(Table|Object|Resource|Entity|Collection|File)$/i, '')
  );
}

const datasetTypes: ReadonlyMap<string, string> = new Map([
  ['azuresqltable', 'AzureSqlDatabase'],
  ['azuresqldwtable', 'AzureSqlDW'],
  ['azuresqlmitable', 'AzureSqlMI'],
  ['azureblob', 'AzureBlobStorage'],
  ['azureblobfsfile', 'AzureBlobFS'],
  ['fileshare', 'FileServer'],
  ['amazons3object', 'AmazonS3'],
  ['restresource', 'RestService'],
  ['httpfile', 'HttpServer'],
  ['cosmosdbsqlapicollection', 'CosmosDb'],
  ['documentdbcollection', 'CosmosDb'],
]);

/** Host without protocol, path and port. The port is returned if the address has one. */
export function splitAddress(host: Value): { readonly host: Value; readonly port?: Value } {
  if (host.kind === 'pattern') {
    const [first, ...rest] = host.parts;
    if (typeof first !== 'string') return { host };
    const plain = first.replace(/^tcp:|^[a-z][\w+.-]*:\/\//i, '');
    const parts = plain === '' ? rest : [plain, ...rest];
    return { host: { ...host, parts } };
  }
  const text = textOf(host.value).trim();
  const address = text.replace(/^tcp:/i, '').replace(/^[a-z][\w+.-]*:\/\//i, '');
  const [authority = ''] = address.split(/[/?#]/);
  const [, name = authority, port] = /^(.*?)\s*[,:]\s*(\d+)$/.exec(authority) ?? [];
  const own = (value: string): Value => ({ ...host, value });
  return { host: own(name.replace(/^.*@/, '')), ...(port !== undefined && { port: own(port) }) };
}

/** `{scheme}://{host}:{port}` of a server. Ports of the web and of file transfer go without saying. */
export function serverNamespace({ scheme, port: usual }: Store, endpoint: Endpoint): Value {
  const { host, port } = splitAddress(endpoint.host);
  const given = endpoint.port ?? port;
  const isCommon = given?.kind === 'known' && commonPorts.has(textOf(given.value));
  const own = given ?? (usual === undefined ? undefined : defaulted(usual));
  const shown = usual === undefined && isCommon ? undefined : own;
  return joinTexts([
    known(`${scheme}://`),
    ...(endpoint.isUnknown ? [endpoint.host] : [scheme === 'snowflake' ? accountOf(host) : host]),
    ...(shown && !endpoint.isUnknown ? [known(':'), withoutConfidence(shown)] : []),
  ]);
}

/** An account of Snowflake, with or without the domain. */
const accountOf = (host: Value): Value =>
  host.kind === 'known'
    ? { ...host, value: textOf(host.value).replace(/\.snowflakecomputing\.com$/i, '') }
    : host;

const commonPorts: ReadonlySet<string> = new Set(['21', '22', '80', '443']);

/** The usual port is a convention, so it does not weaken a name. */
const withoutConfidence = (value: Value): Value =>
  value.kind === 'known' ? { ...value, confidence: 'static' } : value;

/** Account of a storage endpoint: `https://{account}.dfs.core.windows.net/`, or its name. */
export function storageAccount(endpoint: Endpoint): Value {
  const { host } = splitAddress(endpoint.host);
  if (host.kind === 'pattern') return host;
  const [account = ''] = textOf(host.value).split('.');
  return { ...host, value: account };
}
