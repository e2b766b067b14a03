import { z } from 'zod';
import { tool } from '../tool';
import { connectorId, factory, name, paging, time } from '../tool-input';

export const listRuns = tool({
  name: 'list_runs',
  title: 'List pipeline runs',
  description:
    'Lists pipeline runs, newest first, with status, duration and the ids that explain_run takes.',
  input: z.strictObject({
    connectorId,
    factory,
    pipeline: name('Name of the pipeline.').optional(),
    status: name('Succeeded, Failed, InProgress, Cancelled or Queued.', 50).optional(),
    from: time('Runs that started at or after this time.'),
    to: time('Runs that started before this time.'),
    ...paging,
  }),
  operations: ['listPipelineRuns'],
  run: ({ connectorId: id, ...query }, api) =>
    api.read('listPipelineRuns', { params: { connectorId: id }, query }),
});
