/**
 * The part of the Kusto language that the discovery of factories needs: `resources` with `where`,
 * `project`, `order by` and `limit`. Other queries fail with the error of Resource Graph for an
 * invalid query.
 */
import { ArmError } from '../arm-error';
import { field, textOf, type Json } from '../json';

type Rows = readonly Json[];
type Step = (rows: Rows) => Rows;

export function runQuery(query: string, resources: Rows): Rows {
  const [table, ...clauses] = split(query);
  if (!/^resources$/i.test(table ?? '')) throw invalidQuery(table ?? '');
  return clauses.map(toStep).reduce((rows, step) => step(rows), resources);
}

/** Splits at `|` outside quotes, without comments. */
function split(query: string): string[] {
  const plain = query.replace(/\/\/.*$/gm, '');
  const parts = plain.match(/(?:'[^']*'|"[^"]*"|[^|'"])+/g) ?? [];
  return parts.map((part) => part.trim());
}

function toStep(clause: string): Step {
  const [, operator = '', operand = ''] = /^(\w+)\s*(.*)$/s.exec(clause) ?? [];
  switch (operator.toLowerCase()) {
    case 'where':
      return where(operand);
    case 'project':
      return project(operand);
    case 'order':
    case 'sort':
      return orderBy(operand);
    case 'limit':
    case 'take':
      return limit(operand);
    default:
      throw invalidQuery(clause);
  }
}

function where(text: string): Step {
  const tests = text.split(/\s+and\s+/i).map(condition);
  return (rows) => rows.filter((row) => tests.every((test) => test(row)));
}

function condition(text: string): (row: Json) => boolean {
  const match = /^([\w.]+)\s*(=~|==|!~|!=|in~|in)\s*(.+)$/is.exec(text.trim());
  if (!match) throw invalidQuery(text);
  const [, field, operator, operand] = match as unknown as [string, string, string, string];
  const isList = operator.toLowerCase().startsWith('in');
  const texts = isList ? listOf(operand) : [literal(operand)];
  const withoutCase = operator.endsWith('~');
  const plain = (value: string) => (withoutCase ? value.toLowerCase() : value);
  const wanted = new Set(texts.map(plain));
  const negative = operator.startsWith('!');
  return (row) => wanted.has(plain(textOf(valueAt(row, field)))) !== negative;
}

function listOf(text: string): string[] {
  const [, inside] = /^\((.*)\)$/s.exec(text.trim()) ?? [];
  if (inside === undefined) throw invalidQuery(text);
  return inside.split(',').map(literal);
}

function literal(text: string): string {
  const [, single, double] = /^(?:'([^']*)'|"([^"]*)")$/.exec(text.trim()) ?? [];
  const value = single ?? double;
  if (value === undefined) throw invalidQuery(text);
  return value;
}

function project(text: string): Step {
  const columns = text.split(',').map((column) => {
    const [, alias, field] = /^(?:(\w+)\s*=\s*)?([\w.]+)$/.exec(column.trim()) ?? [];
    if (!field) throw invalidQuery(column);
    return { name: alias ?? field.replaceAll('.', '_'), field };
  });
  return (rows) =>
    rows.map((row) =>
      Object.fromEntries(columns.map(({ name, field }) => [name, valueAt(row, field) ?? null])),
    );
}

function orderBy(text: string): Step {
  const [, list] = /^by\s+(.+)$/is.exec(text) ?? [];
  if (!list) throw invalidQuery(text);
  const keys = list.split(',').map((key) => {
    const match = /^([\w.]+)(?:\s+(asc|desc))?$/i.exec(key.trim());
    if (!match) throw invalidQuery(key);
    // The default order of Kusto is descending.
    return { field: match[1]!, sign: match[2]?.toLowerCase() === 'asc' ? 1 : -1 };
  });
  const compare = (one: Json, other: Json): number => {
    for (const { field, sign } of keys) {
      const [left, right] = [one, other].map((row) => textOf(valueAt(row, field)));
      if (left !== right) return left! < right! ? -sign : sign;
    }
    return 0;
  };
  return (rows) => [...rows].sort(compare);
}

function limit(text: string): Step {
  if (!/^\d+$/.test(text.trim())) throw invalidQuery(text);
  return (rows) => rows.slice(0, Number(text));
}

const valueAt = (row: Json, path: string): unknown => path.split('.').reduce<unknown>(field, row);

const invalidQuery = (token: string) =>
  new ArmError(400, 'BadRequest', 'Please provide below info when asking for support.', {}, [
    {
      code: 'InvalidQuery',
      message:
        'Query is invalid. Please refer to the documentation for the Azure Resource Graph service and fix the error before retrying.',
    },
    { code: 'ParserFailure', message: `ParserFailure near '${token.trim()}'`, token: token.trim() },
  ]);
