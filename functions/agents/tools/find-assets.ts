import { z } from 'zod';
import { tool } from '../tool';
import { connectorId, factory, name, paging } from '../tool-input';

export const findAssets = tool({
  name: 'find_assets',
  title: 'Find assets',
  description:
    'Lists tables, files and other physical assets that pipelines read or write, with the ids that lineage and impact take.',
  input: z.strictObject({
    connectorId,
    factory,
    name: name('Part of the namespace or name of the asset.').optional(),
    ...paging,
  }),
  operations: ['listAssets'],
  run: ({ connectorId: id, ...query }, api) =>
    api.read('listAssets', { params: { connectorId: id }, query }),
});
