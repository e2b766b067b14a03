/** Documents of a factory that are loaded when lineage asks for them. */
import { getField, type Json } from '../data-factory/json';
import type { FactoryRef } from '../data-factory/resource';
import type { FactoryDocuments } from './documents';

export class LoadedDocuments implements FactoryDocuments {
  private readonly bodies = new Map<string, Json>();
  private readonly wanted = new Set<string>();

  /** `exists` decides whether a document is missing in the factory, or not loaded yet. */
  constructor(
    readonly factory: FactoryRef,
    private readonly exists: (rowKey: string) => boolean,
  ) {}

  add(rowKey: string, body: Json): void {
    this.bodies.set(rowKey, body);
    this.wanted.delete(rowKey);
  }

  get(rowKey: string): Json | undefined {
    const body = this.bodies.get(rowKey);
    if (body === undefined && this.exists(rowKey)) this.wanted.add(rowKey);
    return body;
  }

  globalParameters(): ReadonlyMap<string, Json> {
    const values = new Map<string, Json>();
    for (const [rowKey, body] of this.bodies)
      if (rowKey.startsWith('globalParameter|')) {
        const value = getField(body, 'value');
        if (value !== undefined) values.set(rowKey.slice('globalParameter|'.length), value);
      }
    return values;
  }

  /** Documents that were asked for and not loaded, once. */
  takeWanted(): readonly string[] {
    const wanted = [...this.wanted];
    this.wanted.clear();
    return wanted;
  }
}
