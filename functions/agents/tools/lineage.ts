import { z } from 'zod';
import { tool } from '../tool';
import { connectorId, name, paging } from '../tool-input';

/** One of both is required: the API says so. */
export const lineageRoot = {
  asset: name('Id of an asset, from find_assets.').optional(),
  resource: name('Id of a resource, from list_resources, instead of an asset.', 1_500).optional(),
  column: name('Name of a column of the asset.').optional(),
  depth: z.int().min(1).max(20).optional().describe('Number of steps to follow.'),
};

export const lineage = tool({
  name: 'lineage',
  title: 'Lineage',
  description:
    'Follows data of a table, file or resource upstream (where it comes from) or downstream (where it goes), step by step with evidence.',
  input: z.strictObject({
    connectorId,
    ...lineageRoot,
    direction: z.enum(['upstream', 'downstream']).describe('Where to follow the data.'),
    columns: z.boolean().default(false).describe('Whether steps have their columns.'),
    ...paging,
  }),
  operations: ['getLineage'],
  run: ({ connectorId: id, columns, ...query }, api) =>
    api.read('getLineage', {
      params: { connectorId: id },
      query: { ...query, columns: String(columns) },
    }),
});
