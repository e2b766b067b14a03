import { z } from 'zod';
import { resourceKind } from '../../data-factory/resource';
import { tool } from '../tool';
import { connectorId, factory, paging } from '../tool-input';

export const listResources = tool({
  name: 'list_resources',
  title: 'List resources',
  description:
    'Lists pipelines, datasets, linked services, data flows, triggers and other resources of a connector, with the ids that get_resource takes.',
  input: z.strictObject({
    connectorId,
    kind: resourceKind.optional().describe('Only resources of this kind.'),
    factory,
    ...paging,
  }),
  operations: ['listResources'],
  run: ({ connectorId: id, ...query }, api) =>
    api.read('listResources', { params: { connectorId: id }, query }),
});
