/** Why a pipeline run failed. */
import type { ConnectorServices } from '../../connectors/services';
import { anyRole } from '../../http/caller';
import { endpoint } from '../../http/endpoint';
import { pipelineRunParams } from '../run-history.http';
import type { RunHistoryServices } from '../services';
import { runExplanationResponse, toRunExplanationResponse } from './explanation-response';

const explainPipelineRun = endpoint({
  method: 'GET',
  route: 'connectors/{connectorId}/pipeline-runs/{pipelineRunId}/explain',
  summary: 'Explain why a pipeline run failed',
  allow: anyRole,
  params: pipelineRunParams,
  cost: 10,
  responses: { 200: runExplanationResponse },

  async handle(
    { params, caller },
    { connectors, runExplanations }: RunHistoryServices & Pick<ConnectorServices, 'connectors'>,
  ) {
    const { tenantId } = caller;
    const connector = await connectors.get({ tenantId, connectorId: params.connectorId });
    const explanation = await runExplanations.explain(
      { tenantId, connectorId: connector.id },
      params.pipelineRunId,
    );
    return { status: 200, jsonBody: toRunExplanationResponse(explanation) };
  },
});

export const runExplanationEndpoints = { explainPipelineRun };
