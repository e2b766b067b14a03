/**
 * References in JSON of Data Factory. A reference names its own type, so it is found anywhere,
 * including in types of activities and connectors that are unknown here.
 */
import {
  getField,
  isList,
  isObject,
  findKey,
  pointerOf,
  getText,
  type Json,
  type JsonObject,
} from './json';
import type { ResourceKind } from './resource';

export interface Reference {
  readonly kind: ResourceKind;
  readonly name: string;
  /** True if the name is an expression, so the target is known at run time only. */
  readonly template: boolean;
  readonly pointer: string;
  readonly parameters?: JsonObject;
}

export interface ExtractedReferences {
  readonly references: readonly Reference[];
  /** Global parameters used in expressions, by lower-case name. */
  readonly globals: ReadonlyMap<string, { readonly name: string; readonly pointers: string[] }>;
}

const kindByType: Readonly<Record<string, ResourceKind>> = {
  datasetreference: 'dataset',
  linkedservicereference: 'linkedService',
  integrationruntimereference: 'integrationRuntime',
  credentialreference: 'credential',
  dataflowreference: 'dataFlow',
  pipelinereference: 'pipeline',
  triggerreference: 'trigger',
  managedvirtualnetworkreference: 'managedVirtualNetwork',
};

/** Kinds by the key of a reference or of its list, for references without a type. */
const kindByKey: Readonly<Record<string, ResourceKind>> = {
  dataset: 'dataset',
  datasets: 'dataset',
  inputs: 'dataset',
  outputs: 'dataset',
  linkedservice: 'linkedService',
  linkedservicename: 'linkedService',
  store: 'linkedService',
  connectvia: 'integrationRuntime',
  credential: 'credential',
  dataflow: 'dataFlow',
  flowlet: 'dataFlow',
  pipeline: 'pipeline',
  pipelinereference: 'pipeline',
  referencetrigger: 'trigger',
  managedvirtualnetwork: 'managedVirtualNetwork',
};

/** `skip` contains the values to leave out, compared by identity. */
export function extractReferences(body: Json, skip: readonly Json[] = []): ExtractedReferences {
  const walk = new ReferenceWalk(skip);
  walk.visit(body);
  return walk;
}

class ReferenceWalk implements ExtractedReferences {
  readonly references: Reference[] = [];
  readonly globals = new Map<string, { name: string; pointers: string[] }>();
  private readonly path: (string | number)[] = [];

  constructor(private readonly skip: readonly Json[]) {}

  visit(value: Json): void {
    if (typeof value === 'string') return this.visitText(value);
    if (typeof value !== 'object' || value === null) return;
    if (this.skip.length > 0 && this.skip.includes(value)) return;
    const { path } = this;
    if (isList(value)) {
      for (let index = 0; index < value.length; index++) {
        path.push(index);
        this.visit(value[index]!);
        path.pop();
      }
      return;
    }
    const reference = referenceAt(value as JsonObject, path);
    if (reference) this.references.push(reference);
    for (const key of Object.keys(value)) {
      path.push(key);
      this.visit((value as JsonObject)[key]!);
      path.pop();
    }
  }

  private visitText(text: string): void {
    // Most texts contain none, and this test is much cheaper than the search.
    if (text.length < minGlobalParameter || !text.includes('(')) return;
    for (const name of globalParametersIn(text)) {
      const known = this.globals.get(name.toLowerCase()) ?? { name, pointers: [] };
      this.globals.set(name.toLowerCase(), known);
      const pointer = pointerOf(this.path);
      if (!known.pointers.includes(pointer)) known.pointers.push(pointer);
    }
  }
}

function referenceAt(value: JsonObject, path: readonly (string | number)[]): Reference | undefined {
  const key = findKey(value, 'referenceName');
  if (key === undefined) return undefined;
  const type = getText(value, 'type');
  const enclosingKey = path.findLast((part) => typeof part === 'string') ?? '';
  const kind =
    type === undefined ? kindByKey[enclosingKey.toLowerCase()] : kindByType[type.toLowerCase()];
  const given = value[key];
  const name = typeof given === 'string' ? given : getText(given, 'value');
  if (kind === undefined || name === undefined || name === '') return undefined;
  const parameters = parametersOf(value);
  return {
    kind,
    name,
    template: typeof given !== 'string' || isExpression(name),
    pointer: pointerOf([...path, key]),
    ...(parameters && { parameters }),
  };
}

/** Longer parameters are left out of the edge; they are in the body of the document. */
const maxParametersLength = 8_000;

/** Parameters beside a reference. Undefined if there are none or they are too long. */
export function parametersOf(value: Json | undefined): JsonObject | undefined {
  const parameters = getField(value, 'parameters');
  if (!isObject(parameters) || Object.keys(parameters).length === 0) return undefined;
  return JSON.stringify(parameters).length > maxParametersLength ? undefined : parameters;
}

/**
 * Expressions begin with `@`, contain `@{…}`, or are `[…]` in an ARM template. `@@` and `[[` escape
 * plain text.
 */
export const isExpression = (text: string): boolean =>
  /^@(?!@)|@\{/.test(text) || /^\[(?!\[)[\s\S]*\]$/.test(text);

const globalParameter =
  /pipeline\(\s*\)\s*\??(?:\.\s*|\[\s*')globalParameters(?:'\s*\])?\s*\??(?:\.\s*([A-Za-z_]\w*)|\[\s*'((?:[^']|'')+)'\s*\])/gi;

const minGlobalParameter = 'pipeline().globalParameters.x'.length;

/** Positions of the references in a text. */
export const globalParameterReferences = (
  text: string,
): readonly { readonly start: number; readonly end: number }[] =>
  /globalParameters/i.test(text)
    ? [...text.matchAll(globalParameter)].map(({ index, 0: found }) => ({
        start: index,
        end: index + found.length,
      }))
    : [];

function* globalParametersIn(text: string): Generator<string> {
  if (!/globalParameters/i.test(text)) return;
  for (const [, plain, quoted] of text.matchAll(globalParameter))
    yield plain ?? quoted!.replaceAll("''", "'");
}
