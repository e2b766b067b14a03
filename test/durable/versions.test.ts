/**
 * Orchestrations in flight: an instance that was started by one version is replayed by later ones.
 * `RECORD_ORCHESTRATIONS=1` with this test records the current version; see CONTRIBUTING.md.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { follow, randomPlan, type RandomPlan } from '../support/random-history';
import { replayable, type Replayable } from '../support/durable/replayable';

/** A plan and the calls that it leads to. */
interface Recorded {
  /** JSON of a plan. */
  readonly plan: string;
  /** Names of steps and of children with their ids, in order. */
  readonly calls: string;
}
/** By orchestrator. */
type Recording = Readonly<Record<string, readonly Recorded[]>>;

const recordings = join(__dirname, '../fixtures/orchestrations');
const { defaultVersion } = (
  JSON.parse(readFileSync(join(__dirname, '../../host.json'), 'utf8')) as {
    extensions: { durableTask: { defaultVersion: string } };
  }
).extensions.durableTask;
const callsOf = ({ orchestrate, input, steps }: Replayable, plan: RandomPlan): string =>
  follow(orchestrate, input, steps, plan)
    .calls.map(({ name, instanceId }) => [name, instanceId].filter(Boolean).join(' '))
    .join(', ');

if (process.env['RECORD_ORCHESTRATIONS']) {
  const recording: Recording = Object.fromEntries(
    Object.entries(replayable).map(([name, each]) => [
      name,
      fc
        .sample(randomPlan(each.steps), { seed: 1, numRuns: 8 })
        .map((sampled) => JSON.stringify(sampled))
        .map((plan) => ({ plan, calls: callsOf(each, JSON.parse(plan) as RandomPlan) })),
    ]),
  );
  mkdirSync(recordings, { recursive: true });
  writeFileSync(join(recordings, `${defaultVersion}.json`), JSON.stringify(recording, null, 2));
}

const versions = readdirSync(recordings).map((file) => file.replace('.json', ''));

describe('the orchestrators', () => {
  it('have a recording of the current version', () => {
    expect(versions).toContain(defaultVersion);
  });

  describe.each(versions)('with an instance of version %s', (version) => {
    const recording = JSON.parse(
      readFileSync(join(recordings, `${version}.json`), 'utf8'),
    ) as Recording;

    it.each(Object.entries(recording))('of %s call what they called before', (name, recorded) => {
      const orchestrator = replayable[name]!;

      const calls = recorded.map(({ plan }) =>
        callsOf(orchestrator, JSON.parse(plan) as RandomPlan),
      );

      expect(calls).toEqual(recorded.map((each) => each.calls));
    });
  });
});
