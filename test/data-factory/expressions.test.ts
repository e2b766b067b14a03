/** Expression language: what is known before a run, and placeholders for the rest. */
import fc from 'fast-check';
import { evaluate, hasExpression } from '../../functions/data-factory/expressions/evaluate';
import type { Scope } from '../../functions/data-factory/expressions/scope';
import {
  known,
  labelOf,
  patternText,
  unknown,
  type Value,
} from '../../functions/data-factory/expressions/value';
import type { Json } from '../../functions/data-factory/json';

const scope: Scope = {
  pipelineName: 'Load',
  factoryName: 'sales',
  pipelineParameters: new Map<string, Value>([
    ['schema', known('dbo', 'defaulted')],
    ['table', known('Orders', 'literal-params')],
    ['late', unknown('late')],
  ]),
  globalParameters: new Map([['env', known('prod', 'defaulted')]]),
  datasetParameters: new Map([['file name', known('a.csv', 'literal-params')]]),
  item: known({ Name: 'Parties', Deep: { Path: [1, 'x'] } }, 'defaulted'),
};
const shown = (value: Value): Json => (value.kind === 'known' ? value.value : patternText(value));
const valueOf = (text: Json) => shown(evaluate(text, scope));

describe('evaluate', () => {
  it.each<[Json, Json]>([
    ['plain', 'plain'],
    ['@@name', '@name'],
    ['a@@{b', 'a@{b'],
    ['someone@example.com', 'someone@example.com'],
    ['@pipeline().parameters.Schema', 'dbo'],
    ["@pipeline()?['parameters']?['table']", 'Orders'],
    ['@pipeline().globalParameters.env', 'prod'],
    ['@factory().globalParameters.env', 'prod'],
    ['@pipeline().Pipeline', 'Load'],
    ["@dataset()['file name']", 'a.csv'],
    ["@dataset('file name')", 'a.csv'],
    ['@item().name', 'Parties'],
    ['@item().Deep.Path[1]', 'x'],
    ["[@{concat('a', 'b')}].[@{item().Name}]", '[ab].[Parties]'],
    ["@concat('it''s ', string(1), '{', 'a', '}')", "it's 1{a}"],
    ["@toUpper(substring('abcdef', 1, 3))", 'BCD'],
    ["@substring('abcdef', 4)", 'ef'],
    ["@last(split('a/b/c', '/'))", 'c'],
    ["@join(createArray('a', 'b'), '-')", 'a-b'],
    ["@replace('a.b.c', '.', '_')", 'a_b_c'],
    ["@if(equals(pipeline().parameters.schema, 'dbo'), 'yes', 'no')", 'yes'],
    ['@json(\'{"a":{"b":1}}\').a.c', '{json.a.c}'],
    ["@if(equals('a', 'A'), 'yes', 'no')", '{if(equals(a,A),yes,no)}'],
    ["@if(contains('Orders', 'orders'), 'yes', 'no')", '{if(contains(Orders,orders),yes,no)}'],
    ["@concat('flag=', true, '/', string(false))", 'flag=True/False'],
    ["@if(or(true, activity('L').output.x), 'yes', 'no')", 'yes'],
    ["@coalesce(null, 'b')", 'b'],
    ['@json(\'{"a":[1,2]}\').a[1]', 2],
    ['@add(1, mul(2, 3))', 7],
    ['@div(7, 2)', 3],
    ["@int('12')", 12],
    ["@contains(createArray('a'), 'a')", true],
    ["@empty('')", true],
    ['@range(1, 3)', [1, 2, 3]],
    ['@float(pipeline().parameters.late)', '{float(late)}'],
    [{ value: "@concat('x', 'y')", type: 'Expression' }, 'xy'],
    [{ a: ['@item().Name'] }, { a: ['Parties'] }],
    ["[concat('a', 'b')]", 'ab'],
    ["[parameters('server')]", '{server}'],
    ['[dbo].[Orders]', '[dbo].[Orders]'],
    ["@{activity('Look up').output.firstRow.Path}/x", '{Look up.firstRow.Path}/x'],
    ["landing/@{utcnow('yyyy')}/sales.csv", 'landing/{utcnow:yyyy}/sales.csv'],
    ["@concat('a/', variables('v'), '/b')", 'a/{v}/b'],
    ['@guid()', '{guid}'],
    ['@pipeline().parameters.missing', '{missing}'],
    ['@null', null],
    ["@'text'", 'text'],
  ])('evaluates %j to %j', (text, expected) => {
    expect(valueOf(text)).toEqual(expected);
  });

  it('names the activities whose output a value depends on', () => {
    const value = evaluate(
      "@concat(activity('A').output.x, toUpper(activity('B').output.y))",
      scope,
    );

    expect(value.reads).toEqual(['A', 'B']);
  });

  it.each([
    ['@concat(', 'The expression is incomplete.'],
    ['@concat(1 2)', 'Arguments are not separated by a comma.'],
    ["@concat('a", 'A text in quotes is not closed.'],
    ['a @{item()', 'An interpolation is not closed.'],
    ['@item() and more', 'Text follows the expression.'],
    [`@${'trim('.repeat(1_000)}'a'${')'.repeat(1_000)}`, 'is nested more than 256 deep.'],
    [`@concat('${'a'.repeat(8_192)}')`, 'is longer than 8192 characters.'],
    [`@item()${'.a'.repeat(1_000)}`, 'more than 256 members.'],
  ])('warns of %.40s and leaves a placeholder', (text, sentence) => {
    const warnings: string[] = [];

    const value = evaluate(text, scope, (warning) => warnings.push(warning));

    expect(value.kind).toBe('pattern');
    expect(warnings.join()).toContain(sentence);
  });

  it('distinguishes placeholders of different expressions', () => {
    const texts = ["@split(item().a, '/')[0]", "@split(item().a, '/')[1]", '@trim(item().a)'];

    const labels = texts.map((text) => labelOf(evaluate(text, {})));

    expect(new Set(labels).size).toBe(3);
  });

  it.each<[Json, string]>([
    ['plain', 'static'],
    ['@pipeline().parameters.table', 'literal-params'],
    ["@concat(pipeline().parameters.table, '')", 'defaulted'],
    ['@item().Name', 'defaulted'],
  ])('grades %j as %s', (text, confidence) => {
    expect(evaluate(text, scope)).toMatchObject({ confidence });
  });

  it('never throws and never leaves an expression in a placeholder', () => {
    const fragment = fc.constantFrom(
      '@', '@{', '}', '(', ')', "'", '[', ']', '?.', '.', ',', 'concat', 'item()', 'dataset()',
      "'a'", ' ', '1', 'pipeline().parameters.late', 'utcnow()', '@@', '{', '\u{1F600}', '\ud800',
    ); // prettier-ignore
    const text = fc.array(fragment, { maxLength: 30 }).map((parts) => parts.join(''));

    const isSafe = (input: string) => {
      const value = evaluate(input, scope);
      const parts = value.kind === 'known' ? [] : value.parts;
      const names = parts.flatMap((part) => (typeof part === 'string' ? [] : [part.name]));
      return typeof hasExpression(input) === 'boolean' && !names.some((name) => /[@{}]/.test(name));
    };

    const result = fc.check(fc.property(fc.oneof(text, fc.string({ unit: 'binary' })), isSafe), {
      numRuns: 400,
    });

    expect(result.counterexample).toBeNull();
  });

  it('computes hostile nesting within its bounds', () => {
    const doubled = Array.from({ length: 12 }).reduce<string>(
      (inner) => `replace(${inner},'a','${'a'.repeat(20)}')`,
      "'aaaa'",
    );

    expect(evaluate(`@${doubled}`, scope).kind).toBe('pattern');
  });
});
