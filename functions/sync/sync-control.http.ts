/** Steering of syncs over HTTP. HTTP in, a SyncControlService call, HTTP out. */
import type { z } from 'zod';
import { durableClientInput } from '../durable/durable-client';
import { ownersAndMembers, type Caller } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { syncRunParams } from '../http/path-params';
import type { Services } from '../services';
import type { SyncRun } from './sync-run';
import { syncRunAnswer, toSyncRunAnswer } from './sync-run-response';

const common = {
  method: 'POST' as const,
  allow: ownersAndMembers,
  params: syncRunParams,
  extraInputs: [durableClientInput],
  responses: { 202: syncRunAnswer },
};

const targetOf = ({ tenantId }: Caller, { connectorId, syncRunId: runId }: z.infer<typeof syncRunParams>) => ({
  tenantId,
  connectorId,
  runId,
});

const accepted = async (run: SyncRun, { syncProgress, now }: Services) => ({
  status: 202,
  headers: { Location: `/api/connectors/${run.connectorId}/syncs/${run.id}`, 'Retry-After': '1' },
  jsonBody: toSyncRunAnswer(await syncProgress.of(run), now()),
});

const cancelSync = endpoint({
  ...common,
  route: 'connectors/{connectorId}/syncs/{syncRunId}/cancel',
  summary: 'Cancel a sync: it ends after the pages it is reading, and deletes nothing on doubt',

  async handle({ params, caller, context }, services) {
    const durableClient = services.durableClient(context);
    const run = await services.steering.cancel(targetOf(caller, params), durableClient);
    return accepted(run, services);
  },
});

const pauseSync = endpoint({
  ...common,
  route: 'connectors/{connectorId}/syncs/{syncRunId}/pause',
  summary: 'Pause a sync after the pages it is reading',

  async handle({ params, caller, context }, services) {
    const durableClient = services.durableClient(context);
    const run = await services.steering.pause(targetOf(caller, params), durableClient);
    return accepted(run, services);
  },
});

const resumeSync = endpoint({
  ...common,
  route: 'connectors/{connectorId}/syncs/{syncRunId}/resume',
  summary: 'Let a paused sync go on where it was',

  async handle({ params, caller, context }, services) {
    const durableClient = services.durableClient(context);
    const run = await services.steering.resume(targetOf(caller, params), durableClient);
    return accepted(run, services);
  },
});

const retrySync = endpoint({
  ...common,
  route: 'connectors/{connectorId}/syncs/{syncRunId}/retry',
  summary: 'Start a sync of the factories that failed in this one',
  idempotent: 'optional',

  async handle({ params, caller, context }, services) {
    const { objectId, displayName } = caller;
    const target = targetOf(caller, params);
    const durableClient = services.durableClient(context);
    const run = await services.steering.retry(target, { objectId, displayName }, durableClient);
    return accepted(run, services);
  },
});

export const steeringEndpoints = { cancelSync, pauseSync, resumeSync, retrySync };
