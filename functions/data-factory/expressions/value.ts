/**
 * Values of expressions that are evaluated before they run. A value is known, or it is a text with
 * placeholders for parts that are known at run time only.
 */
import type { Json } from '../json';

/** How a value is known, the best first. */
export const confidences = ['static', 'literal-params', 'defaulted', 'runtime', 'dynamic'] as const;
export type Confidence = (typeof confidences)[number];

export interface Placeholder {
  /** `utcnow:yyyy`, `item.Table`: names what is unknown. */
  readonly name: string;
  /** True if equal placeholders of two pipelines may differ. A time is the same for all. */
  readonly local: boolean;
}

export interface Known {
  readonly kind: 'known';
  readonly value: Json;
  readonly confidence: Confidence;
  /** Activities whose output the value depends on. */
  readonly reads: readonly string[];
}

export interface Pattern {
  readonly kind: 'pattern';
  /** At least one placeholder, and no two texts in a row. */
  readonly parts: readonly (string | Placeholder)[];
  readonly reads: readonly string[];
}

export type Value = Known | Pattern;

export const known = (
  value: Json,
  confidence: Confidence = 'static',
  reads: readonly string[] = [],
): Known => ({ kind: 'known', value, confidence, reads });

export const unknown = (name: string, reads: readonly string[] = [], local = true): Pattern => ({
  kind: 'pattern',
  parts: [{ name: placeholderName(name), local }],
  reads,
});

export function weakest(...all: readonly Confidence[]): Confidence {
  let found: Confidence = 'static';
  for (const each of all) if (ranks[each] > ranks[found]) found = each;
  return found;
}

const ranks = Object.fromEntries(confidences.map((each, rank) => [each, rank])) as Readonly<
  Record<Confidence, number>
>;

export const confidenceOf = (value: Value): Confidence =>
  value.kind === 'known' ? value.confidence : 'dynamic';

/** The value with a confidence that is at most as good. */
export const atBest = (value: Value, confidence: Confidence): Value =>
  value.kind === 'known' ? { ...value, confidence: weakest(value.confidence, confidence) } : value;

export const readsOf = (values: readonly Value[]): readonly string[] => {
  // Most values depend on no activity.
  if (values.every(({ reads }) => reads.length === 0)) return noReads;
  const all = values.flatMap(({ reads }) => reads);
  return all.length < 2 ? all : [...new Set(all)];
};

const noReads: readonly string[] = [];

/** Text of a known value, as Data Factory inserts it into a text: `True` and `False` are capitalized. */
export const textOf = (value: Json): string =>
  value === null
    ? ''
    : typeof value === 'object'
      ? JSON.stringify(value)
      : typeof value === 'boolean'
        ? booleanTexts[`${value}`]
        : String(value);

const booleanTexts = { true: 'True', false: 'False' } as const;

/** All values as one text. */
export function joinTexts(values: readonly Value[]): Value {
  const parts: (string | Placeholder)[] = [];
  const add = (text: string) => {
    const last = parts.at(-1);
    if (typeof last === 'string') parts[parts.length - 1] = last + text;
    else if (text !== '') parts.push(text);
  };
  for (const value of values)
    if (value.kind === 'known') add(textOf(value.value));
    else
      for (const part of value.parts)
        if (typeof part === 'string') add(part);
        else parts.push(part);
  const reads = readsOf(values);
  return parts.some((part) => typeof part !== 'string')
    ? { kind: 'pattern', parts, reads }
    : known((parts[0] as string | undefined) ?? '', weakest(...values.map(confidenceOf)), reads);
}

/** Text of a pattern, with placeholders in braces. */
export const patternText = ({ parts }: Pattern): string =>
  parts.map((part) => (typeof part === 'string' ? part : `{${part.name}}`)).join('');

/** Short text of a value, for the name of a placeholder that depends on it. */
export const labelOf = (value: Value): string =>
  value.kind === 'known'
    ? textOf(value.value)
    : value.parts.map((part) => (typeof part === 'string' ? part : part.name)).join('');

export const isLocal = ({ parts }: Pattern): boolean =>
  parts.some((part) => typeof part !== 'string' && part.local);

const maxPlaceholderLength = 80;

/** Without characters that begin or end an expression or a placeholder. */
function placeholderName(name: string): string {
  const plain = name
    .replace(/[@{}[\]"'\p{Cc}]+/gu, ' ')
    .trim()
    .replace(/ {2,}/g, ' ');
  if (plain.length <= maxPlaceholderLength) return plain === '' ? 'unknown' : plain;
  return `${plain.slice(0, maxPlaceholderLength - 10)}~${checksum(plain)}`;
}

/** Tells long names apart (FNV-1a). */
function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++)
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return hash.toString(36);
}
