/** The SQL or the script that an activity executes, as the catalog stores it: redacted. */
import { getField, getText, isList, type Json } from '../../data-factory/json';
import { rowKeyOf } from '../../data-factory/resource-id';
import type { Facets } from './event';
import type { MakeFacet } from './facets';

const maxLength = 64_000;
const queryFields = ['sqlReaderQuery', 'oracleReaderQuery', 'query'];

export function sourceFacets(
  activity: Json | undefined,
  bodies: (rowKey: string) => Json | undefined,
  facet: MakeFacet,
): Facets {
  const settings = getField(activity, 'typeProperties');
  const query = [...queries(settings), ...scripts(settings)].join(';\n');
  const flow = getText(getField(settings, 'dataFlow'), 'referenceName');
  const script = flow === undefined ? undefined : scriptOf(bodies(rowKeyOf('dataFlow', flow)));
  return {
    ...(isShown(query) && { sql: facet('SQLJobFacet', { query }) }),
    ...(isShown(script) && {
      sourceCode: facet('SourceCodeJobFacet', { language: 'DataFlowScript', sourceCode: script }),
    }),
  };
}

/** A text that is cut would be wrong. */
const isShown = (text: string | undefined): text is string =>
  text !== undefined && text !== '' && text.length <= maxLength;

/** Text that is built by an expression is no SQL. */
const isLiteral = (text: string | undefined): text is string =>
  text !== undefined && text.trim() !== '' && !/^@(?!@)|@\{/.test(text);

function queries(settings: Json | undefined): string[] {
  const source = getField(settings, 'source');
  return queryFields
    .map((name) => getText(source, name))
    .filter(isLiteral)
    .slice(0, 1);
}

function scripts(settings: Json | undefined): string[] {
  const list = getField(settings, 'scripts');
  return isList(list) ? list.map((each) => getText(each, 'text')).filter(isLiteral) : [];
}

/** One string, or a list of lines. */
function scriptOf(flow: Json | undefined): string | undefined {
  const settings = getField(getField(flow, 'properties'), 'typeProperties');
  const lines = getField(settings, 'scriptLines');
  if (isList(lines)) return lines.filter((line) => typeof line === 'string').join('\n');
  return getText(settings, 'script');
}
