import { z } from 'zod';
import { tool } from '../tool';
import { connectorId, name } from '../tool-input';

export const explainRun = tool({
  name: 'explain_run',
  title: 'Explain a failed run',
  description:
    'Says why a pipeline run failed: the activity that failed first, its error, what was skipped because of it, earlier runs, and what changed since the last success.',
  input: z.strictObject({
    connectorId,
    pipelineRunId: name('The id of the run, from list_runs.', 300),
  }),
  operations: ['explainPipelineRun'],
  run: (params, api) => api.read('explainPipelineRun', { params }),
});
