/**
 * Processor time to convert pages of JSON to redacted, hashed resources and edges, compared with
 * JSON.parse of the same pages. Needs no stack. `npm run bench` runs it in its own process.
 */
import { extractEdges } from '../../functions/data-factory/edge-extraction';
import { extractResources } from '../../functions/data-factory/resource-extraction';
import type { ListedKind, Resource } from '../../functions/data-factory/resource';
import type { Json } from '../../functions/data-factory/json';
import { mixed } from './factories';
import { publicFactories } from './public-factories';
import { atLeast, formatMs, printFigure, formatNumber } from './report';
import { createFactory } from '../../infra/local/resource-manager/factories/factory';
import { readFactories } from '../../infra/local/resource-manager/factories/factory-folder';
import { generateFactory } from '../../infra/local/resource-manager/factories/generated-factory';
import { kindNames } from '../../infra/local/resource-manager/factories/kinds';
import type { SourceFactory } from '../../infra/local/resource-manager/factories/source-factory';

interface Page {
  readonly kind: ListedKind;
  readonly text: string;
}

/** The first rounds include compilation. */
const warmUpRounds = 3;
const rounds = 9;
const factory = { subscriptionId: 's', resourceGroup: 'g', name: 'f' };

void main();

async function main(): Promise<void> {
  printFigure('Extraction: JSON to resources with hashes and edges, one thread');
  const found = await publicFactories();
  const read = await Promise.all(found.map(({ folder }) => readFactories(folder)));
  if (read.length > 0) measure(`${read.flat().length} public factories`, read.flat());
  measure('a generated factory', [generateFactory({ name: 'bench', ...mixed(4_000) })]);
}

function measure(title: string, sources: readonly SourceFactory[]): void {
  const pages = sources.flatMap((source) => [...pagesOf(source)]);
  const resources = pages.flatMap(extract);
  const activities = resources.reduce((sum, { children = [] }) => sum + children.length, 0);
  const bytes = pages.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  const parsing = best(() => pages.map(({ text }) => JSON.parse(text) as unknown));
  const reading = best(() => pages.map(extract)) - parsing;
  const linking = best(() => resources.map((resource) => extractEdges(factory, resource)));
  const perSecond = 1_000 / (reading + linking);

  printFigure(
    title,
    `${formatNumber(resources.length)} objects, ${formatNumber(activities)} activities, ${formatNumber(bytes / 1_048_576)} MiB`,
  );
  printFigure('  JSON.parse alone', formatMs(parsing));
  printFigure('  extraction / JSON.parse', `${formatNumber((reading + linking) / parsing)} x`);
  printFigure('    resources and hashes, edges', `${formatMs(reading)}, ${formatMs(linking)}`);
  printFigure('  objects per second', formatNumber(resources.length * perSecond));
  printFigure('  activities per second', atLeast(activities * perSecond, 30_000, ''));
}

const extract = ({ kind, text }: Page): readonly Resource[] =>
  extractResources(kind, (JSON.parse(text) as { value: Json[] }).value);

/** Pages as the emulator returns them, with 50 objects each. */
function* pagesOf(source: SourceFactory): Generator<Page> {
  const served = createFactory(factory, source);
  for (const kind of kindNames) {
    const list = served.list(kind);
    for (let token: string | undefined, more = list.length > 0; more; more = token !== undefined) {
      const { items, nextToken } = list.page(token);
      yield { kind: kind === 'dataflow' ? 'dataFlow' : kind, text: `{"value":[${items}]}` };
      token = nextToken;
    }
  }
}

/** Processor time of the best round in ms. Other processes can only add to it. */
function best(work: () => unknown): number {
  for (let round = 0; round < warmUpRounds; round++) work();
  const took = Array.from({ length: rounds }, () => {
    const started = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(started);
    return (user + system) / 1_000;
  });
  return Math.min(...took);
}
