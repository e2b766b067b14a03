/**
 * Physical assets: tables, files and objects outside of Data Factory, named as OpenLineage does. A
 * template stands for assets whose name is known at run time only.
 */
import { createHash } from 'node:crypto';
import {
  confidenceOf,
  isLocal,
  patternText,
  textOf,
  weakest,
  type Confidence,
  type Value,
} from '../../data-factory/expressions/value';

export interface Asset {
  /** Equal for equal assets, also if their names are spelled in different ways. */
  readonly id: string;
  readonly kind: 'asset' | 'template';
  readonly namespace: string;
  readonly name: string;
  /** Type of the dataset or linked service, as Data Factory names it. */
  readonly type: string;
  /** Name of the Key Vault secret that holds the host, which is therefore unknown. */
  readonly secretName?: string;
}

export interface AssetName {
  readonly namespace: Value;
  readonly name: Value;
  readonly type: string;
  /** How names are compared. */
  readonly ignoresCase: boolean;
  /** Part of the identity instead of the namespace: for the two protocols of a storage account. */
  readonly identity?: Value;
  /** The part in which an unknown host is always the same one: a factory. */
  readonly hostScope?: string;
  readonly secretName?: string;
}

/** An asset and how its name is known. */
export interface NamedAsset {
  readonly asset: Asset;
  readonly confidence: Confidence;
  /** Activities whose output the name depends on. */
  readonly reads: readonly string[];
}

/** `scope` is the pipeline in which placeholders of parameters and items have one meaning. */
export function toAsset(named: AssetName, scope: string): NamedAsset {
  const { namespace, name, identity = namespace, ignoresCase, type, secretName } = named;
  const parts = [namespace, name];
  const patterns = [identity, name].filter((part) => part.kind === 'pattern');
  const isTemplate = parts.some(({ kind }) => kind === 'pattern');
  const shownNamespace = shownText(namespace);
  const shownName = shownText(name);
  const key = [
    (identity === namespace ? shownNamespace : shownText(identity)).toLowerCase(),
    ignoresCase ? shownName.toLowerCase() : shownName,
    patterns.some(isLocal) ? scope.toLowerCase() : '',
    (named.hostScope ?? '').toLowerCase(),
  ];
  return {
    asset: {
      id: createHash('sha256').update(JSON.stringify(key)).digest('base64url').slice(0, 22),
      kind: isTemplate ? 'template' : 'asset',
      namespace: shownNamespace,
      name: shownName,
      type: withoutExpression(type),
      ...(secretName !== undefined && { secretName: withoutExpression(secretName) }),
    },
    confidence: weakest(...parts.map(confidenceOf)),
    reads: [...new Set(parts.flatMap(({ reads }) => reads))],
  };
}

const shownText = (value: Value) =>
  withoutExpression(value.kind === 'known' ? textOf(value.value) : patternText(value));

/**
 * A name that looks like an expression or a converted object is not one: a text in quotes may hold
 * anything. Its marks are encoded as in a URL.
 */
export const withoutExpression = (text: string): string =>
  mayHoldExpression.test(text) ? withEncodedMarks(text) : text;

/** Most names hold none of these, and are read once. */
const mayHoldExpression = /@|\{'value'|\[object/i;

const withEncodedMarks = (text: string): string =>
  text
    .replaceAll('@{', '%40{')
    .replace(/@(?=(?:dataset|pipeline|item|activity|linkedService|variables)\()/gi, '%40')
    .replaceAll("{'value'", "%7B'value'")
    .replace(/\[object Object\]/gi, '%5Bobject Object%5D');
