/**
 * Whether this host may run an instance, as `DurableTask.Core` decides before each episode
 * (`TaskOrchestrationDispatcher`, `VersioningSettings.CompareVersions`).
 */
import { orchestratorFailure } from './failures';
import type { ReplayResult } from './replay';
import type { Versioning } from './versioning';

/**
 * Undefined if the instance may run. `Reject` throws: the instance stays as it is, and its event is
 * delivered again until a host with the version takes it. `Fail` fails the instance.
 */
export function versionMismatch(
  version: string | undefined,
  { defaultVersion = '', versionMatchStrategy, versionFailureStrategy }: Versioning,
): ReplayResult | undefined {
  if (matches(version ?? '', defaultVersion, versionMatchStrategy ?? 'CurrentOrOlder'))
    return undefined;
  if (versionFailureStrategy === 'Fail')
    return {
      isDone: false,
      actions: [],
      output: 'null',
      failure: orchestratorFailure('Orchestration version did not comply with Worker Versioning'),
    };
  throw new Error(`Its version ${version} is not one that this host runs (${defaultVersion}).`);
}

/** Without a version of its own, a host runs instances of every version. */
function matches(version: string, own: string, strategy: string): boolean {
  if (own === '' || strategy === 'None') return true;
  return strategy === 'Strict' ? version === own : compareVersions(version, own) <= 0;
}

/** Numbers are compared as `System.Version` does, any other text without case. None is the lowest. */
export function compareVersions(one: string, other: string): number {
  if (one === '' || other === '') return one.length - other.length;
  const [a, b] = [numbersOf(one), numbersOf(other)];
  if (!a || !b) return compareText(one.toUpperCase(), other.toUpperCase());
  for (let index = 0; index < 4; index++) {
    const difference = (a[index] ?? -1) - (b[index] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Two to four numbers. `System.Version` parses no single one, so those are compared as text. */
const numbersOf = (version: string): readonly number[] | undefined =>
  /^\d+(\.\d+){1,3}$/.test(version) ? version.split('.').map(Number) : undefined;

const compareText = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);
