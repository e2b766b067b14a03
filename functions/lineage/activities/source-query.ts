/** Ends of a query in the language of its store. Its tables replace the table of the dataset. */
import { known, textOf, type Value } from '../../data-factory/expressions/value';
import { toAsset, type NamedAsset } from '../assets/asset';
import { queriedTable } from '../assets/asset-name';
import type { Endpoint } from '../assets/endpoint';
import { storeOf } from '../assets/stores';
import type { Evidence } from '../lineage-unit';
import { findWord } from '../sql/sql-statements';
import type { ActivityContext } from './activity-context';
import { addSql, addUnread, speaksSql, type SqlResults } from './sql-ends';

const unread = { kind: 'reads', name: 'query' } as const;

/** Undefined if the query only filters what the dataset names, as those of document stores do. */
export function addQuery(
  context: ActivityContext,
  endpoint: Endpoint,
  query: Value,
  evidence: Evidence,
): SqlResults | undefined {
  const { form } = storeOf(endpoint.type);
  const text = query.kind === 'known' ? textOf(query.value) : markedText(query.parts);
  if (speaksSql(endpoint)) return addSql(context, endpoint, query, evidence, unread);
  if (form === 'cosmos' || form === 'path' || /^mongo|^couchbase/i.test(endpoint.type))
    return undefined;
  if (text.startsWith(mark)) return addUnread(context, endpoint, query, evidence, unread);
  if (form === 'kusto')
    return named(context, endpoint, query, evidence, kustoTables(text), computed.kusto.test(text));
  if (/^\s*<fetch\b/i.test(text))
    return named(
      context,
      endpoint,
      query,
      evidence,
      fetchXmlEntities(text),
      computed.fetchXml.test(text),
    );
  if (/^salesforce/i.test(endpoint.type))
    return named(context, endpoint, query, evidence, objectOfSoql(text), computed.soql.test(text));
  return /^\s*(?:select|with|exec|call)\b/i.test(text)
    ? addSql(context, endpoint, query, evidence, unread)
    : undefined;
}

/** An identifier in every language, in place of a placeholder. */
const mark = 'placeholder__';

const markedText = (parts: Extract<Value, { readonly kind: 'pattern' }>['parts']): string =>
  parts.map((part) => (typeof part === 'string' ? part : mark)).join('');

/** Whether a query has columns that its table does not have under their names. */
const computed = {
  kusto: /\|\s*(?!(?:where|filter|take|limit|top|sort|order|distinct)\b)\w/i,
  fetchXml: /\balias\s*=/i,
  soql: /\([^()]*\)\s*\w+\s*(?:,|from\b)/i,
};

function named(
  context: ActivityContext,
  endpoint: Endpoint,
  query: Value,
  evidence: Evidence,
  tables: readonly string[],
  isComputed: boolean,
): SqlResults {
  if (tables.length === 0 || tables.some((table) => table.includes(mark)))
    return addUnread(context, endpoint, query, evidence, unread);
  const confidence = query.kind === 'known' ? query.confidence : 'defaulted';
  const results = tables.map((table) => {
    const name = queriedTable(endpoint, [known(table, confidence)], context.factoryKey);
    const asset: NamedAsset = toAsset(name, context.pipelineKey);
    context.activity.addEnd('reads', asset, evidence);
    // Columns of one table keep their names unless the query computes some.
    const all = tables.length === 1 && !isComputed;
    return {
      named: asset,
      influence: 'DIRECT' as const,
      ...(all && { columns: { columns: [], all } }),
    };
  });
  return { results };
}

/** The table that a pipeline of operators begins with. None if others may be read as well. */
function kustoTables(query: string): readonly string[] {
  if (/\b(?:let|union|join|lookup|externaldata|cluster|database|materialize)\b/i.test(query))
    return [];
  const [, plain, quoted] = /^\s*(?:([A-Za-z_]\w*)|\['([^']+)'\])\s*(?:\||$)/.exec(query) ?? [];
  const table = plain ?? quoted;
  return table === undefined ? [] : [table];
}

/** Entities of a FetchXML query of Dynamics and Dataverse, linked ones included. */
const fetchXmlEntities = (query: string): readonly string[] => [
  ...new Set(
    [...query.matchAll(/<(?:link-)?entity\b[^>]{0,500}?\bname\s*=\s*["']([^"']{1,200})["']/gi)].map(
      ([, name]) => name!,
    ),
  ),
];

/** SOQL reads one object: related ones are read through it. */
function objectOfSoql(query: string): readonly string[] {
  const at = findWord(query, fromWord);
  const [, name] = at < 0 ? [] : (/^from\s+(\w+)/i.exec(query.slice(at)) ?? []);
  return name === undefined ? [] : [name];
}

const fromWord: ReadonlySet<string> = new Set(['from']);
