/** Endpoints of the push of OpenLineage events. No response shows the key or the secret parts of the address. */
import { z } from 'zod';
import type { ConnectorServices } from '../../connectors/services';
import { owners } from '../../http/caller';
import { endpoint } from '../../http/endpoint';
import { connectorParams } from '../../http/path-params';
import { eventKinds } from '../events/event';
import type { OpenLineageServices } from '../services';
import { pushResponse, toPushResponse } from './push-response';
import { maxBackfillDays, targetEtag, type TargetView } from './target';

type PushEndpointServices = ConnectorServices & OpenLineageServices;

const route = 'connectors/{connectorId}/openlineage/push';

const respond = (view: TargetView) => ({
  status: 200,
  headers: { ETag: targetEtag(view.target) },
  jsonBody: toPushResponse(view),
});

const getOpenLineagePush = endpoint({
  method: 'GET',
  route,
  summary: 'Get the push of OpenLineage events',
  allow: owners,
  params: connectorParams,
  etag: true,
  responses: { 200: pushResponse },

  async handle({ params, caller }, { connectors, openLineageTargets }: PushEndpointServices) {
    const key = { tenantId: caller.tenantId, connectorId: params.connectorId };
    await connectors.get(key);
    return respond(await openLineageTargets.get(key));
  },
});

const replaceOpenLineagePush = endpoint({
  method: 'PUT',
  route,
  summary: 'Set the push of OpenLineage events',
  description:
    'Each event is sent in a POST of its own, first those that exist, then those of each sync. A receiver that fails is tried again, after Retry-After or with growing pauses of at most an hour. Setting a receiver again sends everything anew: the events and the ids of runs are equal, so a receiver has none of them twice.',
  allow: owners,
  params: connectorParams,
  body: z.strictObject({
    url: z
      .url({ protocol: /^https$/, error: 'must be an https address' })
      .max(2_000)
      .describe('Whole address, such as https://marquez.contoso.com/api/v1/lineage.'),
    apiKey: z
      .string()
      .max(4_096)
      .regex(/^[\x21-\x7e]+$/, 'must have visible ASCII characters only')
      .optional()
      .describe('Sent as bearer token. It is stored in the vault and never shown.'),
    kinds: z
      .array(z.enum(eventKinds))
      .min(1)
      .max(eventKinds.length)
      .default([...eventKinds])
      .describe('Kinds of events to send.'),
    backfillDays: z
      .number()
      .int()
      .min(0)
      .max(maxBackfillDays)
      .default(7)
      .describe('Runs of this number of days are sent at first.'),
  }),
  example: {
    url: 'https://marquez.contoso.com/api/v1/lineage',
    apiKey: 'the-key-of-the-receiver',
    backfillDays: 7,
  },
  ifMatch: true,
  etag: true,
  rateLimit: 'credentials',
  responses: { 200: pushResponse },

  async handle(
    { params, body, ifMatch, caller },
    { connectors, openLineageTargets }: PushEndpointServices,
  ) {
    const { connectorId } = params;
    await connectors.get({ tenantId: caller.tenantId, connectorId });
    return respond(await openLineageTargets.replace(caller, connectorId, ifMatch, body));
  },
});

const deleteOpenLineagePush = endpoint({
  method: 'DELETE',
  route,
  summary: 'Stop the push of OpenLineage events',
  description:
    'A worker that is sending stops within seconds. The secret with address and key is disabled at once, and deleted within two hours. 412 if a receiver was set meanwhile.',
  allow: owners,
  params: connectorParams,
  responses: { 204: undefined },

  async handle({ params, caller }, { connectors, openLineageTargets }: PushEndpointServices) {
    const { connectorId } = params;
    await connectors.get({ tenantId: caller.tenantId, connectorId });
    await openLineageTargets.remove(caller, connectorId);
    return { status: 204 };
  },
});

export const openLineagePushEndpoints = {
  getOpenLineagePush,
  replaceOpenLineagePush,
  deleteOpenLineagePush,
};
