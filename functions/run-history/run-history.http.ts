/** When pipelines and triggers ran, and how it went: HTTP in, a RunHistoryService call, HTTP out. */
import { z } from 'zod';
import { factoryId } from '../data-factory/resource';
import { anyRole } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { listOf, pageParameters } from '../http/paging';
import {
  activityRunAnswer,
  pipelineRunAnswer,
  toActivityAnswer,
  toPipelineAnswer,
  toTriggerAnswer,
  triggerRunAnswer,
} from './run-response';
import type { RunItem } from './run-history-service';
import type { PipelineRun, TriggerRun } from './run';
import { connectorId, connectorParams, pipelineRunId } from '../http/path-params';

const moment = z.iso.datetime({ offset: true });
const filters = {
  factory: z.string().min(1).max(400).optional().describe('Name or ARM id of a factory.'),
  status: z.string().min(1).max(50).optional(),
  from: moment.optional().describe('Begun at this time or later.'),
  to: moment.optional().describe('Begun before this time.'),
  ...pageParameters,
};

const listPipelineRuns = endpoint({
  method: 'GET',
  route: 'connectors/{connectorId}/pipeline-runs',
  summary: 'Runs of pipelines, newest first',
  allow: anyRole,
  params: connectorParams,
  query: z.strictObject({ pipeline: z.string().min(1).max(400).optional(), ...filters }),
  responses: { 200: listOf(pipelineRunAnswer) },

  async handle({ params, query, caller }, { connectors, runHistory, cursors }) {
    const { tenantId } = caller;
    const connector = await connectors.get(tenantId, params.connectorId);
    const { factory, pipeline: name, status, from, to } = query;
    const wanted = { kind: 'pipeline', factory, name, status, from, to } as const;
    return cursors.answer(
      { path: `/api/connectors/${connector.id}/runs`, tenantId, query },
      (page) => runHistory.list({ tenantId, connectorId: connector.id }, wanted, page),
      (item) => ({ ...about(item), ...toPipelineAnswer(item.run as PipelineRun) }),
    );
  },
});

const listTriggerRuns = endpoint({
  method: 'GET',
  route: 'connectors/{connectorId}/trigger-runs',
  summary: 'Runs of triggers and what they started, newest first',
  allow: anyRole,
  params: connectorParams,
  query: z.strictObject({ trigger: z.string().min(1).max(400).optional(), ...filters }),
  responses: { 200: listOf(triggerRunAnswer) },

  async handle({ params, query, caller }, { connectors, runHistory, cursors }) {
    const { tenantId } = caller;
    const connector = await connectors.get(tenantId, params.connectorId);
    const { factory, trigger: name, status, from, to } = query;
    const wanted = { kind: 'trigger', factory, name, status, from, to } as const;
    return cursors.answer(
      { path: `/api/connectors/${connector.id}/trigger-runs`, tenantId, query },
      (page) => runHistory.list({ tenantId, connectorId: connector.id }, wanted, page),
      (item) => ({ ...about(item), ...toTriggerAnswer(item.run as TriggerRun) }),
    );
  },
});

const getPipelineRun = endpoint({
  method: 'GET',
  route: 'connectors/{connectorId}/pipeline-runs/{pipelineRunId}',
  summary: 'One run of a pipeline with its activities, where they were asked for',
  allow: anyRole,
  params: z.object({ connectorId, pipelineRunId }),
  responses: {
    200: pipelineRunAnswer
      .extend({
        activities: z
          .array(activityRunAnswer)
          .optional()
          .describe('Absent when they were not asked for, or not yet.'),
      })
      .meta({ id: 'PipelineRunWithActivities' }),
  },

  async handle({ params, caller }, { connectors, runHistory }) {
    const { tenantId } = caller;
    const connector = await connectors.get(tenantId, params.connectorId);
    const key = { tenantId, connectorId: connector.id };
    const item = await runHistory.get(key, params.pipelineRunId);
    const activities = item.activities?.map(toActivityAnswer);
    return {
      status: 200,
      jsonBody: { ...about(item), ...toPipelineAnswer(item.run), activities },
    };
  },
});

const about = ({ id: runId, factory }: RunItem) => ({
  id: runId,
  factory: {
    id: factoryId(factory),
    name: factory.name,
    resourceGroup: factory.resourceGroup,
    subscriptionId: factory.subscriptionId,
  },
});

export const runEndpoints = { listPipelineRuns, listTriggerRuns, getPipelineRun };
