import { z } from 'zod';
import { tool } from '../tool';
import { connectorId, paging } from '../tool-input';
import { lineageRoot } from './lineage';

export const impact = tool({
  name: 'impact',
  title: 'Impact of a change',
  description:
    'Lists everything that a change of a table, column, linked service or pipeline reaches, by distance.',
  input: z.strictObject({ connectorId, ...lineageRoot, ...paging }),
  operations: ['getImpact'],
  run: ({ connectorId: id, ...query }, api) =>
    api.read('getImpact', { params: { connectorId: id }, query }),
});
