/** What is searched of one document: a unit for each, packed and stored per factory. */
import type { CatalogRowWithBody } from '../catalog/ports';
import { extractActivities } from '../data-factory/activities';
import { getField, getText, type Json } from '../data-factory/json';
import type { ResourceKind } from '../data-factory/resource';
import { keyPart } from '../data-factory/resource-id';
import { sqlWords } from './sql-words';

export const searchFields = [
  'name',
  'folder',
  'description',
  'annotations',
  'assets',
  'sql',
] as const;
export type SearchField = (typeof searchFields)[number];

/** A resource as it is found. Texts are redacted and cut off at a length. */
export interface SearchEntry {
  readonly rowKey: string;
  readonly kind: ResourceKind;
  readonly name: string;
  readonly type?: string;
  /** Pipeline of an activity. */
  readonly parent?: string;
  readonly path?: string;
  readonly folder?: string;
  readonly description?: string;
  readonly annotations?: readonly string[];
  /** Names of tables and files that an activity reads or writes. */
  readonly assets?: readonly string[];
  /** Different words of the SQL text of an activity. */
  readonly sql?: string;
}

export interface SearchUnit {
  readonly rowKey: string;
  readonly entries: readonly SearchEntry[];
}

/** Raised when a rule changes: all units are then made again. */
export const searchRules = 1;

const maxDescription = 500;
const maxAnnotations = 20;
const maxAssets = 40;

/** Entries of a document: itself, and the activities of a pipeline. */
export function toSearchUnit(row: CatalogRowWithBody): SearchUnit {
  const { rowKey, kind, name, type, parent, folder, annotations, body } = row;
  const own: SearchEntry = {
    rowKey,
    kind,
    name,
    ...textsOf(getField(body, 'properties')),
    ...(type !== undefined && { type }),
    ...(parent !== undefined && { parent }),
    ...(folder !== undefined && { folder }),
    ...(annotations !== undefined && { annotations: annotations.slice(0, maxAnnotations) }),
  };
  if (kind !== 'pipeline' || body === undefined) return { rowKey, entries: [own] };
  const activities = extractActivities(body).map(({ path, body: activity }): SearchEntry => {
    const activityType = getText(activity, 'type');
    const sql = sqlWords(getField(activity, 'typeProperties'));
    return {
      rowKey: `activity|${rowKey.slice('pipeline|'.length)}|${keyPart(path)}`,
      kind: 'activity',
      name: getText(activity, 'name') ?? path,
      parent: name,
      path,
      ...textsOf(activity),
      ...(activityType !== undefined && { type: activityType }),
      ...(sql !== '' && { sql }),
    };
  });
  return { rowKey, entries: [own, ...activities] };
}

function textsOf(properties: Json | undefined): Pick<SearchEntry, 'description'> {
  const description = getText(properties, 'description');
  return description ? { description: description.slice(0, maxDescription) } : {};
}

/** Names of assets by path of an activity. */
export type AssetNames = ReadonlyMap<string, readonly string[]>;

/** The same unit if its assets are the same. */
export function withAssets(unit: SearchUnit, names: AssetNames): SearchUnit {
  let isSame = true;
  const entries = unit.entries.map((entry) => {
    const { assets: before = [], ...rest } = entry;
    const assets = (names.get(entry.path ?? '') ?? []).slice(0, maxAssets);
    if (assets.length === before.length && assets.every((each, n) => each === before[n]))
      return entry;
    isSame = false;
    return assets.length > 0 ? { ...rest, assets } : rest;
  });
  return isSame ? unit : { ...unit, entries };
}
