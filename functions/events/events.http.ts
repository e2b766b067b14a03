/** Events of a connector and of the tenant: the timeline and the audit trail. */
import { z } from 'zod';
import { owners } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { listOf, pageParameters } from '../http/paging';
import { connectorId, connectorParams } from '../http/path-params';
import type { HttpServices } from '../http/services';
import type { PageRequest } from '../storage/page';
import { eventType } from './event';
import { eventResponse, toEventResponse } from './event-response';
import type { ConnectorLookup, EventFilter } from './ports';
import type { EventServices } from './services';

const dateTime = z.iso.datetime({ offset: true }).max(40);
const filters = {
  type: eventType.optional().describe('Events of this type.'),
  actor: z
    .union([z.literal('system'), z.guid()])
    .optional()
    .describe('Object id of a person or app, or `system`.'),
  from: dateTime.optional().describe('Events at or after this time.'),
  to: dateTime.optional().describe('Events before this time.'),
};
const ofConnector = z.strictObject({ ...filters, ...pageParameters });
const ofTenant = z.strictObject({
  connectorId: connectorId.optional().describe('Events of this connector, also if it is deleted.'),
  ...filters,
  ...pageParameters,
});
const responses = { 200: listOf(eventResponse) };

const toFilter = ({ type, actor, from, to }: z.infer<typeof ofConnector>): EventFilter => ({
  type,
  actor: actor?.toLowerCase(),
  from: toDate(from),
  to: toDate(to),
});

/** No event is older than 1970, which is the first time that an id can hold. */
const toDate = (time: string | undefined) =>
  time === undefined ? undefined : new Date(Math.max(0, Date.parse(time)));

const listConnectorEvents = endpoint({
  method: 'GET',
  route: 'connectors/{connectorId}/events',
  summary: 'List events of a connector, newest first',
  allow: owners,
  params: connectorParams,
  query: ofConnector,
  responses,

  async handle(
    { params, query, caller: { tenantId } },
    services: EventServices & HttpServices & { readonly connectors: ConnectorLookup },
  ) {
    const { events, connectors, cursors } = services;
    const key = { tenantId, connectorId: params.connectorId };
    const list = { path: `/api/connectors/${params.connectorId}/events`, tenantId, query };
    const read = (page: PageRequest) =>
      events.listOfConnector(key, toFilter(query), page, connectors);
    return cursors.respond(list, read, toEventResponse);
  },
});

const listTenantEvents = endpoint({
  method: 'GET',
  route: 'events',
  summary: 'List events of the tenant, newest first',
  allow: owners,
  query: ofTenant,
  responses,

  async handle({ query, caller: { tenantId } }, { events, cursors }: EventServices & HttpServices) {
    const filter = { ...toFilter(query), tenantId, connectorId: query.connectorId };
    const read = (page: PageRequest) => events.list(filter, page);
    return cursors.respond({ path: '/api/events', tenantId, query }, read, toEventResponse);
  },
});

export const eventEndpoints = { listConnectorEvents, listTenantEvents };
