/** Parser of data-flow scripts. */
import fc from 'fast-check';
import { parseScript } from '../../functions/data-factory/data-flow-script/parser';
import { scriptOf } from '../../functions/data-factory/data-flow-script/script-text';
import { ScriptSyntaxError } from '../../functions/data-factory/data-flow-script/syntax';

const script = `parameters{
  from as string ("a, {b}"), keys as string[] (["x","y"])
}
/* two sources */
source(output(id as integer, {Full Name} as string, price as decimal(10,2)),
  allowSchemaDrift: true) ~> Orders // newest
source(output(key as integer[], tree as (a as string, b as integer)[])) ~> Parties
Orders, Parties join(Orders@id == Parties@key[1], joinType:'left') ~> Joined
Joined split(price > 1L && isNull(byName('x', 'it\\'s')), disjoint: false) ~> Split1@(high, low)
Split1@high select(mapColumn(number = id, each(match(name!='id'), 'n_' + $$ = $$))) ~> Picked
Picked derive(doc = @(a=number, b={Full Name}), m = event.{a.b}.c, k = cache#lookup(id).v) ~> Built
Built sink(skipDuplicateMapInputs: true) ~> Out`;

describe('parseScript', () => {
  it('reads statements with inputs, outputs and parameters', () => {
    const { parameters, statements } = parseScript(script);

    expect(parameters).toEqual(['from', 'keys']);
    expect(statements.map(({ type, name }) => `${type} ${name}`)).toEqual([
      'source Orders', 'source Parties', 'join Joined', 'split Split1', 'select Picked',
      'derive Built', 'sink Out',
    ]); // prettier-ignore
    expect(statements[3]!.branches).toEqual(['high', 'low']);
    expect(statements[4]!.inputs).toEqual([{ name: 'Split1', branch: 'high' }]);
  });

  it('reads quoted names, streams and members of columns', () => {
    const { statements } = parseScript(script);

    expect(statements[0]!.args[0]).toMatchObject({
      name: 'output',
      args: [{ name: 'id' }, { name: 'Full Name' }, { name: 'price', type: 'decimal(10,2)' }],
    });
    expect(statements[2]!.args[0]).toMatchObject({
      kind: 'operation',
      operands: [{ kind: 'column', name: 'id', stream: 'Orders' }, { kind: 'operation' }],
    });
    expect(statements[5]!.args[1]).toMatchObject({
      value: { kind: 'column', name: 'event', members: ['a.b', 'c'] },
    });
  });

  it.each([
    ['source(', 'in line 1'],
    ['source() ~>', 'The name of a stream is missing in line 1.'],
    ['a b(\n"open) ~> c', 'Unexpected character in line 2.'],
    [`a derive(x = ${'('.repeat(1_000)}1${')'.repeat(1_000)}) ~> b`, 'more than 200 deep'],
    ['x'.repeat(1_000_001), 'longer than 1000000 characters'],
  ])('refuses %.30j with its line', (text, sentence) => {
    expect(() => parseScript(text)).toThrow(sentence);
  });

  it('reads 200 KB in bounded time or refuses it', () => {
    const long = Array.from(
      { length: 4_000 },
      (_, n) => `s${n} derive(c${n} = upper(a) + '${n}') ~> s${n + 1}\n`,
    ).join('');

    expect(parseScript(long).statements).toHaveLength(4_000);
  });

  it('throws nothing but syntax errors', () => {
    const piece = fc.constantFrom(
      'source(', 'output(', ')', '~>', ' a', '@(', ',', '=', ':', "'", '"', '{', '}', '$$', '$p',
      '#', '[', ']', '==', ' as string', '/*', '//', '\n', '.', '1L', '`',
    ); // prettier-ignore
    const isRead = (text: string) => {
      try {
        parseScript(text);
        return true;
      } catch (error) {
        return error instanceof ScriptSyntaxError;
      }
    };

    const result = fc.check(
      fc.property(fc.array(piece, { maxLength: 40 }), (parts) => isRead(parts.join(''))),
      { numRuns: 500 },
    );

    expect(result.counterexample).toBeNull();
  });
});

describe('scriptOf', () => {
  it.each([
    [{ script: 'a' }, 'a'],
    [{ scriptLines: ['a', 1, 'b'] }, 'a\nb'],
    [{ sources: [{ script: 'a' }], sinks: [{ script: 'b' }] }, 'a\nb'],
    [null, ''],
  ])('reads %j', (typeProperties, expected) => {
    expect(scriptOf(typeProperties)).toBe(expected);
  });
});
