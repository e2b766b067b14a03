/** What one sync run changed, resource by resource: written down before the rows it tells of, so that none is missed. */
import { z } from 'zod';
import {
  resourceKind,
  type FactoryRef,
  type Resource,
  type ResourceKind,
} from '../data-factory/resource';

export const changeType = z.enum(['added', 'changed', 'removed']);
export type ChangeType = z.infer<typeof changeType>;

export interface LoggedChange {
  readonly rowKey: string;
  readonly change: ChangeType;
  readonly kind: ResourceKind;
  /** As written in Data Factory; of what was removed only the form in which names are compared. */
  readonly name: string;
}

export type FactoryChange = LoggedChange & { readonly factory: FactoryRef };

const weight: Readonly<Record<ChangeType, number>> = { changed: 1, added: 2, removed: 3 };

/** What a run that was interrupted says twice of one resource: what it came to in the end. */
export const mergeChange = <T extends LoggedChange>(one: T, other: T): T =>
  weight[other.change] > weight[one.change] ? other : one;

export interface ChangeQuery {
  readonly change?: ChangeType | undefined;
  readonly kind?: ResourceKind | undefined;
}

/** What is about to be written. */
interface Written {
  readonly put: readonly {
    readonly rowKey: string;
    readonly resource: Pick<Resource, 'kind' | 'name'>;
    readonly change?: 'added' | 'changed';
  }[];
  readonly remove: readonly string[];
}

/** Rows that are only written anew, with what they held before, are no change. */
export const toLoggedChanges = (changes: readonly Written[]): LoggedChange[] =>
  changes.flatMap(({ put, remove }) => [
    ...put.flatMap(({ rowKey, resource: { kind, name }, change }) =>
      change ? [{ rowKey, change, kind, name }] : [],
    ),
    ...remove.map(removalOf),
  ]);

function removalOf(rowKey: string): LoggedChange {
  const parts = rowKey.split('|');
  const name = unescaped(parts.at(-1) ?? '');
  return { rowKey, change: 'removed', kind: resourceKind.parse(parts[0]), name };
}

/** The reverse of resource-id's escapes; a name too long for a key stays its digest. */
const unescaped = (part: string) =>
  part.replace(/~([0-9a-f]{4})/g, (_, unit: string) => String.fromCharCode(parseInt(unit, 16)));
