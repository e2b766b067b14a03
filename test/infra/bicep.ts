/** Parses Bicep files with a tree-sitter grammar: declarations, references, properties. */
import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Language, Parser, type Node } from 'web-tree-sitter';

export const azureFolder = join(__dirname, '../../infra/azure');

export interface Declaration {
  readonly kind: 'parameter' | 'variable' | 'resource' | 'module' | 'output';
  readonly name: string;
  readonly node: Node;
  /** Names of its decorators. */
  readonly decorators: readonly string[];
}

export interface BicepFile {
  readonly name: string;
  readonly text: string;
  readonly root: Node;
  readonly declarations: readonly Declaration[];
}

type Read = (name: string, text: string) => BicepFile;
let reader: Promise<Read> | undefined;

/** Shared, because the runtime of the parser cannot be started twice. */
export const bicepReader = (): Promise<Read> => (reader ??= makeReader());

async function makeReader(): Promise<Read> {
  await Parser.init();
  const grammar = require.resolve('tree-sitter-bicep/tree-sitter-bicep.wasm');
  const parser = new Parser();
  parser.setLanguage(await Language.load(readFileSync(grammar)));
  return (name, text) => {
    const tree = parser.parse(text);
    if (tree === null) throw new Error(`${name} was not parsed`);
    return { name, text, root: tree.rootNode, declarations: declarationsOf(tree.rootNode) };
  };
}

/** Every file of infra/azure, by name. */
export async function readAzure(): Promise<ReadonlyMap<string, BicepFile>> {
  const read = await bicepReader();
  return new Map(
    readdirSync(azureFolder)
      .filter((file) => /\.bicep(param)?$/.test(file))
      .map((file) => [file, read(basename(file), readFileSync(join(azureFolder, file), 'utf8'))]),
  );
}

export function* nodesIn(node: Node): Generator<Node> {
  yield node;
  for (const child of node.children) if (child !== null) yield* nodesIn(child);
}

export const ofType = (node: Node, ...types: readonly string[]): Node[] =>
  [...nodesIn(node)].filter(({ type }) => types.includes(type));

/** The value of a declaration, if any. */
export const valueOf = ({ node }: Declaration): Node | undefined => {
  const equals = node.children.findIndex((child) => child?.type === '=');
  return equals < 0 ? undefined : (node.children[equals + 1] ?? undefined);
};

/** Splits `'Microsoft.Storage/storageAccounts@2025-06-01'`. A nested resource has no version. */
export function resourceType({ node }: Declaration): { readonly type: string; version: string } {
  const [type = '', version = ''] = stringIn(node).split('@');
  return { type, version };
}

/** The text of the first plain string in a node. */
export const stringIn = (node: Node): string => ofType(node, 'string_content')[0]?.text ?? '';

/** The value at a path of property names, through the loop or condition around an object. */
export function property(node: Node | undefined, path: string): Node | undefined {
  let found = node && ofType(node, 'object')[0];
  let value: Node | undefined;
  for (const name of path.split('.')) {
    value = found && propertiesOf(found).get(name);
    found = value?.type === 'object' ? value : undefined;
  }
  return value;
}

export function propertiesOf(object: Node): ReadonlyMap<string, Node> {
  return new Map(
    object.namedChildren
      .filter((child) => child?.type === 'object_property' && child.namedChildCount === 2)
      .map((child) => [
        child!.namedChildren[0]!.text.replace(/^'|'$/g, ''),
        child!.namedChildren[1]!,
      ]),
  );
}

function declarationsOf(root: Node): Declaration[] {
  let decorators: string[] = [];
  return root.namedChildren.flatMap((node) => {
    if (node?.type === 'decorators') {
      decorators = ofType(node, 'call_expression').map((call) => call.namedChildren[0]!.text);
      return [];
    }
    const kind = /^(parameter|variable|resource|module|output)_declaration$/.exec(node?.type ?? '');
    if (!node || !kind) return [];
    const declared = {
      kind: kind[1] as Declaration['kind'],
      name: node.namedChildren[0]!.text,
      node,
      decorators,
    };
    decorators = [];
    return [declared];
  });
}
