/** Lists the imports of a source file with the parser that transforms the tests. */
import { readFileSync } from 'node:fs';
import { parseSync } from '@swc/core';

/** The part of swc's syntax tree that the rules use. */
export interface Node {
  readonly type?: string;
  readonly value?: unknown;
  readonly typeOnly?: boolean;
  readonly source?: Node | null;
  readonly specifiers?: readonly { readonly isTypeOnly?: boolean }[];
  readonly argument?: Node;
  readonly arguments?: readonly { readonly expression: Node }[];
  readonly callee?: Node;
  readonly expression?: Node;
  readonly object?: Node;
  readonly property?: Node;
}

export interface Import {
  readonly name: string;
  /** Erased from the bundle. */
  readonly typeOnly: boolean;
}

export function importsOf(file: string): Import[] {
  return nodesOf(file).flatMap((node) => {
    const { type, source, specifiers = [], callee } = node;
    if (source?.type === 'StringLiteral') {
      const onlyTypes = specifiers.length > 0 && specifiers.every(({ isTypeOnly }) => isTypeOnly);
      return { name: String(source.value), typeOnly: node.typeOnly === true || onlyTypes };
    }
    if (type === 'TsImportType') return { name: String(node.argument?.value), typeOnly: true };
    if (type === 'TsExternalModuleReference')
      return { name: String(node.expression?.value), typeOnly: false };
    if (type === 'CallExpression' && (callee?.type === 'Import' || callee?.value === 'require'))
      return { name: String(node.arguments?.[0]?.expression.value), typeOnly: false };
    return [];
  });
}

/** True for any spelling of `process.env`. */
export function readsEnvironment(file: string): boolean {
  return nodesOf(file).some(({ source, object, property }) => {
    if (source?.value === 'node:process' || source?.value === 'process') return true;
    const named = property?.type === 'Computed' ? property.expression : property;
    return object?.value === 'process' && named?.value === 'env';
  });
}

const parsed = new Map<string, Node[]>();

export function nodesOf(file: string): Node[] {
  const known = parsed.get(file);
  if (known) return known;
  const tree = parseSync(readFileSync(file, 'utf8'), {
    syntax: 'typescript',
    tsx: file.endsWith('.tsx'),
    target: 'es2022',
  });
  const nodes = walk(tree);
  parsed.set(file, nodes);
  return nodes;
}

/** Every node below, in no particular order. Positions take as many objects as nodes. */
function walk(tree: object): Node[] {
  const nodes: Node[] = [];
  const remaining: object[] = [tree];
  for (let next = remaining.pop(); next !== undefined; next = remaining.pop()) {
    if ('type' in next) nodes.push(next as Node);
    for (const [name, branch] of Object.entries(next))
      if (typeof branch === 'object' && branch !== null && name !== 'span') remaining.push(branch);
  }
  return nodes;
}
