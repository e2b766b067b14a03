/** The report of a factory, and the evidence about it, from its lists. */
import type { Quarantine } from '../../catalog/mirror/mirror-messages';
import type { Tallies } from '../../catalog/tallies';
import type { FailureInfo } from '../../errors/app-error';
import type { FactoryTarget, ListsCheckpoint } from '../orchestration/step-messages';
import { mirroredKinds } from '../orchestration/sync-plan';
import { factoryAnswerOf, listsAnswerOf, type RemovalEvidence } from '../removal-policy';
import type { FactoryOutcome, FactoryStatus } from '../sync-run';

export type ListResults = Pick<ListsCheckpoint, 'failures' | 'massRemovals' | 'tallies'>;
type Target = Pick<FactoryTarget, 'factory'>;

export interface FactoryReport {
  readonly outcome: FactoryOutcome;
  readonly tallies: Tallies;
}

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
