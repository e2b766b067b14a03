/** The audit trail: what happened to a connector, and to the tenant as a whole. */
import { z } from 'zod';
import { owners } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { listOf, pageParameters } from '../http/paging';
import type { Services } from '../services';
import { eventAnswer, toEventAnswer } from './event-answer';
import { tenantWide } from './happening';
import type { Timeline } from './ports';

const query = z.strictObject(pageParameters);
const answers = { 200: listOf(eventAnswer) };

const listConnectorEvents = endpoint({
  method: 'GET',
  route: 'connectors/{id}/events',
  summary: 'What happened to a connector, newest first; still there when it is deleted',
  allow: owners,
  params: z.object({ id: z.string().regex(/^[\w-]{1,100}$/) }),
  query,
  answers,

  async handle({ params, query, caller }, services) {
    const { tenantId } = caller;
    const timeline = { tenantId, connectorId: params.id };
    const path = `/api/connectors/${params.id}/events`;
    const listed = await page(timeline, path, query, services);
    // An empty timeline may be of a connector that never was: then this says so.
    if (listed.jsonBody.items.length === 0) await services.connectors.get(tenantId, params.id);
    return listed;
  },
});

const listTenantEvents = endpoint({
  method: 'GET',
  route: 'events',
  summary: 'What happened in the tenant and belongs to no connector, newest first',
  allow: owners,
  query,
  answers,

  handle: ({ query, caller }, services) =>
    page({ tenantId: caller.tenantId, connectorId: tenantWide }, '/api/events', query, services),
});

async function page(
  timeline: Timeline,
  path: string,
  query: { readonly limit: number; readonly cursor?: string | undefined },
  { events, cursors }: Services,
) {
  const listing = { path, tenantId: timeline.tenantId, query };
  const continuation = await cursors.open(listing, query.cursor);
  const { items, continuation: rest } = await events.list(timeline, {
    limit: query.limit,
    ...(continuation !== undefined && { continuation }),
  });
  const nextLink = await cursors.nextLink(listing, rest);
  return {
    status: 200,
    ...(nextLink !== undefined && { headers: { Link: `<${nextLink}>; rel="next"` } }),
    jsonBody: { items: items.map(toEventAnswer), nextLink },
  };
}

export const eventEndpoints = { listConnectorEvents, listTenantEvents };
