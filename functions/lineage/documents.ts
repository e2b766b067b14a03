/** Documents of one factory, as lineage reads them. */
import type { Json } from '../data-factory/json';
import { getField } from '../data-factory/json';
import type { FactoryRef, ResourceKind } from '../data-factory/resource';
import { rowKeyOf } from '../data-factory/resource-id';

export interface FactoryDocuments {
  readonly factory: FactoryRef;
  /** JSON of a document. Undefined if there is none. */
  get(rowKey: string): Json | undefined;
  /** Names and values of all global parameters. */
  globalParameters(): ReadonlyMap<string, Json>;
}

/** Documents that one unit reads. Records them, whether they exist or not. */
export class UnitDocuments {
  readonly read = new Set<string>();

  constructor(private readonly documents: FactoryDocuments) {}

  get factory(): FactoryRef {
    return this.documents.factory;
  }

  /** The properties of a document. Undefined if there is none. */
  properties(kind: ResourceKind, name: string): Json | undefined {
    const rowKey = rowKeyOf(kind, name);
    this.read.add(rowKey);
    const body = this.documents.get(rowKey);
    return body === undefined ? undefined : (getField(body, 'properties') ?? null);
  }
}
