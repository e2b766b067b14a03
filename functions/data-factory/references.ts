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
export function extractReferences(
  body: Json,
  skip: ReadonlySet<Json> = new Set(),
): ExtractedReferences {
  const references: Reference[] = [];
  const globals = new Map<string, { name: string; pointers: string[] }>();
  const path: (string | number)[] = [];

  const visit = (value: Json): void => {
    if (typeof value === 'string') {
      for (const name of globalParametersIn(value)) {
        const known = globals.get(name.toLowerCase()) ?? { name, pointers: [] };
        globals.set(name.toLowerCase(), known);
        const pointer = pointerOf(path);
        if (!known.pointers.includes(pointer)) known.pointers.push(pointer);
      }
      return;
    }
    if (typeof value !== 'object' || value === null || skip.has(value)) return;
    const reference = isObject(value) ? referenceAt(value, path) : undefined;
    if (reference) references.push(reference);
    const members = isList(value) ? value.entries() : Object.entries(value);
    for (const [key, member] of members) {
      path.push(key);
      visit(member);
      path.pop();
    }
  };
  visit(body);
  return { references, globals };
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
  // Most texts contain none, and this test is much cheaper than the search.
  if (!/globalParameters/i.test(text)) return;
  for (const [, plain, quoted] of text.matchAll(globalParameter))
    yield plain ?? quoted!.replaceAll("''", "'");
}
