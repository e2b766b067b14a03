/** Documents of a factory that are loaded when lineage asks for them. */
import { getField, type Json } from '../data-factory/json';
import type { FactoryRef } from '../data-factory/resource';
import type { FactoryDocuments } from './documents';

export class LoadedDocuments implements FactoryDocuments {
  private readonly bodies = new Map<string, Json>();
  private readonly wanted = new Set<string>();
  private readonly globals = new Map<string, Json>();

  /** `exists` decides whether a document is missing in the factory, or not loaded yet. */
  constructor(
    readonly factory: FactoryRef,
    private readonly exists: (rowKey: string) => boolean,
  ) {}

  add(rowKey: string, body: Json): void {
    this.bodies.set(rowKey, body);
    this.wanted.delete(rowKey);
    if (!rowKey.startsWith(globalPrefix)) return;
    const value = getField(body, 'value');
    if (value !== undefined) this.globals.set(rowKey.slice(globalPrefix.length), value);
  }

  get(rowKey: string): Json | undefined {
    const body = this.bodies.get(rowKey);
    if (body === undefined && this.exists(rowKey)) this.wanted.add(rowKey);
    return body;
  }

  globalParameters(): ReadonlyMap<string, Json> {
    return this.globals;
  }

  /** Documents that were asked for and not loaded, once. */
  takeWanted(): readonly string[] {
    const wanted = [...this.wanted];
    this.wanted.clear();
    return wanted;
  }
}

const globalPrefix = 'globalParameter|';
