/** Connector endpoints. Each handler makes one service call; business rules are in the services. */
import { z } from 'zod';
import { durableClientInput } from '../durable/durable-client';
import { anyRole, owners } from '../http/caller';
import { displayText } from '../http/display-text';
import { endpoint } from '../http/endpoint';
import { listOf, pageParameters } from '../http/paging';
import { connectorParams } from '../http/path-params';
import type { HttpServices } from '../http/services';
import { connectedWith, connectorStatus, connectorType, etagOf } from './connector';
import {
  connectorResponse,
  connectorSummaryResponse,
  toConnectorResponse,
  toConnectorSummaryResponse,
} from './connector-response';
import { deletionInstanceId } from './deletion-instance';
import { delayedRemoval } from './obsolete-secrets';
import { factoryFiltersPatch } from './factory-filter';
import type { ConnectorServices } from './services';

const name = displayText(100).describe('Unique in the tenant, without case. Stored in NFKC.');

const newConnector = z.strictObject({
  name,
  type: connectorType.default('azure-data-factory'),
  connectedWith: connectedWith.optional().describe('Method that will be used to connect.'),
});

const createConnector = endpoint({
  method: 'POST',
  route: 'connectors',
  summary: 'Create a connector',
  allow: owners,
  body: newConnector,
  example: { name: 'Sales', connectedWith: 'client_credentials' },
  idempotent: 'optional',
  etag: true,
  responses: { 201: connectorResponse },

  async handle({ body, caller }, { connectors, now }: ConnectorServices & HttpServices) {
    const connector = await connectors.create(caller, body);
    return {
      status: 201,
      headers: { Location: `/api/connectors/${connector.id}`, ETag: etagOf(connector) },
      jsonBody: toConnectorResponse(connector, caller, now()),
    };
  },
});

const listConnectors = endpoint({
  method: 'GET',
  route: 'connectors',
  summary: 'List the connectors of the tenant',
  allow: anyRole,
  query: z.strictObject({
    status: connectorStatus.optional().describe('Only connectors with this status.'),
    q: z.string().min(1).max(100).optional().describe('Part of the name, compared without case.'),
    ...pageParameters,
  }),
  cost: ({ status, q }) => ((status ?? q) === undefined ? 1 : 5),
  responses: { 200: listOf(connectorSummaryResponse) },

  async handle({ query, caller }, { connectors, cursors, now }: ConnectorServices & HttpServices) {
    const { tenantId } = caller;
    const { status, q } = query;
    return cursors.respond(
      { path: '/api/connectors', tenantId, query },
      (page) => connectors.list(tenantId, { ...page, status, q }),
      (connector) => toConnectorSummaryResponse(connector, caller, now()),
    );
  },
});

const getConnector = endpoint({
  method: 'GET',
  route: 'connectors/{connectorId}',
  summary: 'Get a connector',
  allow: anyRole,
  params: connectorParams,
  etag: true,
  responses: { 200: connectorResponse },

  async handle({ params, caller }, { connectors, now }: ConnectorServices & HttpServices) {
    const connector = await connectors.get({ tenantId: caller.tenantId, ...params });
    return {
      status: 200,
      headers: { ETag: etagOf(connector) },
      jsonBody: toConnectorResponse(connector, caller, now()),
    };
  },
});

const updateConnector = endpoint({
  method: 'PATCH',
  route: 'connectors/{connectorId}',
  summary: 'Change the name or filters of a connector',
  allow: owners,
  params: connectorParams,
  body: z.strictObject({
    name: name.optional(),
    filters: factoryFiltersPatch
      .nullable()
      .optional()
      .describe('Members that are absent stay as they are. Null syncs all factories.'),
  }),
  example: { name: 'Sales EU', filters: { exclude: [{ tag: { name: 'env', value: 'test' } }] } },
  mediaType: 'application/merge-patch+json',
  ifMatch: true,
  etag: true,
  responses: { 200: connectorResponse },

  async handle(
    { params, body, ifMatch, caller },
    { connectors, now }: ConnectorServices & HttpServices,
  ) {
    const connector = await connectors.update(caller, params.connectorId, ifMatch, body);
    return {
      status: 200,
      headers: { ETag: etagOf(connector) },
      jsonBody: toConnectorResponse(connector, caller, now()),
    };
  },
});

const deleteConnector = endpoint({
  method: 'DELETE',
  route: 'connectors/{connectorId}',
  summary: 'Delete a connector and all its data',
  allow: owners,
  params: connectorParams,
  ifMatch: true,
  extraInputs: [durableClientInput],
  responses: { 202: undefined },

  async handle(
    { params, ifMatch, caller, context },
    { connectors, connectorDeletion, durableClient }: ConnectorServices & HttpServices,
  ) {
    const { connectorId } = params;
    const key = { tenantId: caller.tenantId, connectorId };
    await connectors.startDeleting(caller, connectorId, ifMatch);
    await connectorDeletion.start(key, durableClient(context));
    return {
      status: 202,
      headers: { Location: `/api/connectors/${connectorId}/deletion`, 'Retry-After': '1' },
    };
  },
});

const getConnectorDeletion = endpoint({
  method: 'GET',
  route: 'connectors/{connectorId}/deletion',
  summary: 'Get the state of a deletion',
  allow: owners,
  params: connectorParams,
  extraInputs: [durableClientInput],
  responses: {
    200: z
      .strictObject({
        status: z
          .enum(['running', 'failed'])
          .describe(
            'A finished deletion responds with 404. A failed one is started again within the hour.',
          ),
        reason: z
          .strictObject({ code: z.string(), message: z.string() })
          .optional()
          .describe('Why Key Vault has not confirmed the removal of the credential.'),
      })
      .meta({ id: 'Deletion' }),
  },

  async handle(
    { params, caller, context },
    { connectors, durableClient }: ConnectorServices & HttpServices,
  ) {
    const { connectorId } = params;
    const connector = await connectors.getDeleting({ tenantId: caller.tenantId, connectorId });
    const instance = await durableClient(context).getStatus(deletionInstanceId(connectorId));
    const failed = instance === 'Failed' || instance === 'Terminated';
    const reason = delayedRemoval(connector)?.failure;
    return { status: 200, jsonBody: { status: failed ? 'failed' : 'running', reason } };
  },
});

export const connectorEndpoints = {
  createConnector,
  listConnectors,
  getConnector,
  updateConnector,
  deleteConnector,
  getConnectorDeletion,
};
