/** Control of sync runs: cancel, pause, resume, retry. */
import type { z } from 'zod';
import { durableClientInput } from '../durable/durable-client';
import { personOf } from '../events/actor';
import { ownersAndMembers, type Caller } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { syncRunParams } from '../http/path-params';
import type { HttpServices } from '../http/services';
import type { SyncServices } from './services';
import type { SyncRun } from './sync-run';
import { syncRunResponse, toSyncRunResponse } from './sync-run-response';

type ControlServices = SyncServices & HttpServices;

const common = {
  method: 'POST' as const,
  allow: ownersAndMembers,
  params: syncRunParams,
  extraInputs: [durableClientInput],
  responses: { 202: syncRunResponse },
};

const keyOf = (
  { tenantId }: Caller,
  { connectorId, syncRunId }: z.infer<typeof syncRunParams>,
) => ({ tenantId, connectorId, syncRunId });

const accepted = async (
  run: SyncRun,
  { syncProgress, now }: Pick<ControlServices, 'syncProgress' | 'now'>,
) => ({
  status: 202,
  headers: { Location: `/api/connectors/${run.connectorId}/syncs/${run.id}`, 'Retry-After': '1' },
  jsonBody: toSyncRunResponse(await syncProgress.of(run), now()),
});

const cancelSync = endpoint({
  ...common,
  route: 'connectors/{connectorId}/syncs/{syncRunId}/cancel',
  summary: 'Cancel a sync run',

  async handle({ params, caller, context }, services: ControlServices) {
    const durableClient = services.durableClient(context);
    const run = await services.syncControl.cancel(
      keyOf(caller, params),
      personOf(caller),
      durableClient,
    );
    return accepted(run, services);
  },
});

const pauseSync = endpoint({
  ...common,
  route: 'connectors/{connectorId}/syncs/{syncRunId}/pause',
  summary: 'Pause a sync run',

  async handle({ params, caller, context }, services: ControlServices) {
    const durableClient = services.durableClient(context);
    const run = await services.syncControl.pause(
      keyOf(caller, params),
      personOf(caller),
      durableClient,
    );
    return accepted(run, services);
  },
});

const resumeSync = endpoint({
  ...common,
  route: 'connectors/{connectorId}/syncs/{syncRunId}/resume',
  summary: 'Resume a paused sync run',

  async handle({ params, caller, context }, services: ControlServices) {
    const durableClient = services.durableClient(context);
    const run = await services.syncControl.resume(
      keyOf(caller, params),
      personOf(caller),
      durableClient,
    );
    return accepted(run, services);
  },
});

const retrySync = endpoint({
  ...common,
  route: 'connectors/{connectorId}/syncs/{syncRunId}/retry',
  summary: 'Retry the failed factories of a sync run',
  idempotent: 'optional',

  async handle({ params, caller, context }, services: ControlServices) {
    const key = keyOf(caller, params);
    const durableClient = services.durableClient(context);
    const run = await services.syncControl.retry(key, personOf(caller), durableClient);
    return accepted(run, services);
  },
});

export const syncControlEndpoints = { cancelSync, pauseSync, resumeSync, retrySync };
