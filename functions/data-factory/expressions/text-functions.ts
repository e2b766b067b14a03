/** Text functions of the expression language. */
import type { Json } from '../json';
import { textOf } from './value';

/** A longer result is unknown: nested calls could otherwise multiply it. */
const maxTextLength = 65_536;

const isText = (value: Json | undefined): value is string => typeof value === 'string';
const bounded = (text: string) => (text.length > maxTextLength ? undefined : text);

type Functions = Readonly<Record<string, (args: readonly Json[]) => Json | undefined>>;

const ofText =
  (change: (text: string) => string) =>
  ([text]: readonly Json[]) =>
    isText(text) ? change(text) : undefined;

export const textFunctions: Functions = {
  concat: (args) =>
    args.some(Array.isArray) ? joinLists(args) : bounded(args.map(textOf).join('')),
  tolower: ofText((text) => text.toLowerCase()),
  toupper: ofText((text) => text.toUpperCase()),
  trim: ofText((text) => text.trim()),
  string: ([value = null]) => bounded(textOf(value)),
  replace: ([text, old, other]) =>
    isText(text) && isText(old) && isText(other) && old !== ''
      ? replaceAll(text, old, other)
      : undefined,
  substring: ([text, start, length]) =>
    isText(text) && isIndex(start) && start <= text.length && isCount(length)
      ? text.slice(start, length === undefined ? undefined : start + length)
      : undefined,
  split: ([text, separator]) =>
    isText(text) && isText(separator)
      ? separator === ''
        ? [text]
        : text.split(separator)
      : undefined,
  startswith: ([text, start]) =>
    isText(text) && isText(start) ? text.toLowerCase().startsWith(start.toLowerCase()) : undefined,
  endswith: ([text, end]) =>
    isText(text) && isText(end) ? text.toLowerCase().endsWith(end.toLowerCase()) : undefined,
  indexof: ([text, part]) =>
    isText(text) && isText(part) ? text.toLowerCase().indexOf(part.toLowerCase()) : undefined,
  lastindexof: ([text, part]) =>
    isText(text) && isText(part) ? text.toLowerCase().lastIndexOf(part.toLowerCase()) : undefined,
  encodeuricomponent: ofText(encode),
  uricomponent: ofText(encode),
  decodeuricomponent: ([text]) => (isText(text) ? decode(text) : undefined),
  uricomponenttostring: ([text]) => (isText(text) ? decode(text) : undefined),
  base64: ofText((text) => Buffer.from(text, 'utf8').toString('base64')),
  base64tostring: ofText((text) => Buffer.from(text, 'base64').toString('utf8')),
  decodebase64: ofText((text) => Buffer.from(text, 'base64').toString('utf8')),
};

function joinLists(args: readonly Json[]): Json | undefined {
  return args.every(Array.isArray) ? args.flat() : undefined;
}

function replaceAll(text: string, old: string, other: string): string | undefined {
  const pieces = text.split(old);
  const length = text.length + (pieces.length - 1) * (other.length - old.length);
  return length > maxTextLength ? undefined : pieces.join(other);
}

const isIndex = (value: Json | undefined): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0;
const isCount = (value: Json | undefined): value is number | undefined =>
  value === undefined || isIndex(value);

/** Unpaired surrogates, which have no encoding, become U+FFFD. */
function encode(text: string): string {
  return encodeURIComponent(Buffer.from(text, 'utf8').toString('utf8'));
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
