/** Connector endpoints: HTTP in, a service call, HTTP out. No connector rule lives here. */
import { z } from 'zod';
import { factoryFilters } from './factory-filter';
import { durableClientInput } from '../durable/durable-client';
import { owners, anyRole, type Caller } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { listOf, pageParameters } from '../http/paging';
import type { Stored } from '../storage/stored';
import { connectorAnswer, toConnectorAnswer } from './connector-response';
import { connectedWith, connectorStatus, connectorType, etagOf, type Connector } from './connector';
import { deletionInstanceId } from './deletion-instance';
import { connectorParams } from '../http/path-params';

const name = z
  .string()
  .trim()
  .min(1)
  .max(100)

  .regex(/^\P{Cc}*$/u, 'must not contain control characters');

const newConnector = z.strictObject({
  name,
  type: connectorType.default('azure-data-factory'),
  connectedWith: connectedWith.optional().describe('The method that is meant to be used.'),
});

/** Owners and Members work with the account; for everybody else its name is masked. */
export const shown = (connector: Stored<Connector>, caller: Caller, now: Date) =>
  toConnectorAnswer(connector, {
    now,
    names: caller.roles.some((role) => role === 'Owner' || role === 'Member'),
    owner: caller.roles.includes('Owner'),
  });

const createConnector = endpoint({
  method: 'POST',
  route: 'connectors',
  summary: 'Set up a connector',
  allow: owners,
  body: newConnector,
  idempotent: 'optional',
  etag: true,
  responses: { 201: connectorAnswer },

  async handle({ body, caller }, { connectors, now }) {
    const connector = await connectors.create(caller, body);
    return {
      status: 201,
      headers: { Location: `/api/connectors/${connector.id}`, ETag: etagOf(connector) },
      jsonBody: shown(connector, caller, now()),
    };
  },
});

const listConnectors = endpoint({
  method: 'GET',
  route: 'connectors',
  summary: 'The connectors of the tenant, newest first',
  allow: anyRole,
  query: z.strictObject({
    status: connectorStatus.optional(),
    q: z.string().min(1).max(100).optional().describe('Part of a name, without case.'),
    ...pageParameters,
  }),
  responses: { 200: listOf(connectorAnswer) },

  async handle({ query, caller }, { connectors, cursors, now }) {
    const { tenantId } = caller;
    const { status, q } = query;
    return cursors.answer(
      { path: '/api/connectors', tenantId, query },
      ({ limit, continuation }) => connectors.list(tenantId, { status, q, limit, continuation }),
      (connector) => shown(connector, caller, now()),
    );
  },
});

const getConnector = endpoint({
  method: 'GET',
  route: 'connectors/{connectorId}',
  summary: 'One connector',
  allow: anyRole,
  params: connectorParams,
  etag: true,
  responses: { 200: connectorAnswer },

  async handle({ params, caller }, { connectors, now }) {
    const connector = await connectors.get(caller.tenantId, params.connectorId);
    return {
      status: 200,
      headers: { ETag: etagOf(connector) },
      jsonBody: shown(connector, caller, now()),
    };
  },
});

const updateConnector = endpoint({
  method: 'PATCH',
  route: 'connectors/{connectorId}',
  summary: 'Rename a connector, or choose which factories it syncs',
  allow: owners,
  params: connectorParams,
  body: z.strictObject({
    name: name.optional(),
    filters: factoryFilters.nullable().optional().describe('Null for all factories.'),
  }),
  mediaType: 'application/merge-patch+json',
  ifMatch: true,
  etag: true,
  responses: { 200: connectorAnswer },

  async handle({ params, body, version, caller }, { connectors, now }) {
    const connector = await connectors.update(caller, params.connectorId, version, body);
    return {
      status: 200,
      headers: { ETag: etagOf(connector) },
      jsonBody: shown(connector, caller, now()),
    };
  },
});

const deleteConnector = endpoint({
  method: 'DELETE',
  route: 'connectors/{connectorId}',
  summary: 'Hide a connector at once, and delete all that belongs to it',
  allow: owners,
  params: connectorParams,
  ifMatch: true,
  extraInputs: [durableClientInput],
  responses: { 202: undefined },

  async handle({ params, version, caller, context }, { connectors, durableClient }) {
    const target = { tenantId: caller.tenantId, connectorId: params.connectorId };
    await connectors.startDeleting(caller, params.connectorId, version);
    await durableClient(context).start(
      'purgeConnector',
      deletionInstanceId(params.connectorId),
      target,
    );
    return {
      status: 202,
      headers: { Location: `/api/connectors/${params.connectorId}/deletion`, 'Retry-After': '1' },
    };
  },
});

const getDeletion = endpoint({
  method: 'GET',
  route: 'connectors/{connectorId}/deletion',
  summary: 'How far a deletion is; not found once nothing is left',
  allow: owners,
  params: connectorParams,
  extraInputs: [durableClientInput],
  responses: {
    200: z.strictObject({ status: z.enum(['running', 'failed']) }).meta({ id: 'Deletion' }),
  },

  async handle({ params, caller, context }, { connectors, durableClient }) {
    await connectors.expectDeleting(caller.tenantId, params.connectorId);
    const instance = await durableClient(context).status(deletionInstanceId(params.connectorId));
    const failed = instance === 'Failed' || instance === 'Terminated';
    return { status: 200, jsonBody: { status: failed ? 'failed' : 'running' } };
  },
});

export const connectorEndpoints = {
  createConnector,
  listConnectors,
  getConnector,
  updateConnector,
  deleteConnector,
  getDeletion,
};
