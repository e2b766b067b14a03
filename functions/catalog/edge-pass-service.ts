/** The edges of one kind of one factory, written by difference along with the resources that own them. */
import { hashOf } from './canonical';
import { edgeKey, kindOfKey, type Edge } from './edge';
import { edgesOf, inFactory } from './edges';
import type { MirrorTarget } from './mirror';
import type { EdgeChange, EdgeStore } from './ports';
import type { Json, Resource } from './resource';
import { rowKeyOf } from './resource-id';

export class EdgePass {
  constructor(
    private readonly target: MirrorTarget,
    private readonly store: EdgeStore,
  ) {}

  /** `stored`: whether there may be edges of it. `all`: whether to write those, too, that look the same. */
  async changeOf(resource: Resource, stored: 'some' | 'none', all: boolean): Promise<EdgeChange> {
    const { factory, full } = this.target;
    const owner = rowKeyOf(resource.kind, resource.name, resource.parent);
    const known: ReadonlyMap<string, string> =
      stored === 'some' ? await this.knownOf(owner) : new Map();
    const wanted = edgesOf(factory, resource).map((edge) => ({
      key: edgeKey(edge),
      hash: hashOf(edge as unknown as Json),
      edge,
    }));
    const put = wanted.filter(({ key, hash, edge }) => {
      if (full || stored === 'none') return true;
      // What begins at the factory is not among those of this owner; it is always the same.
      return edge.source.kind === 'factory' ? all : known.get(key) !== hash;
    });
    const kept = new Set(wanted.map(({ key }) => key));
    return { put, remove: [...known.keys()].filter((key) => !kept.has(key)) };
  }

  async removalOf(owner: string): Promise<EdgeChange> {
    const { factory, kind } = this.target;
    const known = await this.knownOf(owner);
    const held: Edge['source'] = { kind, name: '', rowKey: owner };
    const inIt = kind === 'pipeline' ? [edgeKey(inFactory(factory, held))] : [];
    return { put: [], remove: [...known.keys(), ...inIt] };
  }

  /** What its own JSON says. The places of pipelines begin at the factory, but it is they who tell them. */
  private async knownOf(owner: string): Promise<ReadonlyMap<string, string>> {
    const { factory, kind } = this.target;
    const known = await this.store.hashes(this.target, factory, owner);
    if (kind !== 'factory') return known;
    return new Map([...known].filter(([key]) => kindOfKey(key) !== 'contains'));
  }

  write(changes: readonly EdgeChange[]): Promise<void> {
    return this.store.write(this.target, this.target.factory, changes);
  }
}
