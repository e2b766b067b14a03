/**
 * Each endpoint that changes something, in the state in which it is called, with the events that it
 * records.
 */
import type { InstanceStatus } from '../../functions/durable/instance-status';
import type { EventType, NewEvent } from '../../functions/events/event';
import type { Caller } from '../../functions/http/caller';
import { rightPassword, rightSecret } from '../fakes/entra';
import { aConnectedConnector, aConnector, owner } from './builders';
import { callEndpoint, type EndpointCall, type EndpointName } from './call-endpoint';
import { names, removalContext } from './removal-context';
import { syncContext } from './sync-context';

/** Calls the endpoint. Everything before was done by another person, the owner. */
export const grace: Caller = {
  ...owner,
  objectId: 'c0c0a000-0000-4000-8000-000000000099',
  displayName: 'Grace Hopper',
  roles: ['Owner', 'Member', 'Operator'],
};

export type Context = Pick<
  ReturnType<typeof syncContext>,
  | 'services'
  | 'eventStore'
  | 'outbox'
  | 'durableClient'
  | 'wait'
  | 'connectionAttemptStore'
  | 'idempotencyStore'
>;

export interface Scenario {
  readonly context: Context;
  readonly call: EndpointCall;
}

export interface ChangingEndpoint {
  readonly events: readonly EventType[];
  readonly status: number;
  /** The person who started a sign-in, for endpoints that a browser calls without a token. */
  readonly byStarter?: true;
  readonly open: () => Promise<Scenario>;
}

const params = { connectorId: 'c1' };
const clientId = 'c0c0a000-0000-4000-8000-00000000000a';
const { tenantId } = owner;
const clientCredentials = {
  method: 'client_credentials',
  tenantId,
  clientId,
  clientSecret: rightSecret,
};
const idempotencyKey = { 'idempotency-key': 'key-0001' };
const merge = { 'if-match': '*', 'content-type': 'application/merge-patch+json' };
const webhook = { url: 'https://hooks.example/in', events: ['*'] };
const openLineage = { url: 'https://lineage.example/api/v1/lineage', apiKey: 'a-key' };

/** A provisioning connection with a token. */
async function withProvisioningConnection(
  callOf: (tokenId: string) => EndpointCall = () => ({}),
): Promise<Scenario> {
  const context = syncContext();
  const { provisioningConnections } = context.services;
  const { id } = await provisioningConnections.create(owner, { name: 'Okta', profile: 'okta' });
  const key = { tenantId, connectionId: id };
  const { issued } = await provisioningConnections.issueToken(owner, key, {});
  const { params: more, ...call } = callOf(issued.id);
  return { context, call: { params: { connectionId: id, ...more }, ...call } };
}

const unconnected = () => syncContext([aConnector()]);
const connectorCall = (call: EndpointCall = {}, context: Context = unconnected()): Scenario => ({
  context,
  call: { params, ...call },
});

export async function connected(call: EndpointCall = {}): Promise<Scenario> {
  const context = unconnected();
  const { services } = context;
  await callEndpoint('submitCredentials', { params, body: clientCredentials, services });
  return { context, call: { params, ...call } };
}

export async function connectedWithPassword(): Promise<Scenario> {
  const context = unconnected();
  const { services } = context;
  const body = {
    method: 'username_password',
    tenantId,
    clientId,
    username: 'loader@contoso.example',
    password: rightPassword,
  };
  await callEndpoint('submitCredentials', { params, body, services });
  return { context, call: { params } };
}

async function withWebhook(call: EndpointCall = {}): Promise<Scenario> {
  const context = syncContext();
  const { json } = await callEndpoint('createWebhook', {
    body: webhook,
    services: context.services,
  });
  return { context, call: { params: { webhookId: json.id }, ...call } };
}

async function withDelivery(): Promise<Scenario> {
  const { context, call } = await withWebhook();
  const { services, durableClient } = context;
  const event: NewEvent = { ...params, tenantId, type: 'sync.failed', actor: 'system' };
  await services.events.record(event);
  await services.outboxRelay.relayAll(durableClient, fail);
  const { json } = await callEndpoint('listDeliveries', { ...call, services });
  for (const { id: deliveryId } of json.items)
    await services.deliveries.attempt({
      tenantId,
      webhookId: call.params!['webhookId']!,
      deliveryId,
      redelivery: 0,
      attempt: 1,
    });
  return { context, call: { params: { ...call.params!, deliveryId: json.items[0].id } } };
}

async function withSync(
  before: (sync: { readonly context: Context; readonly id: string }) => Promise<void> = async () =>
    undefined,
): Promise<Scenario> {
  const context = syncContext([aConnectedConnector()]);
  const { json } = await callEndpoint('startSync', { params, services: context.services });
  await before({ context, id: json.id });
  return { context, call: { params: { ...params, syncRunId: json.id } } };
}

async function withSession(
  start: 'startOAuthSession' | 'startDeviceSession',
): Promise<Scenario & { readonly startUrl: string }> {
  const context = unconnected();
  const { json } = await callEndpoint(start, { params, body: {}, services: context.services });
  return {
    context,
    call: { params: { ...params, sessionId: json.id } },
    startUrl: json.startUrl ?? '',
  };
}

/** A browser that returns from Microsoft. */
async function withBrowser(parameters: Record<string, string>): Promise<Scenario> {
  const { context, startUrl } = await withSession('startOAuthSession');
  const { services } = context;
  const redirect = await callEndpoint('startOAuth', { services, query: new URL(startUrl).search });
  const [cookie] = redirect.cookies!;
  const state = new URL(redirect.headers['Location']!).searchParams.get('state')!;
  return {
    context,
    call: {
      headers: {
        cookie: `${cookie!.name}=${cookie!.value}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({ state, ...parameters }).toString(),
    },
  };
}

async function withConfirmation(decision: string): Promise<Scenario> {
  const { context, call } = await withBrowser({ code: 'right-code' });
  const { services } = context;
  const received = await callEndpoint('oauthCallbackFormPost', { services, ...call });
  const { search, searchParams } = new URL(received.headers['Location']!);
  const cookies = [
    call.headers!['cookie'],
    ...(received.cookies ?? []).map(({ name, value }) => `${name}=${value}`),
  ];
  const headers = { ...call.headers, cookie: cookies.join('; ') };
  const page = await callEndpoint('showConfirmation', { services, headers, query: search });
  const [, csrfToken] = /name="csrfToken" value="([^"]+)"/.exec(page.body as string) ?? [];
  const form = { state: searchParams.get('state')!, csrfToken: csrfToken ?? '', decision };
  return { context, call: { headers, body: new URLSearchParams(form).toString() } };
}

async function withMassRemoval(): Promise<Scenario> {
  const context = removalContext();
  await context.sync(['kept', ...names(8)]);
  const syncRunId = await context.sync(['kept']);
  return { context: context as unknown as Context, call: { params: { ...params, syncRunId } } };
}

/** The orchestration that a delivery of a webhook would start, in a state. */
async function withOrchestration(
  status: InstanceStatus,
  call: EndpointCall = {},
): Promise<Scenario> {
  const context = syncContext();
  const { services, durableClient } = context;
  const instanceId = 'webhook-d1-0';
  await services.durableClient().start('deliverWebhook', instanceId, { tenantId });
  durableClient.statuses.set(instanceId, status);
  return { context, call: { params: { instanceId, ...call.params }, ...call } };
}

const orchestrationCall =
  (status: InstanceStatus, call: EndpointCall = {}) =>
  () =>
    withOrchestration(status, call);

const syncCall = (key: 'syncRunId') => async () => {
  const { context, call } = await withSync();
  return { context, call: { params: { [key]: call.params![key]! } } };
};

const endpointsWithEvents: Partial<Record<EndpointName, ChangingEndpoint>> = {
  createConnector: {
    events: ['connector.created'],
    status: 201,
    open: async () => ({
      context: syncContext([]),
      call: { body: { name: 'Sales' }, headers: idempotencyKey },
    }),
  },
  updateConnector: {
    events: ['connector.updated'],
    status: 200,
    open: async () => connectorCall({ headers: merge, body: { name: 'Stock' } }),
  },
  deleteConnector: {
    events: ['connector.deleted'],
    status: 202,
    open: async () => connectorCall({ headers: { 'if-match': '*' } }),
  },
  replaceSchedule: {
    events: ['schedule.changed'],
    status: 200,
    open: async () => connectorCall({ headers: { 'if-match': '*' }, body: { kind: 'manual' } }),
  },
  replaceOpenLineagePush: {
    events: ['openlineage.push_set'],
    status: 200,
    open: async () => connectorCall({ headers: { 'if-match': '*' }, body: openLineage }),
  },
  deleteOpenLineagePush: {
    events: ['openlineage.push_removed'],
    status: 204,
    async open() {
      const context = unconnected();
      const headers = { 'if-match': '*' };
      const { services } = context;
      await callEndpoint('replaceOpenLineagePush', {
        params,
        headers,
        body: openLineage,
        services,
      });
      return connectorCall({}, context);
    },
  },
  submitCredentials: {
    events: ['connector.connected'],
    status: 200,
    open: async () => connectorCall({ body: clientCredentials }),
  },
  rotateCredential: {
    events: ['credentials.rotated'],
    status: 200,
    open: () => connected({ body: { clientSecret: rightSecret } }),
  },
  testConnection: { events: ['connector.tested'], status: 200, open: () => connected() },
  disconnectConnector: {
    events: ['connector.disconnected'],
    status: 200,
    open: () => connected(),
  },
  replaceAllowedTenants: {
    events: ['allowed_tenants.changed'],
    status: 200,
    open: async () => ({
      context: syncContext(),
      call: { headers: { 'if-match': '*' }, body: { tenantIds: [clientId] } },
    }),
  },
  startOAuthSession: {
    events: ['oauth.session_started'],
    status: 201,
    open: async () => connectorCall({ body: {} }),
  },
  cancelOAuthSession: {
    events: ['oauth.session_cancelled'],
    status: 204,
    open: () => withSession('startOAuthSession'),
  },
  oauthCallbackFormPost: {
    events: ['oauth.session_failed'],
    status: 200,
    byStarter: true,
    open: () => withBrowser({ error: 'access_denied' }),
  },
  confirmOAuth: {
    events: ['connector.connected'],
    status: 200,
    byStarter: true,
    open: () => withConfirmation('confirm'),
  },
  startDeviceSession: {
    events: ['device.session_started'],
    status: 201,
    open: async () => connectorCall({ body: {} }),
  },
  cancelDeviceSession: {
    events: ['device.session_cancelled'],
    status: 204,
    open: () => withSession('startDeviceSession'),
  },
  startSync: {
    events: ['sync.requested'],
    status: 202,
    open: async () =>
      connectorCall({ headers: idempotencyKey }, syncContext([aConnectedConnector()])),
  },
  cancelSync: { events: ['sync.cancel_requested'], status: 202, open: () => withSync() },
  pauseSync: { events: ['sync.paused'], status: 202, open: () => withSync() },
  resumeSync: {
    events: ['sync.resumed'],
    status: 202,
    open: () =>
      withSync(async ({ context: { services }, id }) => {
        await callEndpoint('pauseSync', { params: { ...params, syncRunId: id }, services });
      }),
  },
  retrySync: {
    events: ['sync.requested'],
    status: 202,
    open: () =>
      withSync(async ({ context: { services }, id }) => {
        const failure = { code: 'grant_revoked', message: 'The sign-in was revoked.' };
        const run = { ...params, tenantId, syncRunId: id, mode: 'initial' as const };
        await services.syncRuns.finish({ ...run, failure });
      }),
  },
  confirmRemovals: { events: ['sync.removals_confirmed'], status: 200, open: withMassRemoval },
  opsTerminateSync: {
    events: ['sync.cancelled'],
    status: 200,
    open: syncCall('syncRunId'),
  },
  opsReconcile: {
    events: ['sync.reconciled'],
    status: 200,
    open: async () => ({ context: syncContext(), call: {} }),
  },
  suspendOrchestration: {
    events: ['orchestration.suspend_requested'],
    status: 204,
    open: orchestrationCall('Running'),
  },
  resumeOrchestration: {
    events: ['orchestration.resume_requested'],
    status: 204,
    open: orchestrationCall('Suspended'),
  },
  terminateOrchestration: {
    events: ['orchestration.terminate_requested'],
    status: 204,
    open: orchestrationCall('Running'),
  },
  restartOrchestration: {
    events: ['orchestration.restart_requested'],
    status: 202,
    open: orchestrationCall('Completed'),
  },
  rewindOrchestration: {
    events: ['orchestration.rewind_requested'],
    status: 204,
    open: orchestrationCall('Failed'),
  },
  raiseOrchestrationEvent: {
    events: ['orchestration.event_requested'],
    status: 202,
    open: orchestrationCall('Running', {
      params: { instanceId: 'webhook-d1-0', eventName: 'go' },
      body: { data: 1 },
    }),
  },
  purgeOrchestration: {
    events: ['orchestration.purge_requested'],
    status: 204,
    open: orchestrationCall('Completed'),
  },
  purgeOrchestrations: {
    events: ['orchestration.purge_requested'],
    status: 200,
    open: orchestrationCall('Completed', { query: { createdTo: '2027-01-01T00:00:00Z' } }),
  },
  callMcp: {
    events: ['agent.tool_called'],
    status: 200,
    open: async () => ({
      context: syncContext(),
      call: {
        body: {
          jsonrpc: '2.0',
          id: 1,
          method: 'tools/call',
          params: { name: 'connector_status', arguments: {} },
        },
      },
    }),
  },
  createWebhook: {
    events: ['webhook.created'],
    status: 201,
    open: async () => ({ context: syncContext(), call: { body: webhook } }),
  },
  updateWebhook: {
    events: ['webhook.updated'],
    status: 200,
    open: () => withWebhook({ headers: merge, body: { enabled: false } }),
  },
  rotateWebhookSecret: {
    events: ['webhook.secret_rotated'],
    status: 200,
    open: () => withWebhook({ body: {} }),
  },
  createProvisioningConnection: {
    events: ['provisioning.connection_created'],
    status: 201,
    open: async () => ({
      context: syncContext(),
      call: { body: { name: 'Entra ID', profile: 'entra' } },
    }),
  },
  updateProvisioningConnection: {
    events: ['provisioning.connection_updated'],
    status: 200,
    open: () => withProvisioningConnection(() => ({ body: { profile: 'entra' }, headers: merge })),
  },
  deleteProvisioningConnection: {
    events: ['provisioning.connection_deleted'],
    status: 204,
    open: () => withProvisioningConnection(),
  },
  issueProvisioningToken: {
    events: ['provisioning.token_issued'],
    status: 201,
    open: () => withProvisioningConnection(),
  },
  revokeProvisioningToken: {
    events: ['provisioning.token_revoked'],
    status: 204,
    open: () => withProvisioningConnection((tokenId) => ({ params: { tokenId } })),
  },
  deleteWebhook: { events: ['webhook.deleted'], status: 204, open: () => withWebhook() },
  testWebhook: { events: ['webhook.ping'], status: 200, open: () => withWebhook() },
  redeliver: { events: ['webhook.redelivered'], status: 202, open: withDelivery },
};

export const changingEndpoints = Object.entries(endpointsWithEvents) as [
  EndpointName,
  ChangingEndpoint,
][];

export function fail(error: unknown): never {
  throw error;
}
