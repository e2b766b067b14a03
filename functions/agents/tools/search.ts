import { z } from 'zod';
import { resourceKind } from '../../data-factory/resource';
import { tool } from '../tool';
import { connectorId, factory, paging } from '../tool-input';

export const search = tool({
  name: 'search',
  title: 'Search',
  description:
    'Finds pipelines, activities, datasets and other resources of all connectors by words of their names, folders, descriptions, annotations, tables and SQL, also with typing mistakes. Returns the connector ids and resource ids that get_resource takes.',
  input: z.strictObject({
    q: z.string().min(2).max(200).describe('Words that must all be found.'),
    kind: resourceKind.optional().describe('Only resources of this kind.'),
    connectorId: connectorId.optional(),
    factory,
    ...paging,
  }),
  operations: ['search'],
  run: (query, api) => api.read('search', { query }),
});
