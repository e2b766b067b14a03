/**
 * What the processor has to do for a page: JSON → redacted, hashed resources → edges. Pure, so no stack is needed;
 * `npm run bench` runs it in a process of its own, and reading the same pages with JSON.parse is what it is held to.
 */
import { extractEdges } from '../../functions/data-factory/edge-extraction';
import { extractResources } from '../../functions/data-factory/resource-extraction';
import type { ListedKind, Resource } from '../../functions/data-factory/resource';
import type { Json } from '../../functions/data-factory/json';
import { mixed } from './factories';
import { publicFactories } from './public-factories';
import { atLeast, inMs, printed, rounded } from './report';
import { createFactory } from '../../infra/local/resource-manager/factories/factory';
import { readFactories } from '../../infra/local/resource-manager/factories/factory-folder';
import { generateFactory } from '../../infra/local/resource-manager/factories/generated-factory';
import { kindNames } from '../../infra/local/resource-manager/factories/kinds';
import type { SourceFactory } from '../../infra/local/resource-manager/factories/source-factory';

interface Page {
  readonly kind: ListedKind;
  readonly text: string;
}

/** The first ones are compiled on the way. */
const warmUps = 3;
const rounds = 9;
const factory = { subscriptionId: 's', resourceGroup: 'g', name: 'f' };

void main();

async function main(): Promise<void> {
  printed('Extraction: JSON to resources with hashes and edges, one thread');
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

  printed(
    title,
    `${rounded(resources.length)} objects, ${rounded(activities)} activities, ${rounded(bytes / 1_048_576)} MiB`,
  );
  printed('  JSON.parse alone', inMs(parsing));
  printed('  extraction / JSON.parse', `${rounded((reading + linking) / parsing)} x`);
  printed('    resources and hashes, edges', `${inMs(reading)}, ${inMs(linking)}`);
  printed('  objects per second', rounded(resources.length * perSecond));
  printed('  activities per second', atLeast(activities * perSecond, 16_000, ''));
}

const extract = ({ kind, text }: Page): readonly Resource[] =>
  extractResources(kind, (JSON.parse(text) as { value: Json[] }).value);

/** As the stand-in answers them, 50 objects at a time. */
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

/** In ms of processor time, and the best of all rounds: neighbours on the machine can only add to it. */
function best(work: () => unknown): number {
  for (let round = 0; round < warmUps; round++) work();
  const took = Array.from({ length: rounds }, () => {
    const started = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(started);
    return (user + system) / 1_000;
  });
  return Math.min(...took);
}
