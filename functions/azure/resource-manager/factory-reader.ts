/** Reads the lists of Data Factory from Resource Manager, page by page, as raw JSON. */
import type {
  FactoryReader,
  SharedResponses,
  SourceCursor,
  SourcePage,
} from '../../data-factory/ports';
import {
  factoryId,
  type FactoryRef,
  type ListedKind,
  type TaggedFactory,
} from '../../data-factory/resource';
import type { Json, JsonObject } from '../../data-factory/json';
import type { ConnectorKey } from '../../storage/connector-key';
import { NotFoundError, RefusedError, UpstreamError } from '../../errors/app-error';
import type { ResourceManager } from './resource-manager';

const dataFactory = 'api-version=2018-06-01';
const resourceGraph = '/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01';
const subscriptions = '/subscriptions?api-version=2022-12-01';
const graphPageSize = 1_000;

/** Path segments of the kinds whose list needs one request per page. */
const segments = {
  pipeline: 'pipelines',
  dataset: 'datasets',
  linkedService: 'linkedservices',
  dataFlow: 'dataflows',
  trigger: 'triggers',
  integrationRuntime: 'integrationRuntimes',
  globalParameter: 'globalParameters',
  credential: 'credentials',
  managedVirtualNetwork: 'managedVirtualNetworks',
  changeDataCapture: 'adfcdcs',
} as const;

export class ArmFactoryReader implements FactoryReader {
  constructor(private readonly arm: Pick<ResourceManager, 'get' | 'post'>) {}

  async discover(connector: ConnectorKey): Promise<readonly TaggedFactory[]> {
    const found = await this.fromResourceGraph(connector).catch((error: unknown) => {
      if (isDenied(error)) return this.fromSubscriptions(connector);
      throw error;
    });
    // Resource Graph may list a factory twice, in different spellings.
    return [...new Map(found.map((each) => [factoryId(each).toLowerCase(), each])).values()];
  }

  async readPage(
    connector: ConnectorKey,
    factory: FactoryRef,
    kind: ListedKind,
    cursor: SourceCursor = [],
    shared: SharedResponses = new Map(),
  ): Promise<SourcePage> {
    const id = factoryId(factory);
    const get = (link: string) => this.getShared(connector, link, shared);
    if (kind === 'factory') return { items: [await this.factory(factory, get)] };
    if (kind === 'globalParameter')
      return { items: await this.globalParameters(connector, id, get) };
    if (kind === 'managedPrivateEndpoint') return this.privateEndpoints(connector, id, cursor, get);
    const [link = listUrl(id, segments[kind])] = cursor;
    // Private endpoints are listed for each network of the same list.
    if (kind === 'managedVirtualNetwork') return toPage(await get(link));
    return this.readList(connector, link);
  }

  private getShared(connector: ConnectorKey, link: string, shared: SharedResponses) {
    const response = shared.get(link) ?? this.arm.get(connector, link);
    shared.set(link, response);
    return response;
  }

  /** Only a response that names the factory is an answer about it. */
  private async factory({ name, ...group }: FactoryRef, get: Get): Promise<Json> {
    const body = await get(factoryUrl(factoryId({ name, ...group })));
    const found = (body as JsonObject | null)?.['name'];
    if (typeof found === 'string' && found.toLowerCase() === name.toLowerCase()) return body;
    throw new UpstreamError(
      'factory_malformed',
      'Azure responded with something else than the factory. Report this error to the operator.',
      false,
    );
  }

  /**
   * Reads the factory and the list, because either may lag behind. The extraction compares them.
   */
  private async globalParameters(
    connector: ConnectorKey,
    id: string,
    get: Get,
  ): Promise<readonly Json[]> {
    const [factory, listed] = await Promise.all([
      get(factoryUrl(id)),
      this.readAll(connector, listUrl(id, segments.globalParameter)),
    ]);
    return [factory, ...listed];
  }

  /**
   * Endpoints are listed per virtual network. The cursor contains the lists that remain to be read.
   */
  private async privateEndpoints(
    connector: ConnectorKey,
    id: string,
    cursor: SourceCursor,
    get: Get,
  ): Promise<SourcePage> {
    let pending = cursor;
    if (pending.length === 0) {
      const list = listUrl(id, segments.managedVirtualNetwork);
      const networks = await this.readAll(connector, list, get);
      pending = networks.flatMap((network) => {
        const name = (network as JsonObject | null)?.['name'];
        if (typeof name !== 'string') return [];
        const below = `${segments.managedVirtualNetwork}/${encodeURIComponent(name)}`;
        return [listUrl(id, `${below}/managedPrivateEndpoints`)];
      });
    }
    const [link, ...others] = pending;
    if (link === undefined) return { items: [] };
    const { items, cursor: more = [] } = await this.readList(connector, link);
    const remaining = [...more, ...others];
    const [, parent = 'default'] = /\/managedVirtualNetworks\/([^/]+)\//i.exec(link) ?? [];
    return {
      items,
      parent: decodeURIComponent(parent),
      ...(remaining.length > 0 && { cursor: remaining }),
    };
  }

  private async readList(connector: ConnectorKey, link: string): Promise<SourcePage> {
    return toPage(await this.arm.get(connector, link));
  }

  /** Reads a short list to its end. */
  private async readAll(
    connector: ConnectorKey,
    first: string,
    get: Get = (link) => this.arm.get(connector, link),
  ): Promise<Json[]> {
    const items: Json[] = [];
    const visited = new Set<string>();
    for (let link: string | undefined = first; link !== undefined;) {
      if (visited.has(link))
        throw new UpstreamError(
          'list_link_loop',
          'A list of Azure links back to an earlier page. Report this error to the operator.',
          false,
        );
      visited.add(link);
      const page: SourcePage = toPage(await get(link));
      items.push(...page.items);
      link = page.cursor?.[0];
    }
    return items;
  }

  /** One query over all subscriptions that the identity can read. */
  private async fromResourceGraph(connector: ConnectorKey): Promise<TaggedFactory[]> {
    const query =
      "resources | where type =~ 'microsoft.datafactory/factories' | project id, tags | order by id asc";
    const found: TaggedFactory[] = [];
    const visited = new Set<Json>();
    for (let skipToken: Json | undefined; ;) {
      const options = { $top: graphPageSize, ...(skipToken && { $skipToken: skipToken }) };
      const response = (await this.arm.post(connector, resourceGraph, {
        query,
        options: { resultFormat: 'objectArray', ...options },
      })) as JsonObject | null;
      const { data, $skipToken: next, resultTruncated } = response ?? {};
      const isCut = resultTruncated === 'true' || resultTruncated === true;
      // A page may be empty and still have a next one; a cut result without one is incomplete.
      if (!Array.isArray(data) || (!next && isCut))
        throw new UpstreamError(
          'resource_graph_incomplete',
          'Resource Graph did not return all factories. Report this error to the operator.',
          false,
        );
      found.push(...factoriesIn(data as readonly Json[]));
      if (!next) return found;
      if (visited.has(next))
        throw new UpstreamError(
          'resource_graph_page_loop',
          'Resource Graph returned the same page twice. Report this error to the operator.',
          false,
        );
      visited.add(next);
      skipToken = next;
    }
  }

  /**
   * Used if access to Resource Graph is denied. Skips subscriptions whose factories are not
   * accessible, or that moved to another tenant since they were listed.
   */
  private async fromSubscriptions(connector: ConnectorKey): Promise<TaggedFactory[]> {
    const visible = await this.readAll(connector, subscriptions);
    const lists = visible.map(async (each) => {
      const id = (each as JsonObject | null)?.['subscriptionId'];
      if (typeof id !== 'string') return [];
      const list = `/subscriptions/${id}/providers/Microsoft.DataFactory/factories?${dataFactory}`;
      return this.readAll(connector, list).catch((error: unknown) => {
        if (isDenied(error) || error instanceof NotFoundError) return [];
        throw error;
      });
    });
    return (await Promise.all(lists)).flatMap(factoriesIn);
  }
}

type Get = (link: string) => Promise<Json>;

function toPage(body: Json): SourcePage {
  const { value: items, nextLink: next = null } = (body as JsonObject | null) ?? {};
  if (!Array.isArray(items) || (next !== null && typeof next !== 'string'))
    throw new UpstreamError(
      'list_malformed',
      'A list of Azure has no items or no readable next page. Report this error to the operator.',
      false,
    );
  return { items: items as readonly Json[], ...(next && { cursor: [next] }) };
}

const isDenied = (error: unknown) =>
  error instanceof RefusedError && error.code === 'resource_manager_access_denied';

const factoryUrl = (factory: string) => `${factory}?${dataFactory}`;
const listUrl = (factory: string, segment: string) => `${factory}/${segment}?${dataFactory}`;

function factoriesIn(rows: readonly Json[]): TaggedFactory[] {
  return rows.flatMap((row) => {
    const id = (row as JsonObject | null)?.['id'];
    const parts =
      /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/Microsoft\.DataFactory\/factories\/([^/]+)$/i;
    const [, subscriptionId, resourceGroup, name] =
      parts.exec(typeof id === 'string' ? id : '') ?? [];
    if (!subscriptionId || !resourceGroup || !name) return [];
    return [{ subscriptionId, resourceGroup, name, tags: tagsOf(row) }];
  });
}

/** A discovered factory without tags has an empty record; unknown tags would be undefined. */
function tagsOf(row: Json): Readonly<Record<string, string>> {
  const tags = Object.entries((row as JsonObject)['tags'] ?? {});
  return Object.fromEntries(tags.map(([name, value]) => [name, String(value)]));
}
