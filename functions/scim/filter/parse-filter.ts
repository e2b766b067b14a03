/**
 * Parses filters by recursive descent (RFC 7644 section 3.4.2.2). Length and depth are bounded, and
 * each character is read once. Values are data: no filter is ever built from text.
 */
import { isUnreserved } from '../formats';
import { limits } from '../limits';
import type { Profile } from '../profile';
import type { SimpleValue } from '../resource';
import type { Attribute } from '../schema/attribute';
import { resolveName, resolveSubAttribute, type Resolved } from '../schema/resolve';
import type { ResourceType } from '../schema/resource-type';
import { comparison } from './comparison';
import { operators, type Filter, type Operator } from './filter';
import { Scanner } from './scanner';

/**
 * A search over several types knows the attributes of all of them: a resource of another type has
 * no value for an attribute. Throws ScimError `invalidFilter`.
 */
export function parseFilter(
  text: string,
  types: readonly ResourceType[],
  profile: Profile,
): Filter {
  const resolve: Resolve = (name) => resolveName(types, name, profile, 'invalidFilter');
  return new FilterParser(new Scanner(text, 'invalidFilter'), resolve, profile).whole();
}

/** The condition in the brackets of a path or value path. The position is after the bracket. */
export function parseValueFilter(scanner: Scanner, parent: Attribute, profile: Profile): Filter {
  return new FilterParser(
    scanner,
    (name) => ({ attribute: resolveSubAttribute(parent, name, 'invalidFilter') }),
    profile,
    parent,
  ).bracketed();
}

type Resolve = (name: string) => Resolved;

class FilterParser {
  private depth = 0;

  constructor(
    private readonly scanner: Scanner,
    private readonly resolve: Resolve,
    private readonly profile: Profile,
    /** Set inside the brackets of a value path. */
    private readonly parent?: Attribute,
  ) {}

  whole(): Filter {
    const filter = this.disjunction();
    if (!this.scanner.atEnd)
      throw this.scanner.error('goes on after its end', 'Join conditions with and or or.');
    return filter;
  }

  bracketed(): Filter {
    const filter = this.disjunction();
    if (!this.scanner.take(']'))
      throw this.scanner.error('has a bracket that is not closed', 'Close it with ].');
    return filter;
  }

  private disjunction(): Filter {
    return this.joined('or', () => this.joined('and', () => this.factor()));
  }

  private joined(kind: 'and' | 'or', operand: () => Filter): Filter {
    const operands = [operand()];
    while (this.scanner.takeWord(kind)) operands.push(operand());
    return operands.length === 1 ? operands[0]! : { kind, operands };
  }

  private factor(): Filter {
    if (this.scanner.take('(')) return this.group();
    const word = this.scanner.word();
    if (word.toLowerCase() === 'not' && this.scanner.take('('))
      return { kind: 'not', operand: this.group() };
    if (word === '')
      throw this.scanner.error('lacks an attribute name', 'Write it as: userName eq "a".');
    return this.condition(word);
  }

  private group(): Filter {
    if (++this.depth > limits.filterDepth)
      throw this.scanner.error(
        `is nested deeper than ${limits.filterDepth} levels`,
        'Simplify it.',
      );
    const filter = this.disjunction();
    this.depth--;
    if (!this.scanner.take(')'))
      throw this.scanner.error('has a parenthesis that is not closed', 'Close it with ).');
    return filter;
  }

  private condition(name: string): Filter {
    const found = this.resolve(name);
    if (this.scanner.takeDirectly('[')) return this.valuePath(found);
    if ('schema' in found) return this.schemaPresence(found);
    const operator = this.operator();
    if (operator === 'pr') return { kind: 'present', attribute: found.attribute };
    return comparison(found.attribute, operator, this.literal(), this.profile);
  }

  private valuePath(found: Resolved): Filter {
    if (this.parent) throw this.scanner.error('has brackets inside brackets', 'Use and instead.');
    if (!('attribute' in found) || found.attribute.type !== 'complex')
      throw this.scanner.error(
        'has brackets after an attribute that is not complex',
        'Compare it directly.',
      );
    const { attribute } = found;
    const filter = parseValueFilter(this.scanner, attribute, this.profile);
    if (this.profile.lenient && this.scanner.takeDirectly('.'))
      return this.comparedValuePath(attribute, filter);
    return { kind: 'valuePath', attribute, filter };
  }

  /** `emails[type eq "work"].value eq "a"` is no RFC grammar, but identity providers send it. */
  private comparedValuePath(attribute: Attribute, filter: Filter): Filter {
    const child = resolveSubAttribute(attribute, this.scanner.word(), 'invalidFilter');
    const operator = this.operator();
    const condition: Filter =
      operator === 'pr'
        ? { kind: 'present', attribute: child }
        : comparison(child, operator, this.literal(), this.profile);
    return { kind: 'valuePath', attribute, filter: { kind: 'and', operands: [filter, condition] } };
  }

  private schemaPresence({ schema }: Extract<Resolved, { schema: unknown }>): Filter {
    if (this.operator() === 'pr') return { kind: 'schemaPresent', schema };
    throw this.scanner.error('compares a whole schema', 'Compare one of its attributes.');
  }

  private operator(): Operator | 'pr' {
    const word = this.scanner.word().toLowerCase();
    const operator = ([...operators, 'pr'] as const).find((known) => known === word);
    if (operator) return operator;
    throw this.scanner.error(
      'lacks a known operator after an attribute',
      `Use ${operators.join(', ')} or pr.`,
    );
  }

  private literal(): SimpleValue | null {
    if (this.scanner.peek() === '"') return this.scanner.quoted();
    const word = this.scanner.word();
    const lower = this.profile.lenient ? word.toLowerCase() : word;
    if (lower === 'true') return true;
    if (lower === 'false') return false;
    if (lower === 'null') return null;
    if (this.profile.lenient && isName(word)) return word;
    const value = isNumeric(word) ? Number(word) : NaN;
    if (Number.isFinite(value)) return value;
    throw this.scanner.error(
      'lacks a value after an operator',
      'Write a text in double quotes, a number, true, false or null.',
    );
  }
}

/** Digits, signs, point and exponent: Number alone also reads hexadecimal and empty text. */
const isNumeric = (word: string) =>
  word !== '' && Array.from(word).every((character) => '0123456789+-.eE'.includes(character));

/** RFC 7644 itself has `meta.resourceType eq User` among its examples. */
const isName = (word: string) =>
  word !== '' &&
  word.toLowerCase() !== word.toUpperCase() &&
  isUnreserved(word) &&
  !isNumeric(word);
