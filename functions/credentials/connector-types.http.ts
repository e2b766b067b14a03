/** Connector types with their methods and form fields, from which a frontend renders its forms. */
import { z } from 'zod';
import { connectedWith, connectorType } from '../connectors/connector';
import { NotFoundError } from '../errors/app-error';
import { anyRole } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { connectorTypes } from './connection-methods';

const field = z
  .strictObject({
    name: z.string(),
    label: z.string(),
    secret: z.boolean(),
    required: z.boolean(),
    input: z.enum(['text', 'password', 'date-time', 'checkbox']),
    help: z.string().describe('Where Entra shows the value.'),
  })
  .meta({ id: 'ConnectorField' });

const typeResponse = z
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
      .describe('Recommended methods first.'),
  })
  .meta({ id: 'ConnectorType' });

const listConnectorTypes = endpoint({
  method: 'GET',
  route: 'connector-types',
  summary: 'List connector types',
  allow: anyRole,
  responses: { 200: z.strictObject({ items: z.array(typeResponse) }) },

  handle: async () => ({ status: 200, jsonBody: { items: connectorTypes } }),
});

const getConnectorType = endpoint({
  method: 'GET',
  route: 'connector-types/{type}',
  summary: 'Get a connector type',
  allow: anyRole,
  params: z.object({ type: z.string().max(100).describe('Id of the connector type.') }),
  responses: { 200: typeResponse },

  async handle({ params }) {
    const found = connectorTypes.find(({ type }) => type === params.type);
    if (!found)
      throw new NotFoundError(
        'connector_type_not_found',
        'There is no connector type with this name. Take the type from /api/connector-types.',
      );
    return { status: 200, jsonBody: found };
  },
});

export const connectorTypeEndpoints = { listConnectorTypes, getConnectorType };
