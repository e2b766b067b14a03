/** One large factory at the distance of Azure: an initial sync, a refresh without changes, and a sequential reader. */
import type { Api } from '../api';
import { finishedSync } from '../main-job';
import type { Stack } from '../stack';
import { peakMemoryOf } from './memory';
import { timed, type Report } from './report';
import { readSequentially } from './sequential';

const latencyInMs = 80;

export async function benchSync(stack: Stack, api: Api, report: Report): Promise<void> {
  const { resourceManager, journal } = stack;
  const { hostPid, sample } = stack.description();
  for (const { name } of resourceManager.factories()) resourceManager.removeFactory(name);
  const { subscriptionId, resourceGroup, name } = resourceManager.generateFactory({
    name: 'adf-bench',
    pipelines: 600,
    datasets: 60,
    linkedServices: 20,
    dataflows: 10,
    triggers: 10,
  });
  resourceManager.setLatency(latencyInMs);
  const { id } = await api.call<{ id: string }>('POST', '/api/connectors', { name: 'Bench' });
  await api.call('POST', `/api/connectors/${id}/credentials`, {
    method: 'client_credentials',
    tenantId: sample.tenantId,
    clientId: sample.clientId,
    clientSecret: sample.clientSecret,
  });
  const sync = async () => {
    const { status } = await finishedSync(api, id);
    if (status !== 'succeeded') throw new Error(`The sync ended as ${status}.`);
  };

  const factoryId = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.DataFactory/factories/${name}`;
  const reading = await readSequentially(stack.description(), factoryId);
  const initial = await timed(() => peakMemoryOf(hostPid, sync));
  const before = journal.read().at(-1)?.seq ?? 0;
  const refresh = await timed(sync);
  const writes = journal
    .read({ service: 'storage', since: before })
    .filter(({ method, path }) => method !== 'GET' && path.includes('resources'));

  const ratio = (ms: number, to: number) => `${(ms / to).toFixed(2)} x`;
  const about = `600 pipelines, ${latencyInMs} ms a call`;
  report(
    `sequential reading (${about})`,
    `${Math.round(reading.ms)} ms, ${reading.requests} requests`,
  );
  report(
    'longest chain of pages with discovery (the floor)',
    `${Math.round(reading.longestChainInMs)} ms`,
  );
  report('initial sync', `${Math.round(initial.ms)} ms`);
  report('  sequential reading / initial sync (aim 5 x)', ratio(reading.ms, initial.ms));
  report('  initial sync / floor (aim 2 x)', ratio(initial.ms, reading.longestChainInMs));
  report('  host memory, highest (aim 256 MiB)', `${Math.round(initial.result)} MiB`);
  report(
    'refresh without changes',
    `${Math.round(refresh.ms)} ms, ${writes.length} catalogue writes`,
  );
}
