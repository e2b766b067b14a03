/** Values that record which of them are read. */
import type { Values } from '../../data-factory/expressions/scope';
import type { Value } from '../../data-factory/expressions/value';

export class RecordedValues implements Values {
  constructor(
    private readonly values: Values,
    private readonly record: (name: string) => void,
  ) {}

  get(name: string): Value | undefined {
    this.record(name);
    return this.values.get(name);
  }
}

/** Texts of values by name: equal for equal values. */
export type ValueTexts = Pick<ReadonlyMap<string, string>, 'get'>;

/**
 * Results by the values that they were computed from. A result with the same values of the names that
 * it read before is the same.
 */
export class ResultsByValues<T> {
  /** Results that read the same names, which are nearly always all of them. */
  private readonly groups = new Map<string, Group<T>>();
  private last: (Result<T> & { readonly texts: ValueTexts }) | undefined;

  find(texts: ValueTexts): Result<T> | undefined {
    this.indexLast();
    for (const { names, results } of this.groups.values()) {
      const found = results.get(keyOf(names, texts));
      if (found) return found;
    }
    return undefined;
  }

  /** `used` may grow until the next call. */
  add(texts: ValueTexts, used: ReadonlySet<string>, result: T): void {
    this.indexLast();
    this.last = { texts, used, result };
  }

  private indexLast(): void {
    if (!this.last) return;
    const { texts, used, result } = this.last;
    this.last = undefined;
    const names = [...used].sort();
    const key = names.join('\n');
    const group = this.groups.get(key) ?? { names, results: new Map() };
    this.groups.set(key, group);
    group.results.set(keyOf(names, texts), { used, result });
  }
}

interface Result<T> {
  readonly used: ReadonlySet<string>;
  readonly result: T;
}

interface Group<T> {
  readonly names: readonly string[];
  readonly results: Map<string, Result<T>>;
}

const keyOf = (names: readonly string[], texts: ValueTexts): string =>
  names.map((name) => texts.get(name) ?? '').join('\n');
