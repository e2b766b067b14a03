/** Every orchestrator, replayed with random histories: deterministic, and it ends. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { follow, randomPlan, type History } from '../support/random-history';
import { replayable } from '../support/durable/replayable';

const functions = join(__dirname, '../../functions');
const registered = readdirSync(functions, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) => [
    ...readFileSync(join(functions, file), 'utf8').matchAll(/registerOrchestrator\('(\w+)'/g),
  ])
  .map(([, name]) => name!);

describe('orchestrator', () => {
  it('is replayed here if it is registered', () => {
    expect(registered.sort()).toEqual(Object.keys(replayable).sort());
  });

  it.each(Object.entries(replayable))(
    '%s is deterministic and ends with any results of its steps',
    (_, { orchestrate, input, steps, verify, kinds }) => {
      const seenKinds = new Set<string>();
      fc.assert(
        fc.property(randomPlan(steps), (plan) => {
          const history = follow(orchestrate, input, steps, plan);

          const unknown = history.calls.filter(({ name }) => !(name in steps));
          expect(unknown).toEqual([]);
          seenKinds.add(verify(history as History<never>));
        }),
        // A seed, because random plans may miss a kind.
        { numRuns: 150, seed: 1 },
      );
      expect([...seenKinds]).toEqual(expect.arrayContaining([...kinds]));
    },
  );
});
