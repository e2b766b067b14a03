import { z } from 'zod';
import { tool } from '../tool';
import { connectorId, paging } from '../tool-input';

export const connectorStatus = tool({
  name: 'connector_status',
  title: 'Connector status',
  description:
    'Lists the connectors to Azure Data Factory with their connection status and last sync, or shows one connector. Start here: other tools need a connectorId.',
  input: z.strictObject({ connectorId: connectorId.optional(), ...paging }),
  operations: ['listConnectors', 'getConnector'],
  run: ({ connectorId: id, ...query }, api) =>
    id === undefined
      ? api.read('listConnectors', { query })
      : api.read('getConnector', { params: { connectorId: id } }),
});
