/** Values that callers give to the parameters of a pipeline. */
import { createHash } from 'node:crypto';
import { evaluate, type Warn } from '../../data-factory/expressions/evaluate';
import type { Scope, Values } from '../../data-factory/expressions/scope';
import { atBest, known, unknown, type Value } from '../../data-factory/expressions/value';
import { getField, isObject, type Json } from '../../data-factory/json';
import { textOfValues } from '../call-text';
import type { PipelineCall } from '../lineage-unit';
import type { ValueTexts } from './recorded-values';

/** Above this number of different calls, the rest is counted and not shown. */
export const maxBindings = 50;

export interface Binding {
  readonly values: Values;
  /** Equal for equal values, by lower-case name. */
  readonly texts: ValueTexts;
}

export interface Bindings {
  readonly list: readonly Binding[];
  readonly omitted: number;
}

/** One binding per different call, or the defaults if there is no call. */
export function bindingsOf(
  declared: Json | undefined,
  calls: readonly PipelineCall[],
  scope: Scope,
  warn: Warn,
): Bindings {
  const defaults = new Map<string, Value>();
  if (isObject(declared))
    for (const [name, parameter] of Object.entries(declared)) {
      const usual = getField(parameter, 'defaultValue');
      const value = usual === undefined ? unknown(name) : evaluate(usual, scope, warn);
      defaults.set(name.toLowerCase(), atBest(value, 'defaulted'));
    }
  const distinct = distinctCalls(calls);
  if (distinct.length === 0) return { list: [toBinding(defaults)], omitted: 0 };
  const list = distinct
    .slice(0, maxBindings)
    .map(({ values }) =>
      toBinding(
        new Map([
          ...defaults,
          ...Object.entries(values).map(([name, passed]): [string, Value] => [
            name,
            passed === null ? unknown(name) : known(passed.value, passed.confidence),
          ]),
        ]),
      ),
    );
  return { list, omitted: distinct.length - list.length };
}

/** Most parameters are read by few activities, so texts are made when they are compared. */
function toBinding(values: ReadonlyMap<string, Value>): Binding {
  const texts = new Map<string, string>();
  const get = (name: string) => {
    const value = values.get(name);
    if (value === undefined) return undefined;
    const text = texts.get(name) ?? JSON.stringify(value);
    texts.set(name, text);
    return text;
  };
  return { values, texts: { get } };
}

const textOfCall = ({ values }: PipelineCall) => textOfValues(values);

/** In an order that depends on the calls alone. */
const distinctCalls = (calls: readonly PipelineCall[]): PipelineCall[] =>
  [...new Map(calls.map((call) => [textOfCall(call), call]))]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, call]) => call);

/** Equal if the bindings are. */
export function bindingDigest(calls: readonly PipelineCall[]): string {
  if (calls.length === 0) return '';
  const texts = [...new Set(calls.map(textOfCall))].sort();
  return createHash('sha256').update(texts.join('\n')).digest('base64url').slice(0, 22);
}
