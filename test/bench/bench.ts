/** What every bench is given, and the factories it puts before the product: its own and no others. */
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
  /** Say of each sync which tables it asked for what. */
  readonly profile: boolean;
}

/** In place of all that were there. */
export function serve(
  { stack: { resourceManager } }: Bench,
  contents: readonly Contents[],
): FactoryEntry[] {
  for (const { name } of resourceManager.factories()) resourceManager.removeFactory(name);
  return contents.map((each, index) =>
    resourceManager.generateFactory({ ...each, name: `adf-bench-${index + 1}` }),
  );
}
