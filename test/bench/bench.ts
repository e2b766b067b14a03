/** The context of a bench, and the factories that the emulator serves to it. */
import type { Api } from '../../infra/local/cli/api';
import type { FactoryEntry } from '../../infra/local/resource-manager/resource-manager';
import type { Stack } from '../../infra/local/stack/stack';
import type { Contents } from './factories';
import type { Report } from './report';

export interface Bench {
  readonly stack: Stack;
  readonly api: Api;
  readonly report: Report;
  readonly productTables: ReadonlySet<string>;
  /** Report the use of every table for each sync. */
  readonly profile: boolean;
}

/** Replaces all factories of the emulator. */
export function serveFactories(
  { stack: { resourceManager } }: Bench,
  contents: readonly Contents[],
): FactoryEntry[] {
  for (const { name } of resourceManager.factories()) resourceManager.removeFactory(name);
  return contents.map((each, index) =>
    resourceManager.generateFactory({ ...each, name: `adf-bench-${index + 1}` }),
  );
}
