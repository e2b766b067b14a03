/** What can be connected, how, and what each way asks for: a frontend renders its form from this. */
import { z } from 'zod';
import { NotFoundError } from '../errors/app-error';
import { anyRole } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { connectedWith, connectorType } from '../connectors/connector';
import { connectorTypes } from './connection-methods';

const field = z
  .strictObject({
    name: z.string(),
    label: z.string(),
    secret: z.boolean(),
    required: z.boolean(),
    input: z.enum(['text', 'password', 'date-time', 'checkbox']),
    help: z.string().describe('Where to find it in Entra.'),
  })
  .meta({ id: 'ConnectorField' });

const typeAnswer = z
  .strictObject({
    type: connectorType,
    label: z.string(),
    methods: z
      .array(
        z.strictObject({
          method: connectedWith,
          label: z.string(),
          summary: z.string(),
          warnings: z.array(z.string()),
          submit: z.strictObject({ method: z.literal('POST'), path: z.string() }),
          fields: z.array(field),
        }),
      )
      .describe('The one to recommend first.'),
  })
  .meta({ id: 'ConnectorType' });

const listConnectorTypes = endpoint({
  method: 'GET',
  route: 'connector-types',
  summary: 'What can be connected, and how',
  allow: anyRole,
  responses: { 200: z.strictObject({ items: z.array(typeAnswer) }) },

  handle: async () => ({ status: 200, jsonBody: { items: connectorTypes } }),
});

const getConnectorType = endpoint({
  method: 'GET',
  route: 'connector-types/{type}',
  summary: 'How one type of connector is connected',
  allow: anyRole,
  params: z.object({ type: z.string().max(100) }),
  responses: { 200: typeAnswer },

  async handle({ params }) {
    const found = connectorTypes.find(({ type }) => type === params.type);
    if (!found)
      throw new NotFoundError('connector_type_not_found', 'There is no such type of connector.');
    return { status: 200, jsonBody: found };
  },
});

export const connectorTypeEndpoints = { listConnectorTypes, getConnectorType };
