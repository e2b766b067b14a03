/**
 * Values of variables that are certain: the default of a variable that no activity sets, or the value
 * of the only activity that sets it, for activities that run after it.
 */
import type { ActivityAtPath } from '../../data-factory/activities';
import { evaluate, type Warn } from '../../data-factory/expressions/evaluate';
import type { Scope, VariableValue } from '../../data-factory/expressions/scope';
import { atBest, known, type Value } from '../../data-factory/expressions/value';
import { getField, getText, isList, type Json } from '../../data-factory/json';

/** Evaluations for one value: a variable may be set from others, each of which many references name. */
const maxEvaluations = 20;

export class PipelineVariables {
  /** Activities that set or append to a variable, by its lower-case name. */
  private readonly setters = new Map<string, ActivityAtPath[]>();
  private readonly byPath: ReadonlyMap<string, ActivityAtPath>;

  constructor(
    private readonly declared: Json | undefined,
    activities: readonly ActivityAtPath[],
    private readonly warn: Warn,
  ) {
    this.byPath = new Map(activities.map((each) => [each.path, each]));
    for (const each of activities) {
      if (!/^(?:set|append)variable$/i.test(typeOf(each))) continue;
      const name = getText(getField(each.body, 'typeProperties'), 'variableName')?.toLowerCase();
      if (name !== undefined) this.setters.set(name, [...(this.setters.get(name) ?? []), each]);
    }
  }

  /** Values as an activity reads them. Undefined for what is known at run time only. */
  readBy(reader: ActivityAtPath, budget?: { left: number }): VariableValue {
    const found = new WeakMap<Scope, Map<string, Value | undefined>>();
    return (name, scope) => {
      const values = found.get(scope) ?? new Map<string, Value | undefined>();
      found.set(scope, values);
      const key = name.toLowerCase();
      if (!values.has(key))
        values.set(key, this.valueFor(reader, key, scope, budget ?? { left: maxEvaluations }));
      return values.get(key);
    };
  }

  private valueFor(
    reader: ActivityAtPath,
    name: string,
    scope: Scope,
    budget: { left: number },
  ): Value | undefined {
    const [setter, ...others] = this.setters.get(name) ?? [];
    if (!setter) return this.usual(name);
    if (others.length > 0 || typeOf(setter).toLowerCase() !== 'setvariable') return undefined;
    const place = this.placeAfter(reader, setter);
    if (!place || --budget.left < 0) return undefined;
    const { item: _item, ...outer } = scope;
    const value = evaluate(
      getField(getField(setter.body, 'typeProperties'), 'value'),
      { ...(place.isInLoop ? outer : scope), variables: this.readBy(setter, budget) },
      this.warn,
    );
    return atBest(value, 'defaulted');
  }

  private usual(name: string): Value | undefined {
    const value = getField(getField(this.declared, name), 'defaultValue');
    return value === undefined || value === null ? undefined : known(value, 'defaulted');
  }

  /** Undefined unless the setter has always run before the reader. */
  private placeAfter(
    reader: ActivityAtPath,
    setter: ActivityAtPath,
  ): { readonly isInLoop: boolean } | undefined {
    if (getText(setter.body, 'state')?.toLowerCase() === 'inactive') return undefined;
    if (this.containers(setter).some((each) => isParallelLoop(each) || isUntil(each)))
      return undefined;
    let isInLoop = false;
    for (const at of [reader, ...this.containers(reader)]) {
      if (at !== reader && typeOf(at).toLowerCase() === 'foreach') isInLoop = true;
      if (at.container === setter.container)
        return this.isAfter(at, setter) ? { isInLoop } : undefined;
    }
    return undefined;
  }

  private *containersOf(activity: ActivityAtPath): Generator<ActivityAtPath> {
    for (let path = activity.container; path !== undefined;) {
      const at = this.byPath.get(path);
      if (!at) return;
      yield at;
      path = at.container;
    }
  }

  private containers = (activity: ActivityAtPath) => [...this.containersOf(activity)];

  /** Whether the activity depends on the setter, possibly through others. */
  private isAfter(activity: ActivityAtPath, setter: ActivityAtPath): boolean {
    const wanted = nameOf(setter);
    const siblings = new Map(
      [...this.byPath.values()]
        .filter(({ container }) => container === setter.container)
        .map((each) => [nameOf(each), each]),
    );
    const visited = new Set([nameOf(activity)]);
    for (const name of visited)
      for (const { target, conditions } of dependenciesOf(siblings.get(name))) {
        // Conditions of one dependency are alternatives.
        if (conditions.includes('skipped')) continue;
        if (target !== wanted) visited.add(target);
        else if (conditions.some((each) => each === 'succeeded' || each === 'completed'))
          return true;
      }
    return false;
  }
}

const typeOf = ({ body }: ActivityAtPath) => getText(body, 'type') ?? '';
const nameOf = ({ body }: ActivityAtPath) => getText(body, 'name')?.toLowerCase() ?? '';
const isUntil = (activity: ActivityAtPath) => typeOf(activity).toLowerCase() === 'until';

/** Runs of a loop that is not sequential share the variable. */
const isParallelLoop = (activity: ActivityAtPath) =>
  typeOf(activity).toLowerCase() === 'foreach' &&
  getField(getField(activity.body, 'typeProperties'), 'isSequential') !== true;

function dependenciesOf(activity: ActivityAtPath | undefined) {
  const list = activity && getField(activity.body, 'dependsOn');
  return (isList(list) ? list : []).map((each) => {
    const conditions = getField(each, 'dependencyConditions');
    return {
      target: getText(each, 'activity')?.toLowerCase() ?? '',
      conditions: (isList(conditions) ? conditions : []).flatMap((one) =>
        typeof one === 'string' ? [one.toLowerCase()] : [],
      ),
    };
  });
}
