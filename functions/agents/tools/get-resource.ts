import { z } from 'zod';
import { tool } from '../tool';
import { connectorId, name } from '../tool-input';

export const getResource = tool({
  name: 'get_resource',
  title: 'Get a resource',
  description:
    'Shows one resource of Data Factory with its JSON and the numbers of its references. Secrets are redacted.',
  input: z.strictObject({
    connectorId,
    resourceId: name('Id of the resource, from list_resources.', 1_500),
  }),
  operations: ['getResource'],
  run: (params, api) => api.read('getResource', { params }),
});
