/** Texts of calls: equal for calls that bind equal values. Each is computed once. */
import { canonicalJson } from '../data-factory/canonical-json';
import type { Json } from '../data-factory/json';
import type { PassedValue, PipelineCall } from './lineage-unit';

const ofCalls = new WeakMap<PipelineCall['values'], string>();
const ofValues = new WeakMap<PassedValue, string>();

export function textOfValues(values: PipelineCall['values']): string {
  const known = ofCalls.get(values);
  if (known !== undefined) return known;
  const members = Object.keys(values)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${textOfValue(values[name]!)}`);
  const text = `{${members.join(',')}}`;
  ofCalls.set(values, text);
  return text;
}

function textOfValue(passed: PassedValue | null): string {
  if (passed === null) return 'null';
  const known = ofValues.get(passed);
  if (known !== undefined) return known;
  const text = canonicalJson(passed as unknown as Json);
  ofValues.set(passed, text);
  return text;
}
