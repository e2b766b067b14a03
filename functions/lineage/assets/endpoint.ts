/** Where a linked service leads to: host, database or account. */
import {
  atBest,
  joinTexts,
  known,
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
];
const databaseKeys = ['initial catalog', 'database', 'db', 'service name', 'sid', 'dbname'];
const databaseFields = ['database', 'databaseName', 'catalog', 'serviceName', 'projectId'];

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
  const owner = secretName === undefined ? `linked service ${name}` : `secret ${secretName}`;
  return {
    type,
    host: address ?? unknown(`unknown host of ${owner}`, [], false),
    ...(port && { port }),
    ...(database && { database }),
    ...(secretName !== undefined && { secretName }),
    ...(address === undefined && { isUnknown: true }),
  };
}

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

const isRedacted = ({ value }: Known) => textOf(value).includes('[redacted]');

export const defaulted = (text: string): Value => atBest(known(text), 'defaulted');
