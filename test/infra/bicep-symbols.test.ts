/** Checks of a Bicep compiler: grammar, declared names, parameters of modules. */
import type { Node } from 'web-tree-sitter';
import {
  bicepReader,
  nodesIn,
  ofType,
  property,
  propertiesOf,
  readAzure,
  stringIn,
  valueOf,
  type BicepFile,
} from './bicep';

/** Bicep functions that the files call. */
const functions = new Set(
  (
    'bool cidrSubnet concat empty environment guid int items join json newGuid readEnvironmentVariable replace ' +
    'loadTextContent resourceGroup split string subscription subscriptionResourceId take tenant toLower union uniqueString'
  ).split(' '),
);

let files: ReadonlyMap<string, BicepFile>;
let read: (name: string, text: string) => BicepFile;
beforeAll(async () => {
  [files, read] = await Promise.all([readAzure(), bicepReader()]);
});
const modules = () => [...files.values()].filter(({ name }) => name.endsWith('.bicep'));

describe('the Bicep files', () => {
  it('parse without errors', () => {
    expect([...files.values()].flatMap(unreadable)).toEqual([]);
    expect(modules().length).toBeGreaterThan(1);
  });

  it('use only declared names', () => {
    expect(modules().flatMap(unknownNames)).toEqual([]);
  });

  it('declare no unused parameter or variable', () => {
    expect(modules().flatMap(unusedNames)).toEqual([]);
  });

  it('pass exactly the declared parameters to modules', () => {
    expect(modules().flatMap(badCalls)).toEqual([]);
  });

  it('read only existing outputs of modules', () => {
    expect(modules().flatMap(missingOutputs)).toEqual([]);
  });

  it('set exactly the required parameters in the parameters file', () => {
    const { declarations } = files.get('main.bicepparam')!;

    const complaints = mismatch(
      'main.bicepparam',
      declarations.map(({ name }) => name),
      files.get('main.bicep')!,
    );

    expect(complaints).toEqual([]);
  });
});

describe('the checks of Bicep files', () => {
  it.each([
    ['a missing brace', unreadable, "resource a 'T@1' = {"],
    ['an undeclared name', unknownNames, 'output a string = undeclared'],
    ['a misspelt function', unknownNames, "output a string = tolower('A')"],
    ['an unused parameter', unusedNames, 'param lonely string'],
    ['an unused variable', unusedNames, 'var lonely = 1'],
    [
      'a module without its parameters',
      badCalls,
      "module s 'storage.bicep' = { name: 's', params: {} }",
    ],
    [
      'a module with a stranger',
      badCalls,
      "module s 'identity.bicep' = { params: { stranger: 1 } }",
    ],
    ['a missing module', badCalls, "module s 'nowhere.bicep' = { params: {} }"],
    [
      'a missing output',
      missingOutputs,
      "module s 'storage.bicep' = { params: {} }\noutput o string = s.outputs.nothing",
    ],
  ])('find %s', (_fault, check, text) => {
    expect(check(read('faulty.bicep', text))).not.toEqual([]);
  });
});

/** The grammar requires a type after `param`, which parameters files omit; only that error is ignored. */
function unreadable({ name, root }: BicepFile): string[] {
  return [...nodesIn(root)]
    .filter((node) => node.type === 'ERROR' || node.isMissing)
    .filter(({ parent }) => !(name.endsWith('.bicepparam') && parent?.type === 'type'))
    .map((node) => `${name}:${node.startPosition.row + 1} ${node.type} ${node.text}`);
}

function unknownNames(file: BicepFile): string[] {
  const declared = new Set([
    ...file.declarations.map(({ name }) => name),
    ...ofType(file.root, 'for_statement').flatMap(loopNames),
  ]);
  return references(file)
    .filter((node) => !(isCalled(node) ? functions : declared).has(node.text))
    .map(({ text, startPosition }) => `${file.name}:${startPosition.row + 1} ${text}`);
}

function unusedNames(file: BicepFile): string[] {
  const used = new Set(references(file).map(({ text }) => text));
  return file.declarations
    .filter(({ kind, name }) => (kind === 'parameter' || kind === 'variable') && !used.has(name))
    .map(({ name }) => `${file.name} ${name}`);
}

function badCalls(file: BicepFile): string[] {
  return callsIn(file).flatMap(({ name, path, node }) => {
    const called = files.get(path);
    const params = property(node, 'params');
    if (!called || !params) return [`${file.name} ${name} has no file or no params`];
    return mismatch(`${file.name} ${name}`, [...propertiesOf(params).keys()], called);
  });
}

function missingOutputs(file: BicepFile): string[] {
  const calls = new Map(callsIn(file).map(({ name, path }) => [name, files.get(path)]));
  return ofType(file.root, 'member_expression')
    .map(({ text }) => /^(\w+)\.outputs\.(\w+)$/.exec(text))
    .filter((match) => match !== null)
    .filter(([, module = '', output]) =>
      calls
        .get(module)
        ?.declarations.every(({ kind, name }) => kind !== 'output' || name !== output),
    )
    .map(([text]) => `${file.name} ${text}`);
}

const callsIn = ({ declarations }: BicepFile) =>
  declarations
    .filter(({ kind }) => kind === 'module')
    .map(({ name, node }) => ({ name, node, path: stringIn(node) }));

function mismatch(who: string, given: readonly string[], called: BicepFile): string[] {
  const params = called.declarations.filter(({ kind }) => kind === 'parameter');
  const known = new Set(params.map(({ name }) => name));
  return [
    ...params
      .filter((param) => !valueOf(param) && !given.includes(param.name))
      .map(({ name }) => `${who} lacks ${name}`),
    ...given.filter((name) => !known.has(name)).map((name) => `${who} gives ${name}, unknown`),
  ];
}

/** Identifiers that refer to a value, without declarations, properties, types and decorators. */
function references({ root }: BicepFile): Node[] {
  return ofType(root, 'identifier').filter((node) => {
    const { parent } = node;
    if (!parent) return false;
    const first = parent.namedChildren[0]?.id === node.id;
    if (parent.type === 'for_statement') return !first;
    if (parent.type.endsWith('_declaration') || parent.type === 'object_property') return !first;
    return parent.type !== 'type' && !isDecorator(parent);
  });
}

const isDecorator = (call: Node) => call.parent?.type === 'decorator';
const isCalled = ({ id, parent }: Node) =>
  parent?.type === 'call_expression' && parent.namedChildren[0]?.id === id;

function loopNames(loop: Node): string[] {
  const [first] = loop.namedChildren;
  if (first?.type === 'identifier') return [first.text];
  return ofType(loop, 'loop_variable', 'loop_enumerator').map(({ text }) => text);
}
