/** Addresses and texts of the search. Pure. */
import type { ItemOf, Output } from '../../api/endpoint-types';

export type Hit = ItemOf<'search'>;
export type Facets = Output<'search'>['facets'];

/** Characters that the API wants at least. */
export const minLength = 2;

/** What is asked for: words, and the facets that were chosen. */
export interface Asked {
  readonly q: string;
  readonly kind?: string | undefined;
  readonly factory?: string | undefined;
  readonly connectorId?: string | undefined;
}

export function searchPath(asked: Asked): string {
  const given = Object.entries(asked).filter(([, value]) => value !== undefined && value !== '');
  return `/search?${new URLSearchParams(given as [string, string][]).toString()}`;
}

/** Where the words were found, as a person says it: `name and SQL`. */
export function fieldsText(fields: readonly string[]): string {
  const words = fields.map((field) => (field === 'sql' ? 'SQL' : field));
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** Whether a key types a character into the element. */
export const isTypedInto = (
  element: Pick<HTMLElement, 'tagName' | 'isContentEditable'> | null,
): boolean =>
  element !== null &&
  (element.isContentEditable || /^(input|textarea|select)$/i.test(element.tagName));

/** Position of the result that an arrow key leads to. Undefined for other keys. */
export function nextPosition(key: string, current: number, count: number): number | undefined {
  if (count === 0) return undefined;
  if (key === 'ArrowDown') return Math.min(current + 1, count - 1);
  if (key === 'ArrowUp') return Math.max(current - 1, 0);
  if (key === 'Home') return 0;
  return key === 'End' ? count - 1 : undefined;
}
