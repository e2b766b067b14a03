/** Processor time of lineage of whole factories and after one change. */
import { LineageService } from '../../../functions/lineage/lineage-service';
import { readFactories } from '../../../infra/local/resource-manager/factories/factory-folder';
import { generateFactory } from '../../../infra/local/resource-manager/factories/generated-factory';
import { mixed } from '../factories';
import { publicFactories } from '../public-factories';
import { atLeast, atMost, formatMs, formatNumber, printFigure } from '../report';
import { processorMs } from './processor-time';
import { StoredFactory } from './stored-factory';
import { StoredUnits } from './stored-units';

const rounds = 7;
const generated = (objects: number) =>
  StoredFactory.from(generateFactory({ name: 'bench', ...mixed(objects) }));

/** The first factory of a fresh process includes compilation and the load of the SQL parser. */
export async function benchGenerated(): Promise<void> {
  const large = generated(4_000);
  await benchFactories('a generated factory of 4,000 objects', [large], 16_000);
  const factory = generated(700);
  const { units } = await update(factory);
  for (const kind of ['dataset', 'pipeline', 'linkedService'] as const) {
    const took = await best(rounds * 2, async () => {
      const { ms } = await update(factory.withChanged(kind), units.copy());
      return ms;
    });
    printFigure(`  update of 700 objects after a change: ${kind}`, atMost(took, 50, 'ms'));
  }
}

export async function benchPublic(): Promise<void> {
  const found = await publicFactories();
  const read = await Promise.all(found.map(({ folder }) => readFactories(folder)));
  const factories = read.flat().map((each) => StoredFactory.from(each));
  if (factories.length > 0) await benchFactories(`${factories.length} public factories`, factories);
}

async function benchFactories(
  title: string,
  factories: readonly StoredFactory[],
  aim?: number,
): Promise<void> {
  const activities = factories.reduce((sum, each) => sum + each.activities, 0);
  const all = async () => {
    let sum = 0;
    for (const each of factories) sum += (await update(each)).ms;
    return sum;
  };
  const cold = await all();
  const warm = await best(rounds, all);
  const perSecond = (activities * 1_000) / warm;
  printFigure(title, `${formatNumber(activities)} activities`);
  printFigure(
    '  activities per second, warm',
    aim ? atLeast(perSecond, aim, '') : formatNumber(perSecond),
  );
  printFigure(
    '  activities per second, first in the process',
    formatNumber((activities * 1_000) / cold),
  );
  printFigure('  first / warm', `${formatNumber(cold / warm)} x, ${formatMs(cold)}`);
}

async function update(factory: StoredFactory, units = new StoredUnits()) {
  const loader = factory.loader();
  const ms = await processorMs(() => new LineageService(units).update(loader));
  return { ms, units };
}

/** The best round. Other processes can only add to it. */
async function best(count: number, round: () => Promise<number>): Promise<number> {
  let found = Infinity;
  for (let n = 0; n < count; n++) found = Math.min(found, await round());
  return found;
}
