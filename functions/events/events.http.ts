/** Event streams of a connector and of the tenant. */
import { z } from 'zod';
import { owners } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { listOf, pageParameters } from '../http/paging';
import { connectorParams } from '../http/path-params';
import type { HttpServices } from '../http/services';
import type { PageRequest } from '../storage/page';
import { tenantStream } from './event';
import { eventResponse, toEventResponse } from './event-response';
import type { ConnectorLookup } from './ports';
import type { EventServices } from './services';

const query = z.strictObject(pageParameters);
const responses = { 200: listOf(eventResponse) };

const listConnectorEvents = endpoint({
  method: 'GET',
  route: 'connectors/{connectorId}/events',
  summary: 'List events of a connector, newest first',
  allow: owners,
  params: connectorParams,
  query,
  responses,

  async handle(
    { params: { connectorId }, query, caller: { tenantId } },
    services: EventServices & HttpServices & { readonly connectors: ConnectorLookup },
  ) {
    const { events, connectors, cursors } = services;
    const list = { path: `/api/connectors/${connectorId}/events`, tenantId, query };
    const read = (page: PageRequest) =>
      events.listOfConnector({ tenantId, connectorId }, page, connectors);
    return cursors.respond(list, read, toEventResponse);
  },
});

const listTenantEvents = endpoint({
  method: 'GET',
  route: 'events',
  summary: 'List events of the tenant, newest first',
  allow: owners,
  query,
  responses,

  async handle({ query, caller: { tenantId } }, { events, cursors }: EventServices & HttpServices) {
    const read = (page: PageRequest) => events.list({ tenantId, connectorId: tenantStream }, page);
    return cursors.respond({ path: '/api/events', tenantId, query }, read, toEventResponse);
  },
});

export const eventEndpoints = { listConnectorEvents, listTenantEvents };
