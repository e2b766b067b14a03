/** Lineage and run history as events of OpenLineage. */
import { z } from 'zod';
import type { ConnectorServices } from '../../connectors/services';
import { anyRole } from '../../http/caller';
import { endpoint } from '../../http/endpoint';
import { pageParameters } from '../../http/paging';
import { connectorParams } from '../../http/path-params';
import type { HttpServices } from '../../http/services';
import { eventKinds } from '../events/event';
import type { OpenLineageServices } from '../services';

const exportOpenLineage = endpoint({
  method: 'GET',
  route: 'connectors/{connectorId}/openlineage',
  summary: 'Export lineage as OpenLineage events',
  description:
    'One event of OpenLineage 2-0-2 a line: a DatasetEvent for each table or file, a JobEvent for each pipeline and activity, and RunEvents of pipeline runs and of the activity runs that were read, newest run first. A repetition gives equal events with equal run ids. Follow the header Link until it is absent. Assets whose names are known at run time only are no datasets: the job facet adf_connect names them.',
  allow: anyRole,
  params: connectorParams,
  query: z.strictObject({
    kind: z.enum(eventKinds).optional().describe('Only events of this kind.'),
    factory: z
      .string()
      .min(1)
      .max(400)
      .optional()
      .describe('Name or ARM id of a factory, without case.'),
    since: z.iso
      .datetime({ offset: true })
      .max(40)
      .optional()
      .describe('Jobs and datasets that changed, and runs that started, at or after this time.'),
    limit: z.coerce
      .number()
      .int()
      .min(1)
      .max(1_000)
      .default(500)
      .describe('Number of events after which a page ends. Events of a pipeline are not divided.'),
    cursor: pageParameters.cursor,
  }),
  cost: 10,
  responses: { 200: { mediaTypes: ['application/x-ndjson'] } },

  async handle(
    { params, query, caller: { tenantId } },
    {
      connectors,
      openLineageExports,
      cursors,
    }: ConnectorServices & OpenLineageServices & HttpServices,
  ) {
    const key = { tenantId, connectorId: params.connectorId };
    await connectors.get(key);
    const { limit, cursor, ...filter } = query;
    const list = { path: `/api/connectors/${params.connectorId}/openlineage`, tenantId, query };
    const continuation = await cursors.parse(list, cursor);
    const page = await openLineageExports.export(key, filter, {
      limit,
      ...(continuation !== undefined && { continuation }),
    });
    const nextLink = await cursors.nextLink(list, page.continuation);
    return {
      status: 200,
      headers: {
        'Content-Type': 'application/x-ndjson',
        ...(nextLink !== undefined && { Link: `<${nextLink}>; rel="next"` }),
      },
      body: page.items.join(''),
    };
  },
});

export const openLineageEndpoints = { exportOpenLineage };
