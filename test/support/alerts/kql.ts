/**
 * Runs the part of the Kusto Query Language that the alerts use: `table | extend a = …, b = … | where …`
 * with comparisons, `in`, `and`, `or` and a few functions. Anything else is refused.
 */
export type Row = Readonly<Record<string, unknown>>;
export type Tables = Readonly<Record<string, readonly Row[]>>;

type Expression = (row: Row) => unknown;

export function runQuery(query: string, tables: Tables): readonly Row[] {
  const [table = '', ...operators] = splitOutsideTexts(query, '|');
  const rows = tables[table.trim()];
  if (!rows) throw new Error(`There is no table ${table.trim()}.`);
  return operators.reduce<readonly Row[]>((found, operator) => apply(operator.trim(), found), rows);
}

function apply(operator: string, rows: readonly Row[]): readonly Row[] {
  const [name = '', rest = ''] = /^(\w+)\s+(.*)$/s.exec(operator)?.slice(1) ?? [];
  if (name === 'where') return rows.filter(parse(rest));
  if (name !== 'extend') throw new Error(`The operator ${operator} is not supported.`);
  const columns = splitOutsideTexts(rest, ',').map((column) => {
    const [, target = '', value = ''] = /^\s*(\w+)\s*=\s*(.*)$/s.exec(column) ?? [];
    return [target, parse(value)] as const;
  });
  return rows.map((row) => ({
    ...row,
    ...Object.fromEntries(columns.map(([target, value]) => [target, value(row)])),
  }));
}

/** Parentheses in the alerts hold one argument, so a comma separates columns. */
function splitOutsideTexts(text: string, separator: string): string[] {
  return text.split(new RegExp(`\\${separator}(?=(?:[^"]*"[^"]*")*[^"]*$)`));
}

const textOf = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : value === undefined || value === null
      ? ''
      : JSON.stringify(value);

const functions: Readonly<Record<string, (value: unknown) => unknown>> = {
  parse_json(value) {
    try {
      return JSON.parse(textOf(value)) as unknown;
    } catch {
      return value;
    }
  },
  tostring: textOf,
  toint: (value) => (/^-?\d+$/.test(textOf(value)) ? Number(value) : undefined),
  isempty: (value) => value === undefined || value === null || value === '',
  isnotempty: (value) => value !== undefined && value !== null && value !== '',
  not: (value) => value !== true,
};

const comparisons: Readonly<Record<string, (one: unknown, other: unknown) => boolean>> = {
  '==': (one, other) => one === other,
  '!=': (one, other) => one !== other,
  '>=': (one, other) => Number(one) >= Number(other),
  '>': (one, other) => Number(one) > Number(other),
};

function parse(text: string): Expression {
  const tokens = text.match(/"[^"]*"|[\w.]+|[=!<>]=|[<>(),]/g) ?? [];
  let next = 0;
  const take = (expected?: string) => {
    const token = tokens[next++];
    if (token === undefined || (expected !== undefined && token !== expected))
      throw new Error(`Expected ${expected ?? 'more'} in: ${text}`);
    return token;
  };
  const either = (): Expression => joined('or', both, (one, other) => one || other);
  const both = (): Expression => joined('and', comparison, (one, other) => one && other);
  const expression = either();
  if (next < tokens.length) throw new Error(`${tokens[next]} is not expected in: ${text}`);
  return expression;

  function joined(
    word: string,
    part: () => Expression,
    join: (one: boolean, other: boolean) => boolean,
  ): Expression {
    let left = part();
    while (tokens[next] === word) {
      take();
      const [before, right] = [left, part()];
      left = (row) => join(before(row) === true, right(row) === true);
    }
    return left;
  }

  function comparison(): Expression {
    const left = operand();
    const operator = tokens[next];
    if (operator === 'in') {
      take();
      const values = list();
      return (row) => values.some((value) => value(row) === left(row));
    }
    const compare = comparisons[operator ?? ''];
    if (!compare) return left;
    take();
    const right = operand();
    return (row) => compare(left(row), right(row));
  }

  function list(): Expression[] {
    take('(');
    const values = [operand()];
    while (tokens[next] === ',') {
      take();
      values.push(operand());
    }
    take(')');
    return values;
  }

  function operand(): Expression {
    const token = take();
    if (token.startsWith('"')) return () => token.slice(1, -1);
    if (/^\d+$/.test(token)) return () => Number(token);
    if (token === 'true' || token === 'false') return () => token === 'true';
    if (token === '(' || tokens[next] === '(') {
      const call = token === '(' ? (value: unknown) => value : functions[token];
      if (!call) throw new Error(`The function ${token} is not supported.`);
      if (token !== '(') take('(');
      const argument = either();
      take(')');
      return (row) => call(argument(row));
    }
    const path = token.split('.');
    return (row) => path.reduce<unknown>((value, name) => (value as Row | undefined)?.[name], row);
  }
}
