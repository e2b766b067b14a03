/** Steering of syncs over HTTP. HTTP in, a SteeringService call, HTTP out. */
import { z } from 'zod';
import { orchestrationClient } from '../durable/orchestrations';
import { runners, type Caller } from '../http/caller';
import { endpoint } from '../http/endpoint';
import type { SyncRun } from './sync-run';
import { syncRunAnswer, toSyncRunAnswer } from './sync-run-answer';

export const runParams = z.object({
  id: z.string().regex(/^[\w-]{1,100}$/),
  runId: z.string().max(100),
});

const common = {
  method: 'POST' as const,
  allow: runners,
  params: runParams,
  extraInputs: [orchestrationClient],
  answers: { 202: syncRunAnswer },
};

const targetOf = ({ tenantId }: Caller, { id: connectorId, runId }: z.infer<typeof runParams>) => ({
  tenantId,
  connectorId,
  runId,
});

const accepted = (run: SyncRun) => ({
  status: 202,
  headers: { Location: `/api/connectors/${run.connectorId}/syncs/${run.id}`, 'Retry-After': '1' },
  jsonBody: toSyncRunAnswer(run),
});

const cancelSync = endpoint({
  ...common,
  route: 'connectors/{id}/syncs/{runId}/cancel',
  summary: 'Cancel a sync: it ends after the pages it is reading, and deletes nothing on doubt',

  async handle({ params, caller, context }, { steering, orchestrations }) {
    return accepted(await steering.cancel(targetOf(caller, params), orchestrations(context)));
  },
});

const pauseSync = endpoint({
  ...common,
  route: 'connectors/{id}/syncs/{runId}/pause',
  summary: 'Pause a sync after the pages it is reading',

  async handle({ params, caller, context }, { steering, orchestrations }) {
    return accepted(await steering.pause(targetOf(caller, params), orchestrations(context)));
  },
});

const resumeSync = endpoint({
  ...common,
  route: 'connectors/{id}/syncs/{runId}/resume',
  summary: 'Let a paused sync go on where it was',

  async handle({ params, caller, context }, { steering, orchestrations }) {
    return accepted(await steering.resume(targetOf(caller, params), orchestrations(context)));
  },
});

const retrySync = endpoint({
  ...common,
  route: 'connectors/{id}/syncs/{runId}/retry',
  summary: 'Start a sync of the factories that failed in this one',
  idempotent: 'optional',

  async handle({ params, caller, context }, { steering, orchestrations }) {
    const { objectId, displayName } = caller;
    const target = targetOf(caller, params);
    return accepted(
      await steering.retry(target, { objectId, displayName }, orchestrations(context)),
    );
  },
});

export const steeringEndpoints = { cancelSync, pauseSync, resumeSync, retrySync };
