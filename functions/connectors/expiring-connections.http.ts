/** Lists connections that expire soon, for dashboards. */
import { z } from 'zod';
import { ownersAndOperators } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { listOf, pageParameters } from '../http/paging';
import type { HttpServices } from '../http/services';
import { connectorSummaryResponse, toConnectorSummaryResponse } from './connector-response';
import type { ConnectorServices } from './services';

const dayMs = 86_400_000;

const listExpiringConnections = endpoint({
  method: 'GET',
  route: 'connections/expiring',
  summary: 'List connections that expire soon',
  allow: ownersAndOperators,
  query: z.strictObject({
    within: z
      .string()
      .max(4)
      .regex(/^[1-9]\d{0,2}d$/, 'must be a number of days, like 30d')
      .default('30d')
      .describe('Number of days from now, such as `30d`. Newest connectors are listed first.'),
    ...pageParameters,
  }),
  cost: 5,
  responses: { 200: listOf(connectorSummaryResponse) },

  async handle({ query, caller }, { connectors, cursors, now }: ConnectorServices & HttpServices) {
    const { tenantId } = caller;
    const expiringBy = new Date(now().getTime() + Number.parseInt(query.within, 10) * dayMs);
    return cursors.respond(
      { path: '/api/connections/expiring', tenantId, query },
      (page) => connectors.list(tenantId, { ...page, expiringBy }),
      (connector) => toConnectorSummaryResponse(connector, caller, now()),
    );
  },
});

export const expiringConnectionEndpoints = { listExpiringConnections };
