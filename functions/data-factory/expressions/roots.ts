/** Functions that read the scope: parameters, items, outputs, variables and the time. */
import type { Scope, Values } from './scope';
import { known, labelOf, readsOf, textOf, unknown, type Value } from './value';

/** Lower-case names. */
export const scopeFunctions: ReadonlySet<string> = new Set([
  'pipeline',
  'factory',
  'dataset',
  'linkedservice',
  'item',
  'activity',
  'variables',
  'parameters',
  'trigger',
  'triggerbody',
  'triggeroutputs',
  'utcnow',
  'guid',
  'rand',
]);

export interface RootValue {
  readonly value: Value;
  /** Number of members of the path that the value already contains. */
  readonly used: number;
}

/** Value of a function of the scope and of the members behind it. */
export function rootValue(
  scope: Scope,
  name: string,
  args: readonly Value[],
  path: readonly Value[],
): RootValue {
  const [first] = path.map(knownText);
  const second = knownText(path[1]);
  if ((name === 'pipeline' || name === 'factory') && second !== undefined) {
    const values = {
      parameters: scope.pipelineParameters,
      globalparameters: scope.globalParameters,
    };
    const key = first?.toLowerCase();
    if (key === 'parameters' || key === 'globalparameters') return named(values[key], second, 2);
  }
  if (
    name === 'pipeline' &&
    first?.toLowerCase() === 'pipeline' &&
    scope.pipelineName !== undefined
  )
    return { value: known(scope.pipelineName, 'defaulted'), used: 1 };
  if (
    name === 'pipeline' &&
    first?.toLowerCase() === 'datafactory' &&
    scope.factoryName !== undefined
  )
    return { value: known(scope.factoryName, 'defaulted'), used: 1 };
  const parameter = first ?? knownText(args[0]);
  if (name === 'dataset' && parameter !== undefined)
    return named(scope.datasetParameters, parameter, first === undefined ? 0 : 1);
  if (name === 'linkedservice' && parameter !== undefined)
    return named(scope.linkedServiceParameters, parameter, first === undefined ? 0 : 1);
  const variable = name === 'variables' ? knownText(args[0]) : undefined;
  const value = variable === undefined ? undefined : scope.variables?.(variable, scope);
  if (value) return { value, used: 0 };
  if (name === 'item' && scope.item) return itemValue(scope.item, path);
  if (name === 'utcnow' && args[0]?.kind === 'known')
    return { value: unknown(`utcnow:${labelOf(args[0])}`, [], false), used: 0 };
  return opaque(name, args, path);
}

const knownText = (value: Value | undefined) =>
  value?.kind === 'known' ? textOf(value.value) : undefined;

const named = (values: Values | undefined, name: string, used: number): RootValue => ({
  value: values?.get(name.toLowerCase()) ?? unknown(name),
  used,
});

/** Members of a known item are read by the caller; those of an unknown item name the placeholder. */
const itemValue = (item: Value, path: readonly Value[]): RootValue =>
  item.kind === 'known' ? { value: item, used: 0 } : opaque('item', [], path, item.reads);

/** One placeholder for the function and the whole path: `Lookup1.firstRow.Path`. */
function opaque(
  name: string,
  args: readonly Value[],
  path: readonly Value[],
  reads: readonly string[] = [],
): RootValue {
  const isActivity = name === 'activity' && args[0]?.kind === 'known';
  const own = isActivity ? [labelOf(args[0]!)] : [];
  const members = isActivity && path[0] && labelOf(path[0]).toLowerCase() === 'output' ? 1 : 0;
  const start = isActivity
    ? own[0]!
    : name === 'variables' || name === 'parameters'
      ? args.map(labelOf).join('.')
      : name;
  const label = [start, ...path.slice(members).map(labelOf)].join('.');
  const isTime = name === 'utcnow';
  return {
    value: unknown(label, [...own, ...reads, ...readsOf([...args, ...path])], !isTime),
    used: path.length,
  };
}
