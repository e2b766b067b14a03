/** Baseline: reads the same lists one page after another, without any other work. */
import { openAzureClient } from '../../infra/local/cli/azure-client';
import { idOf, type FactoryRef } from '../../infra/local/resource-manager/factories/factory';
import type { StackDescription } from '../../infra/local/stack/stack';

interface Page {
  readonly nextLink?: string;
}

/** Paths below a factory, with the factory first. */
const lists = [
  '',
  '/pipelines',
  '/datasets',
  '/linkedservices',
  '/dataflows',
  '/triggers',
  '/integrationRuntimes',
  '/globalParameters',
  '/credentials',
  '/managedVirtualNetworks',
  '/managedVirtualNetworks/default/managedPrivateEndpoints',
  '/adfcdcs',
];
/** Same as in the product. */
const maxConcurrentRequests = 8;

export interface Reading {
  readonly ms: number;
  readonly requests: number;
  /**
   * Lower bound of any reader: discovery, then the longer of two: the longest chain of pages, or
   * all requests with eight at a time.
   */
  readonly floor: number;
}

/** Reads every list of the factories in sequence. */
export async function readSequentially(
  description: StackDescription,
  factories: readonly FactoryRef[],
): Promise<Reading> {
  const azure = await openAzureClient(description);
  const started = performance.now();
  let requests = 1;
  const query = "resources | where type =~ 'microsoft.datafactory/factories'";
  await azure.call('POST', '/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01', {
    query,
  });
  const discovery = performance.now() - started;
  let longest = 0;
  for (const path of factories.flatMap((factory) => lists.map((list) => idOf(factory) + list))) {
    const startedAt = performance.now();
    let next: string | undefined = `${path}?api-version=2018-06-01`;
    while (next !== undefined) {
      const page: Page = await azure.call('GET', next);
      next = page.nextLink;
      requests++;
    }
    longest = Math.max(longest, performance.now() - startedAt);
  }
  const ms = performance.now() - started;
  azure.close();
  return {
    ms,
    requests,
    floor: discovery + Math.max(longest, (ms - discovery) / maxConcurrentRequests),
  };
}
