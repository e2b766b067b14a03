/** What will stop working soon: the dashboard of those who keep connections alive. */
import { z } from 'zod';
import type { Role } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { listOf, pageParameters } from '../http/paging';
import { connectorAnswer } from './connector-response';
import { shown } from './connectors.http';

const ownersAndOperators: readonly Role[] = ['Owner', 'Operator'];
const dayInMs = 86_400_000;

const listExpiring = endpoint({
  method: 'GET',
  route: 'connections/expiring',
  summary: 'Connected connectors whose connection ends soon, newest connector first',
  allow: ownersAndOperators,
  query: z.strictObject({
    within: z
      .string()
      .regex(/^[1-9]\d{0,2}d$/, 'must be a number of days, like 30d')
      .default('30d')
      .describe('From now on, in days: `30d`.'),
    ...pageParameters,
  }),
  responses: { 200: listOf(connectorAnswer) },

  async handle({ query, caller }, { connectors, cursors, now }) {
    const { tenantId } = caller;
    const expiringBy = new Date(now().getTime() + Number.parseInt(query.within, 10) * dayInMs);
    return cursors.answer(
      { path: '/api/connections/expiring', tenantId, query },
      (page) => connectors.list(tenantId, { ...page, expiringBy }),
      (connector) => shown(connector, caller, now()),
    );
  },
});

export const expiringEndpoints = { listExpiring };
