/** Pipeline runs and trigger runs of the factories of a connector. */
import { z } from 'zod';
import { toFactoryRefResponse } from '../catalog/factory-ref-response';
import type { ConnectorServices } from '../connectors/services';
import { anyRole } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { listOf, pageParameters } from '../http/paging';
import { connectorId, connectorParams } from '../http/path-params';
import type { HttpServices } from '../http/services';
import type { RunItem } from './run';
import {
  activityRunResponse,
  pipelineRunResponse,
  toActivityRunResponse,
  toPipelineRunResponse,
  toTriggerRunResponse,
  triggerRunResponse,
} from './run-response';
import type { RunHistoryServices } from './services';

type RunHistoryEndpointServices = RunHistoryServices &
  Pick<ConnectorServices, 'connectors'> &
  HttpServices;

const dateTime = z.iso.datetime({ offset: true }).max(40);
const filters = {
  factory: z
    .string()
    .min(1)
    .max(400)
    .optional()
    .describe('Name or ARM id of a factory, without case.'),
  status: z
    .string()
    .min(1)
    .max(50)
    .optional()
    .describe('Status as Data Factory spells it, such as Succeeded, Failed or InProgress.'),
  from: dateTime.optional().describe('Runs that started at or after this time.'),
  to: dateTime.optional().describe('Runs that started before this time.'),
  ...pageParameters,
};

const listPipelineRuns = endpoint({
  method: 'GET',
  route: 'connectors/{connectorId}/pipeline-runs',
  summary: 'List pipeline runs, newest first',
  allow: anyRole,
  params: connectorParams,
  query: z.strictObject({
    pipeline: z.string().min(1).max(400).optional().describe('Name of the pipeline.'),
    ...filters,
  }),
  cost: 5,
  responses: { 200: listOf(pipelineRunResponse) },

  async handle(
    { params, query, caller },
    { connectors, runHistory, cursors }: RunHistoryEndpointServices,
  ) {
    const { tenantId } = caller;
    const connector = await connectors.get({ tenantId, connectorId: params.connectorId });
    const { factory, pipeline: name, status, from, to } = query;
    const filter = { kind: 'pipeline', factory, name, status, from, to } as const;
    return cursors.respond(
      { path: `/api/connectors/${connector.id}/pipeline-runs`, tenantId, query },
      (page) => runHistory.list({ tenantId, connectorId: connector.id }, filter, page),
      (item) => ({ ...identify(item), ...toPipelineRunResponse(item.run) }),
    );
  },
});

const listTriggerRuns = endpoint({
  method: 'GET',
  route: 'connectors/{connectorId}/trigger-runs',
  summary: 'List trigger runs, newest first',
  allow: anyRole,
  params: connectorParams,
  query: z.strictObject({
    trigger: z.string().min(1).max(400).optional().describe('Name of the trigger.'),
    ...filters,
  }),
  cost: 5,
  responses: { 200: listOf(triggerRunResponse) },

  async handle(
    { params, query, caller },
    { connectors, runHistory, cursors }: RunHistoryEndpointServices,
  ) {
    const { tenantId } = caller;
    const connector = await connectors.get({ tenantId, connectorId: params.connectorId });
    const { factory, trigger: name, status, from, to } = query;
    const filter = { kind: 'trigger', factory, name, status, from, to } as const;
    return cursors.respond(
      { path: `/api/connectors/${connector.id}/trigger-runs`, tenantId, query },
      (page) => runHistory.list({ tenantId, connectorId: connector.id }, filter, page),
      (item) => ({ ...identify(item), ...toTriggerRunResponse(item.run) }),
    );
  },
});

export const pipelineRunParams = z.object({
  connectorId,
  pipelineRunId: z
    .string()
    .min(1)
    .max(300)
    .describe('The id from the list of pipeline runs, not the runId of Data Factory.'),
});

const getPipelineRun = endpoint({
  method: 'GET',
  route: 'connectors/{connectorId}/pipeline-runs/{pipelineRunId}',
  summary: 'Get a pipeline run with its activity runs',
  allow: anyRole,
  params: pipelineRunParams,
  responses: {
    200: pipelineRunResponse
      .extend({
        activities: z
          .array(activityRunResponse)
          .optional()
          .describe('Absent if the activity runs were not read.'),
      })
      .meta({ id: 'PipelineRunWithActivities' }),
  },

  async handle({ params, caller }, { connectors, runHistory }: RunHistoryEndpointServices) {
    const { tenantId } = caller;
    const connector = await connectors.get({ tenantId, connectorId: params.connectorId });
    const key = { tenantId, connectorId: connector.id };
    const item = await runHistory.get(key, params.pipelineRunId);
    const activities = item.activities?.map(toActivityRunResponse);
    return {
      status: 200,
      jsonBody: { ...identify(item), ...toPipelineRunResponse(item.run), activities },
    };
  },
});

const identify = ({ id, factory }: RunItem) => ({
  id,
  factory: toFactoryRefResponse(factory),
});

export const runHistoryEndpoints = { listPipelineRuns, listTriggerRuns, getPipelineRun };
