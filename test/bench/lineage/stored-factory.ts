/** A factory as the catalog stores it: rows as JSON texts, which are parsed whenever they are read. */
import { DocumentLoader } from '../../../functions/catalog/document-loader';
import type { EtagEntry } from '../../../functions/catalog/etag-map';
import type { CatalogRowWithBody } from '../../../functions/catalog/ports';
import type { Json } from '../../../functions/data-factory/json';
import type { FactoryRef, ListedKind, Resource } from '../../../functions/data-factory/resource';
import { extractResources } from '../../../functions/data-factory/resource-extraction';
import { rowKeyOf } from '../../../functions/data-factory/resource-id';
import type { SourceFactory } from '../../../infra/local/resource-manager/factories/source-factory';

const connector = { tenantId: 't', connectorId: 'c' };

interface StoredDocument {
  readonly kind: ListedKind;
  readonly hash: string;
  readonly activities: number;
  /** Row of the catalog as JSON. */
  readonly text: string;
}

export class StoredFactory {
  private constructor(
    private readonly factory: FactoryRef,
    private readonly documents: ReadonlyMap<string, StoredDocument>,
  ) {}

  static from({ names, declared, resources }: SourceFactory): StoredFactory {
    const factory = { subscriptionId: 's', resourceGroup: 'g', name: names[0] ?? 'f' };
    const globals = extractResources('globalParameter', [declared as Json]);
    const others = resources.flatMap((each) =>
      extractResources(
        each.kind === 'dataflow' ? 'dataFlow' : each.kind,
        [{ name: each.name, properties: each.properties as Json }],
        each.network,
      ),
    );
    return new StoredFactory(factory, new Map([...others, ...globals].map(toDocument)));
  }

  get activities(): number {
    return [...this.documents.values()].reduce((sum, each) => sum + each.activities, 0);
  }

  /** The factory with another version of the first document of a kind. */
  withChanged(kind: ListedKind): StoredFactory {
    const [rowKey, document] = [...this.documents].find(([, each]) => each.kind === kind)!;
    const changed = { ...document, hash: `${document.hash}'` };
    return new StoredFactory(this.factory, new Map([...this.documents, [rowKey, changed]]));
  }

  loader(): DocumentLoader {
    const row = (rowKey: string) => {
      const document = this.documents.get(rowKey);
      return document && (JSON.parse(document.text) as CatalogRowWithBody);
    };
    const keysOf = (kind: string | undefined) =>
      [...this.documents.keys()]
        .filter((rowKey) => kind === undefined || rowKey.startsWith(`${kind}|`))
        .sort();
    const catalog = {
      get: async (_: unknown, __: unknown, rowKey: string) => row(rowKey),
      listBodies: async (
        _: unknown,
        __: unknown,
        kind: string | undefined,
        { from = '', limit }: { readonly from?: string; readonly limit: number },
      ) =>
        keysOf(kind)
          .filter((rowKey) => rowKey >= from)
          .slice(0, limit)
          .map((rowKey) => row(rowKey)!),
    };
    return new DocumentLoader(catalog, { loadFactory: this.etagMaps }, connector, this.factory);
  }

  private etagMaps = async () => {
    const kinds = new Map<ListedKind, Map<string, EtagEntry>>();
    for (const [rowKey, { kind, hash }] of this.documents) {
      const entries = kinds.get(kind) ?? new Map<string, EtagEntry>();
      entries.set(rowKey, { hash });
      kinds.set(kind, entries);
    }
    return new Map([...kinds].map(([kind, entries]) => [kind, { entries, version: {} }]));
  };
}

function toDocument({ children = [], ...resource }: Resource) {
  const rowKey = rowKeyOf(resource.kind, resource.name, resource.parent);
  const document: StoredDocument = {
    kind: resource.kind as ListedKind,
    hash: resource.hash,
    activities: children.length,
    text: JSON.stringify({ ...resource, activities: undefined, rowKey }),
  };
  return [rowKey, document] as const;
}
