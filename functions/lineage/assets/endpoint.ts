/** Where a linked service leads to: host, database or account. */
import {
  atBest,
  joinTexts,
  known,
  labelOf,
  textOf,
  unknown,
  type Known,
  type Value,
} from '../../data-factory/expressions/value';
import { evaluate, type Warn } from '../../data-factory/expressions/evaluate';
import type { Scope } from '../../data-factory/expressions/scope';
import { getField, getText, isObject, type Json } from '../../data-factory/json';
import { connectionPairs } from './connection-string';

export interface Endpoint {
  /** Type of the linked service, without the number of its generation. */
  readonly type: string;
  readonly host: Value;
  readonly port?: Value;
  readonly database?: Value;
  /** Path of a web address or file share, below which the names of datasets begin. */
  readonly basePath?: Value;
  readonly secretName?: string;
  /** True if the host is unknown, and the same for all that use the linked service. */
  readonly isUnknown?: boolean;
}

/** Names of the host in connection strings and in the fields of newer linked services. */
const hostKeys = [
  'server',
  'data source',
  'datasource',
  'host',
  'address',
  'addr',
  'network address',
  'accountendpoint',
  'accountname',
  'account',
  'endpoint',
];
const hostFields = [
  'server',
  'host',
  'url',
  'serviceEndpoint',
  'serviceUri',
  'accountIdentifier',
  'accountEndpoint',
  'endpoint',
  'environmentUrl',
  'domain',
  'baseUrl',
  'functionAppUrl',
  'serviceUrl',
  'serviceUri',
  'dataLakeStoreUri',
  'hostName',
  'siteUrl',
  'organizationName',
  'accountName',
  'projectId',
  'workspaceId',
];
const databaseKeys = ['initial catalog', 'database', 'db', 'service name', 'sid', 'dbname'];
const databaseFields = [
  'database',
  'databaseName',
  'catalog',
  'serviceName',
  'projectId',
  'artifactId',
];

/** Reads a linked service. `name` names an unknown host. */
export function endpointOf(
  name: string,
  properties: Json | undefined,
  scope: Scope,
  warn: Warn,
): Endpoint {
  const type = (getText(properties, 'type') ?? 'unknown').replace(/V2$/, '');
  const settings = getField(properties, 'typeProperties');
  const connection = getField(settings, 'connectionString');
  const secretName = secretNameOf(connection) ?? secretNameOf(getField(settings, 'sasUri'));
  const text = plainText(connection);
  const pairs =
    text === undefined ? new Map<string, Value>() : pairsOf(evaluate(text, scope, warn));
  const field = (names: readonly string[]): Value | undefined => {
    for (const each of names) {
      const json = plainText(getField(settings, each));
      if (json === undefined || json === '') continue;
      const value = evaluate(json, scope, warn);
      if (isShown(value)) return value;
    }
    return undefined;
  };
  const pair = (names: readonly string[]) => names.map((each) => pairs.get(each)).find(isShown);
  const address = field(hostFields) ?? pair(hostKeys);
  const database = field(databaseFields) ?? pair(databaseKeys);
  const port = field(['port']) ?? pair(['port']);
  const basePath = field(['fileShare']) ?? (address && pathOfAddress(address));
  const owner = secretName === undefined ? `linked service ${name}` : `secret ${secretName}`;
  const runtime = getText(getField(properties, 'connectVia'), 'referenceName');
  const isLocal = address !== undefined && isLocalAddress(address);
  const hidden = isLocal
    ? `${localName(address)} of integration runtime ${runtime ?? 'AutoResolve'}`
    : `unknown host of ${owner}`;
  return {
    type: ownStore(type, address),
    host: address && !isLocal ? address : unknown(hidden, [], false),
    ...(port && { port }),
    ...(database && { database }),
    ...(basePath && { basePath }),
    ...(secretName !== undefined && { secretName }),
    ...((address === undefined || isLocal) && { isUnknown: true }),
  };
}

/** Addresses that mean another machine on each integration runtime. */
const isLocalAddress = (address: Value): boolean =>
  address.kind === 'known' &&
  /^(?:tcp:)?(?:[a-z][\w+.-]*:\/\/)?(?:localhost|127(?:\.\d+){3}|\[?::1\]?|\(local(?:db)?\)|\.(?=$|[\\,:/])|[a-z]:(?=[\\/]|$))/i.test(
    textOf(address.value).trim(),
  );

/** One name for all that a machine has for itself. */
const localName = (address: Value): string =>
  labelOf(address)
    .trim()
    .replace(/^(?:tcp:)?(?:\(local\)|\.(?=$|[\\,:/])|127(?:\.\d+){3}|\[?::1\]?)/i, 'localhost');

/** Path of `https://host/path?query`, or of `host:1521/service`. */
function pathOfAddress(address: Value): Value | undefined {
  if (address.kind === 'pattern') return undefined;
  const text = textOf(address.value).replace(/^[a-z][\w+.-]*:\/\//i, '');
  const [, path = ''] = /^[^/?#\\]+\/([^?#]*)/.exec(text) ?? [];
  const plain = path.replace(/\/+$/, '');
  return plain === '' ? undefined : { ...address, value: plain };
}

/** A bucket name of another service than Amazon's is unique in that service only. */
const ownStore = (type: string, address: Value | undefined): string =>
  type.toLowerCase() === 'amazons3' &&
  address !== undefined &&
  !/\.amazonaws\.com(?:\.cn)?(?:[:/]|$)/i.test(labelOf(address))
    ? 'AmazonS3Compatible'
    : type;

/** Endpoint of a linked service that does not exist, or whose name is known at run time only. */
export const unknownEndpoint = (name: Value, type: string): Endpoint =>
  name.kind === 'known'
    ? {
        type,
        host: unknown(`unknown host of linked service ${textOf(name.value)}`, [], false),
        isUnknown: true,
      }
    : { type, host: joinTexts([name]) };

function pairsOf(connection: Value): ReadonlyMap<string, Value> {
  return connectionPairs(connection);
}

/** Text or expression. Undefined for a secret that is held elsewhere. */
function plainText(json: Json | undefined): Json | undefined {
  if (typeof json === 'string' || typeof json === 'number') return json;
  if (!isObject(json)) return undefined;
  const type = getText(json, 'type')?.toLowerCase();
  if (type === 'expression') return json;
  return type === 'securestring' ? getText(json, 'value') : undefined;
}

function secretNameOf(json: Json | undefined): string | undefined {
  if (getText(json, 'type')?.toLowerCase() !== 'azurekeyvaultsecret') return undefined;
  return getText(json, 'secretName') ?? getText(getField(json, 'secretName'), 'value');
}

/** A redacted value is not shown, so it names nothing. */
const isShown = (value: Value | undefined): value is Value =>
  value !== undefined &&
  (value.kind === 'pattern' || (value.value !== null && value.value !== '' && !isRedacted(value)));

/** The query of an address is no part of a name. */
const isRedacted = ({ value }: Known) =>
  textOf(value)
    .replace(/^([a-z][\w+.-]*:\/\/[^?#]*)[?#].*$/is, '$1')
    .includes('[redacted]');

export const defaulted = (text: string): Value => atBest(known(text), 'defaulted');
