/**
 * Change log of a sync run, one entry per resource. Recorded before the rows are written, so no
 * change is lost.
 */
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
  /**
   * Name in Data Factory. For a removed resource the normalized name, because only its row key is
   * known.
   */
  readonly name: string;
}

export type FactoryChange = LoggedChange & { readonly factory: FactoryRef };

const weight: Readonly<Record<ChangeType, number>> = { changed: 1, added: 2, removed: 3 };

/**
 * Merges two entries of one resource, which an interrupted sync run may record. The stronger change
 * wins.
 */
export const mergeChange = <T extends LoggedChange>(one: T, other: T): T =>
  weight[other.change] > weight[one.change] ? other : one;

export interface ChangeQuery {
  readonly change?: ChangeType | undefined;
  readonly kind?: ResourceKind | undefined;
}

interface PlannedChange {
  readonly put: readonly {
    readonly rowKey: string;
    readonly resource: Pick<Resource, 'kind' | 'name'>;
    readonly change?: 'added' | 'changed';
  }[];
  readonly remove: readonly string[];
}

/** Omits rows that are rewritten with the same content. */
export const toLoggedChanges = (changes: readonly PlannedChange[]): LoggedChange[] =>
  changes.flatMap(({ put, remove }) => [
    ...put.flatMap(({ rowKey, resource: { kind, name }, change }) =>
      change ? [{ rowKey, change, kind, name }] : [],
    ),
    ...remove.map(toRemoval),
  ]);

function toRemoval(rowKey: string): LoggedChange {
  const parts = rowKey.split('|');
  const name = unescape(parts.at(-1) ?? '');
  return { rowKey, change: 'removed', kind: resourceKind.parse(parts[0]), name };
}

/** Inverse of the escapes of `keyPart`. A name that was too long for a key stays a digest. */
const unescape = (part: string) =>
  part.replace(/~([0-9a-f]{4})/g, (_, unit: string) => String.fromCharCode(parseInt(unit, 16)));
