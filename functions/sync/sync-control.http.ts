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

type Action = 'cancel' | 'pause' | 'resume';

/** An endpoint that changes the status of a sync run. */
const control = (action: Action, summary: string) =>
  endpoint({
    ...common,
    route: `connectors/{connectorId}/syncs/{syncRunId}/${action}`,
    summary,

    async handle({ params, caller, context }, services: ControlServices) {
      const { syncControl, durableClient } = services;
      const key = keyOf(caller, params);
      const run = await syncControl[action](key, personOf(caller), durableClient(context));
      return accepted(run, services);
    },
  });

const cancelSync = control('cancel', 'Cancel a sync run');
const pauseSync = control('pause', 'Pause a sync run');
const resumeSync = control('resume', 'Resume a paused sync run');

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
