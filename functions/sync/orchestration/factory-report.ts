/** The report of a factory, and the evidence about it, from its lists. Imported by orchestrators. */
import type { Quarantine } from '../../catalog/mirror-messages';
import type { FailureInfo } from '../../errors/app-error';
import type { FactoryCheckpoint, FactoryReport, FactoryTarget } from './step-messages';
import { mirroredKinds } from './sync-plan';
import { factoryAnswerOf, listsAnswerOf, type RemovalEvidence } from '../removal-policy';
import type { FactoryStatus } from '../sync-run';

type ListResults = Pick<FactoryCheckpoint, 'failures' | 'massRemovals' | 'tallies'>;
type Target = Pick<FactoryTarget, 'factory'>;

/** The status follows from how many of the lists failed. */
export function reportOf(
  { factory }: Target,
  { failures, massRemovals, tallies }: ListResults,
): FactoryReport {
  const found = Object.entries(failures);
  const warnings = Object.keys(massRemovals).length > 0 ? { massRemovals } : {};
  if (found.length === 0)
    return { outcome: { factory, status: 'succeeded', ...warnings }, tallies };
  const status = found.length === mirroredKinds.length ? 'failed' : 'partial';
  const shown = Object.fromEntries(
    found.map(([kind, { code, message }]): [string, FailureInfo] => [kind, { code, message }]),
  );
  return { outcome: { factory, status, failures: shown, ...warnings }, tallies };
}

/** A report with a given status. It keeps the mass removals, which wait for a confirmation. */
export function reportAs(
  status: FactoryStatus,
  target: Target,
  results: ListResults,
): FactoryReport {
  const { outcome, tallies } = reportOf(target, results);
  return { outcome: { ...outcome, status }, tallies };
}

/** The outcome of a factory whose lists were read, but whose run history failed. */
export const withRunHistoryFailure = (
  { status, failures, ...outcome }: FactoryReport['outcome'],
  failure: FailureInfo,
): FactoryReport['outcome'] => ({
  ...outcome,
  status: status === 'succeeded' ? 'partial' : status,
  failures: { ...failures, runHistory: failure },
});

/** The evidence of this sync run about whether the factory exists. */
export function evidenceOf(
  target: Omit<FactoryTarget, 'checkpoint'>,
  failures: ListResults['failures'],
): RemovalEvidence {
  const { retryOf, unlisted, discoveryInDoubt, goneSinceRun, syncRunId } = target;
  const others = mirroredKinds.filter((kind) => kind !== 'factory');
  const failed = others.flatMap((kind) => failures[kind] ?? []);
  const unlistedAs = discoveryInDoubt ? 'unlisted_with_most' : 'unlisted';
  return {
    factory: factoryAnswerOf(failures['factory']),
    lists: listsAnswerOf(failed, others.length),
    discovery: retryOf !== undefined ? 'not_asked' : unlisted ? unlistedAs : 'listed',
    wasGone: goneSinceRun !== undefined && goneSinceRun !== syncRunId,
  };
}

/** An Owner has set the filters. Tags are set in Azure, so a change of tags may be a mistake. */
export const quarantineOfFiltered = ({
  filteredByTags,
  discoveryInDoubt,
}: Pick<FactoryTarget, 'filteredByTags' | 'discoveryInDoubt'>): Quarantine =>
  !filteredByTags ? 'never' : discoveryInDoubt ? 'always' : 'if_mass_removal';
