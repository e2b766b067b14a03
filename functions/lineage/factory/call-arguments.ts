/** Values that an activity passes to the pipeline that it calls, for each binding of its own pipeline. */
import { evaluate, hasExpression, type Warn } from '../../data-factory/expressions/evaluate';
import type { Scope } from '../../data-factory/expressions/scope';
import { atBest } from '../../data-factory/expressions/value';
import { isObject, type Json } from '../../data-factory/json';
import type { PassedValue } from '../lineage-unit';
import { RecordedValues, ResultsByValues, type ValueTexts } from './recorded-values';

export type PassedValues = Readonly<Record<string, PassedValue | null>>;

/** Longer values are not passed on. */
const maxPassedLength = 4_000;

/** Arguments that use the same values are computed once: of fifty bindings, most differ in a few. */
export class CallArguments {
  private readonly list: readonly Argument[];

  constructor(given: Json | undefined) {
    this.list = isObject(given)
      ? Object.entries(given).map(([name, json]) => new Argument(name.toLowerCase(), json))
      : [];
  }

  /** Values by lower-case name. `texts` are those of the parameters in the scope. */
  values(scope: Scope, texts: ValueTexts, warn: Warn): PassedValues {
    const item = scope.item === undefined ? '' : JSON.stringify(scope.item);
    return Object.fromEntries(this.list.map((each) => each.value(scope, texts, item, warn)));
  }
}

type NamedValue = readonly [name: string, value: PassedValue | null];

class Argument {
  private readonly byItem = new Map<string, ResultsByValues<NamedValue>>();
  private readonly isExpression: boolean;

  constructor(
    private readonly name: string,
    private readonly json: Json,
  ) {
    this.isExpression = hasExpression(json);
  }

  value(scope: Scope, texts: ValueTexts, item: string, warn: Warn): NamedValue {
    const results = this.byItem.get(item) ?? new ResultsByValues<NamedValue>();
    this.byItem.set(item, results);
    const parameters = scope.pipelineParameters;
    const known = results.find(texts);
    if (known) {
      // The activity depends on them in this binding, too.
      for (const name of known.used) parameters?.get(name);
      return known.result;
    }
    const used = new Set<string>();
    const recorded = parameters && new RecordedValues(parameters, (name) => used.add(name));
    const at = recorded ? { ...scope, pipelineParameters: recorded } : scope;
    const result: NamedValue = [this.name, this.passed(at, warn)];
    results.add(texts, used, result);
    return result;
  }

  /** A literal is as good as a default of the pipeline that is called. */
  private passed(scope: Scope, warn: Warn): PassedValue | null {
    const value = evaluate(this.json, scope, warn);
    if (value.kind === 'pattern' || JSON.stringify(value.value).length > maxPassedLength)
      return null;
    const best = atBest(value, this.isExpression ? 'defaulted' : 'literal-params');
    return best.kind === 'known' ? { value: best.value, confidence: best.confidence } : null;
  }
}
