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

export const connectorParams = z.object({ id: z.string().regex(/^[\w-]{1,100}$/) });

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
  tagged: true,
  answers: { 201: connectorAnswer },

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
  answers: { 200: listOf(connectorAnswer) },

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
  route: 'connectors/{id}',
  summary: 'One connector',
  allow: anyRole,
  params: connectorParams,
  tagged: true,
  answers: { 200: connectorAnswer },

  async handle({ params, caller }, { connectors, now }) {
    const connector = await connectors.get(caller.tenantId, params.id);
    return {
      status: 200,
      headers: { ETag: etagOf(connector) },
      jsonBody: shown(connector, caller, now()),
    };
  },
});

const updateConnector = endpoint({
  method: 'PATCH',
  route: 'connectors/{id}',
  summary: 'Rename a connector, or choose which factories it syncs',
  allow: owners,
  params: connectorParams,
  body: z.strictObject({
    name: name.optional(),
    filters: factoryFilters.nullable().optional().describe('Null for all factories.'),
  }),
  mediaType: 'application/merge-patch+json',
  ifMatch: true,
  tagged: true,
  answers: { 200: connectorAnswer },

  async handle({ params, body, version, caller }, { connectors, now }) {
    const connector = await connectors.update(caller, params.id, version, body);
    return {
      status: 200,
      headers: { ETag: etagOf(connector) },
      jsonBody: shown(connector, caller, now()),
    };
  },
});

const deleteConnector = endpoint({
  method: 'DELETE',
  route: 'connectors/{id}',
  summary: 'Hide a connector at once, and delete all that belongs to it',
  allow: owners,
  params: connectorParams,
  ifMatch: true,
  extraInputs: [durableClientInput],
  answers: { 202: undefined },

  async handle({ params, version, caller, context }, { connectors, durableClient }) {
    const target = { tenantId: caller.tenantId, connectorId: params.id };
    await connectors.startDeleting(caller, params.id, version);
    await durableClient(context).start('purgeConnector', deletionInstanceId(params.id), target);
    return {
      status: 202,
      headers: { Location: `/api/connectors/${params.id}/deletion`, 'Retry-After': '1' },
    };
  },
});

const getDeletion = endpoint({
  method: 'GET',
  route: 'connectors/{id}/deletion',
  summary: 'How far a deletion is; not found once nothing is left',
  allow: owners,
  params: connectorParams,
  extraInputs: [durableClientInput],
  answers: {
    200: z.strictObject({ status: z.enum(['running', 'failed']) }).meta({ id: 'Deletion' }),
  },

  async handle({ params, caller, context }, { connectors, durableClient }) {
    await connectors.expectDeleting(caller.tenantId, params.id);
    const instance = await durableClient(context).status(deletionInstanceId(params.id));
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
