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
  /** Name in Data Factory. The normalized name if the row of a removed resource is purged. */
  readonly name: string;
  /** Pipeline of an activity. */
  readonly parent?: string;
}

/** Name of a row in Data Factory, and its parent. */
export interface RowName {
  readonly name: string;
  readonly parent?: string;
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
    readonly resource: Pick<Resource, 'kind' | 'name' | 'parent'>;
    readonly change?: 'added' | 'changed';
  }[];
  readonly remove: readonly string[];
}

/** Omits rows that are rewritten with the same content. `names` has the rows to remove. */
export const toLoggedChanges = (
  changes: readonly PlannedChange[],
  names: ReadonlyMap<string, RowName>,
): LoggedChange[] =>
  changes.flatMap(({ put, remove }) => [
    ...put.flatMap(({ rowKey, resource: { kind, name, parent }, change }) =>
      change ? [{ rowKey, change, kind, name, ...parentOf(kind, parent) }] : [],
    ),
    ...remove.map((rowKey) => toRemoval(rowKey, names.get(rowKey))),
  ]);

function toRemoval(rowKey: string, known: RowName | undefined): LoggedChange {
  const parts = rowKey.split('|');
  const kind = resourceKind.parse(parts[0]);
  const name = known?.name ?? unescape(parts.at(-1) ?? '');
  const parent = known?.parent ?? (parts.length > 2 ? unescape(parts[1]!) : undefined);
  return { rowKey, change: 'removed', kind, name, ...parentOf(kind, parent) };
}

const parentOf = (kind: ResourceKind, parent: string | undefined) =>
  kind === 'activity' && parent !== undefined ? { parent } : {};

/** Inverse of the escapes of `keyPart`. A name that was too long for a key stays a digest. */
const unescape = (part: string) =>
  part.replace(/~([0-9a-f]{4})/g, (_, unit: string) => String.fromCharCode(parseInt(unit, 16)));
