/** The audit trail: what happened to a connector, and to the tenant as a whole. */
import { z } from 'zod';
import { owners } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { listOf, pageParameters } from '../http/paging';
import type { PageRequest } from '../storage/page';
import { eventAnswer, toEventAnswer } from './event-response';
import { tenantStream } from './event';
import { connectorParams } from '../http/path-params';

const query = z.strictObject(pageParameters);
const answers = { 200: listOf(eventAnswer) };

const listConnectorEvents = endpoint({
  method: 'GET',
  route: 'connectors/{connectorId}/events',
  summary: 'What happened to a connector, newest first; still there when it is deleted',
  allow: owners,
  params: connectorParams,
  query,
  responses: answers,

  async handle({ params, query, caller }, { events, connectors, cursors }) {
    const { tenantId } = caller;
    const listing = { path: `/api/connectors/${params.connectorId}/events`, tenantId, query };
    const read = async (page: PageRequest) => {
      const found = await events.list({ tenantId, connectorId: params.connectorId }, page);
      // An empty timeline may be of a connector that never was: then this says so.
      if (found.items.length === 0) await connectors.get(tenantId, params.connectorId);
      return found;
    };
    return cursors.answer(listing, read, toEventAnswer);
  },
});

const listTenantEvents = endpoint({
  method: 'GET',
  route: 'events',
  summary: 'What happened in the tenant and belongs to no connector, newest first',
  allow: owners,
  query,
  responses: answers,

  async handle({ query, caller }, { events, cursors }) {
    const { tenantId } = caller;
    const read = (page: PageRequest) => events.list({ tenantId, connectorId: tenantStream }, page);
    return cursors.answer({ path: '/api/events', tenantId, query }, read, toEventAnswer);
  },
});

export const eventEndpoints = { listConnectorEvents, listTenantEvents };
