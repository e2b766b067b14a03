/**
 * The part of `npm run demo` about lineage: asks the API where the data of one table comes from, and
 * prints the answer step by step.
 */
import type { Api } from './api';

interface List<T> {
  readonly items: readonly T[];
}
interface Asset {
  readonly id: string;
  readonly name: string;
  readonly writers: number;
}
interface Step {
  readonly distance: number;
  readonly source: { readonly name: string };
  readonly job: {
    readonly document: string;
    readonly path?: string;
    readonly activityType: string;
  };
  readonly type: 'DIRECT' | 'INDIRECT';
}

/** The report at the end of the sample. Other factories have other assets. */
const reportName = 'RETAIL.SALES.DAILY_SALES';

/** Throws an Error if the report of the sample has no lineage. */
export async function runLineageDemo(api: Api, print: (line: string) => void): Promise<void> {
  const { items: connectors } = await api.call<List<{ id: string }>>('GET', '/api/connectors');
  for (const { id } of connectors) {
    const asset = await findAsset(api, id);
    if (!asset) continue;
    const query = new URLSearchParams({ asset: asset.id, direction: 'upstream', depth: '10' });
    const path = `/api/connectors/${id}/lineage?${query.toString()}`;
    const { items: steps } = await api.call<List<Step>>('GET', path);
    if (asset.name === reportName && steps.length === 0)
      throw new Error(`${reportName} has no lineage.`);
    print(answer(asset.name, path, steps));
    return;
  }
}

/** The report, or the first asset that an activity writes. */
async function findAsset(api: Api, connectorId: string): Promise<Asset | undefined> {
  const list = (query: string) =>
    api.call<List<Asset>>('GET', `/api/connectors/${connectorId}/assets?limit=100${query}`);
  const { items } = await list(`&name=${reportName}`);
  return items[0] ?? (await list('')).items.find(({ writers }) => writers > 0);
}

function answer(name: string, path: string, steps: readonly Step[]): string {
  const lines = steps.map(({ distance, source, job, type }) => {
    const activity = job.path?.split('/').at(-1) ?? job.document;
    const how = `${job.activityType} "${activity}" of ${job.document}`;
    return `    ${distance}  ${source.name}\n         ${how}${type === 'INDIRECT' ? ' (indirect)' : ''}`;
  });
  return [
    `\n  Where does ${name} come from?\n`,
    ...(lines.length === 0 ? ['    From no other asset that the factories name.'] : lines),
    `\n  GET ${path}`,
  ].join('\n');
}
