/** Builds the report of a factory from the results of its lists. Imported by orchestrators. */
import type { MassRemoval } from '../../catalog/mirror-messages';
import type { Tallies } from '../../catalog/tallies';
import type { FailureInfo } from '../../errors/app-error';
import type { FactoryCheckpoint, FactoryReport, FactoryTarget } from './step-messages';
import { mirroredKinds } from './sync-plan';
import type { FactoryStatus } from '../sync-run';

const accessDenied = 'resource_manager_access_denied';

type ListResults = Pick<FactoryCheckpoint, 'failures' | 'massRemovals' | 'tallies'>;

/** The status follows from how many of the lists failed, and why. */
export function reportOf(
  { factory, missing }: Pick<FactoryTarget, 'factory' | 'missing'>,
  { failures, massRemovals, tallies }: ListResults,
): FactoryReport {
  const codes = Object.values(failures).map(({ code }) => code);
  const allFailed = codes.length === (missing ? 1 : mirroredKinds.length);
  const warnings = Object.keys(massRemovals).length > 0 ? { massRemovals } : {};
  if (codes.length === 0)
    return { outcome: { factory, status: 'succeeded', ...warnings }, tallies };
  const isDenied = allFailed && codes.every((code) => code === accessDenied);
  const status = isDenied ? 'no_access' : allFailed ? 'failed' : 'partial';
  return { outcome: { factory, status, failures, ...warnings }, tallies };
}

/** A report with a given status. It keeps the mass removals, which wait for a confirmation. */
export function reportAs(
  status: FactoryStatus,
  target: Pick<FactoryTarget, 'factory' | 'missing'>,
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

/**
 * A mass removal for every kind of a removed factory. Always contains the factory itself, even if
 * an earlier attempt of the step has removed all rows.
 */
export function massRemovalsOf(tallies: Tallies): Readonly<Record<string, MassRemoval>> {
  const massRemovals: Record<string, MassRemoval> = { factory: { removed: 1, of: 1 } };
  for (const [kind, { removed }] of Object.entries(tallies))
    // Activities are removed with their pipelines.
    if (kind !== 'activity' && removed > 0) massRemovals[kind] = { removed, of: removed };
  return massRemovals;
}
