/**
 * Endpoints for operators on orchestrations of their tenant. No management URL and no key of the host
 * is in a response.
 */
import { z } from 'zod';
import { durableClientInput } from '../durable/durable-client';
import { isActive, type InstanceStatus } from '../durable/instance-status';
import type { Role } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { listOf, pageParameters } from '../http/paging';
import { connectorId } from '../http/path-params';
import type { HttpServices } from '../http/services';
import { terminalInstanceStatuses, type OrchestrationFilter } from './orchestration';
import {
  orchestrationDetailResponse,
  orchestrationResponse,
  orchestrationStatus,
  toOrchestrationDetailResponse,
  toOrchestrationResponse,
} from './orchestration-response';
import type { OpsServices } from './services';

type Services = OpsServices & HttpServices;

const operators: readonly Role[] = ['Operator'];

/** Ids of children are longer than those of other resources, because they begin with their parent. */
const instanceId = z
  .string()
  .max(200)
  .regex(/^[\w-]{1,200}$/, 'must have 1 to 200 letters, digits, "-" or "_"')
  .describe('Id of the orchestration.');
const params = z.object({ instanceId });

const orchestratorName = z
  .string()
  .max(100)
  .regex(/^[A-Za-z]\w{0,99}$/, 'must be the name of an orchestrator')
  .describe('Only orchestrations of this orchestrator.');

/** `Running,Failed` */
const statuses = z
  .string()
  .max(200)
  .transform((text, context) => {
    const { success, data } = z.array(orchestrationStatus).safeParse(text.split(','));
    if (success) return data;
    const allowed = orchestrationStatus.options.join(', ');
    context.addIssue({ code: 'custom', message: `must be a list of ${allowed}` });
    return z.NEVER;
  })
  .describe('Statuses, separated by commas.');

const time = z.iso.datetime({ offset: true }).max(40);

const filters = {
  createdFrom: time.optional().describe('Created at this time or later.'),
  name: orchestratorName.optional(),
  connectorId: connectorId.optional(),
  idPrefix: instanceId.optional().describe('Beginning of the id.'),
};

const listQuery = z.strictObject({
  ...filters,
  status: statuses.optional(),
  createdTo: time.optional().describe('Created before this time.'),
  sort: z
    .enum(['-createdAt', 'createdAt'])
    .default('-createdAt')
    .describe('`-createdAt`: newest first.'),
  ...pageParameters,
});

const purgeQuery = z.strictObject({
  ...filters,
  status: statuses
    .refine((wanted) => !wanted.some(isActive), 'must be statuses of orchestrations that ended')
    .default(terminalInstanceStatuses)
    .describe('Statuses, separated by commas. Default: all of orchestrations that ended.'),
  createdTo: time.describe('Created before this time.'),
});

/** The filter that both queries have in common. */
const filterOf = (
  query: Pick<z.infer<typeof purgeQuery>, keyof typeof filters> & {
    readonly status?: readonly InstanceStatus[] | undefined;
    readonly createdTo?: string | undefined;
  },
): OrchestrationFilter => ({
  statuses: query.status,
  createdFrom: query.createdFrom === undefined ? undefined : new Date(query.createdFrom),
  createdTo: query.createdTo === undefined ? undefined : new Date(query.createdTo),
  name: query.name,
  connectorId: query.connectorId,
  idPrefix: query.idPrefix,
});

const listOrchestrations = endpoint({
  method: 'GET',
  route: 'ops/orchestrations',
  summary: 'List the orchestrations of the tenant',
  description:
    'Children are in the timeline of their parent. A page may have fewer items than the limit and still have a nextLink.',
  allow: operators,
  query: listQuery,
  cost: 2,
  extraInputs: [durableClientInput],
  responses: { 200: listOf(orchestrationResponse) },

  async handle(
    { query, caller: { tenantId }, context },
    { orchestrations, cursors, durableClient, now }: Services,
  ) {
    const { status, sort } = query;
    const filter = filterOf(query);
    const order = sort === '-createdAt' ? 'newest' : 'oldest';
    return cursors.respond(
      {
        path: '/api/ops/orchestrations',
        tenantId,
        query: { ...query, status: status?.join(',') },
      },
      (page) => orchestrations.list(tenantId, filter, order, page, durableClient(context)),
      (orchestration) => toOrchestrationResponse(orchestration, now()),
    );
  },
});

const getOrchestration = endpoint({
  method: 'GET',
  route: 'ops/orchestrations/{instanceId}',
  summary: 'Get an orchestration with its timeline',
  allow: operators,
  params,
  cost: 2,
  extraInputs: [durableClientInput],
  responses: { 200: orchestrationDetailResponse },

  async handle(
    { params: { instanceId: id }, caller: { tenantId }, context },
    { orchestrations, durableClient, now }: Services,
  ) {
    const detail = await orchestrations.get(tenantId, id, durableClient(context));
    return { status: 200, jsonBody: toOrchestrationDetailResponse(detail, now()) };
  },
});

type Control = 'suspend' | 'resume' | 'terminate' | 'rewind' | 'purge';

/** An endpoint that controls one orchestration and returns nothing. */
const controlEndpoint = (
  control: Control,
  method: 'POST' | 'DELETE',
  route: string,
  summary: string,
  description: string,
) =>
  endpoint({
    method,
    route,
    summary,
    description,
    allow: operators,
    params,
    extraInputs: [durableClientInput],
    responses: { 204: undefined },

    async handle(
      { params: { instanceId: id }, caller, context },
      { orchestrationControl, durableClient }: Services,
    ) {
      await orchestrationControl[control](caller, id, durableClient(context));
      return { status: 204 };
    },
  });

const route = 'ops/orchestrations/{instanceId}';

const suspendOrchestration = controlEndpoint(
  'suspend',
  'POST',
  `${route}/suspend`,
  'Suspend an orchestration',
  'Pauses the sync run of an orchestration that has one. Steps that are running end first.',
);

const resumeOrchestration = controlEndpoint(
  'resume',
  'POST',
  `${route}/resume`,
  'Resume a suspended orchestration',
  'Resumes the sync run of an orchestration that has one.',
);

const terminateOrchestration = controlEndpoint(
  'terminate',
  'POST',
  `${route}/terminate`,
  'Terminate an orchestration',
  'Cancels the sync run of an orchestration that has one. Children run on to their end.',
);

const rewindOrchestration = controlEndpoint(
  'rewind',
  'POST',
  `${route}/rewind`,
  'Rewind a failed orchestration',
  'Repeats the steps that failed. The Durable Task Scheduler cannot rewind.',
);

const purgeOrchestration = controlEndpoint(
  'purge',
  'DELETE',
  route,
  'Purge an orchestration that has ended',
  'Deletes its history. What the orchestration did stays.',
);

const restartOrchestration = endpoint({
  method: 'POST',
  route: `${route}/restart`,
  summary: 'Restart an orchestration that has ended',
  description: 'Starts it with the same input under a new id. A sync run begins anew.',
  allow: operators,
  params,
  idempotent: 'optional',
  extraInputs: [durableClientInput],
  responses: {
    202: z.strictObject({ instanceId: z.string() }).meta({ id: 'RestartedOrchestration' }),
  },

  async handle(
    { params: { instanceId: id }, caller, context },
    { orchestrationControl, durableClient }: Services,
  ) {
    const started = await orchestrationControl.restart(caller, id, durableClient(context));
    return {
      status: 202,
      headers: { Location: `/api/ops/orchestrations/${started}` },
      jsonBody: { instanceId: started },
    };
  },
});

/** Durable stores it in the history, which the orchestrator reads with each step. */
const maxDataCharacters = 16_000;

const eventData = z
  .unknown()
  .refine((data) => JSON.stringify(data ?? null).length <= maxDataCharacters, {
    message: `must have at most ${maxDataCharacters} characters as JSON`,
  })
  .describe('Data of the event: any JSON.');

const raiseOrchestrationEvent = endpoint({
  method: 'POST',
  route: `${route}/events/{eventName}`,
  summary: 'Raise an event for an orchestration',
  description: 'An orchestration that waits for no such event ignores it.',
  allow: operators,
  params: z.object({
    instanceId,
    eventName: z
      .string()
      .max(100)
      .regex(/^[\w-]{1,100}$/, 'must have 1 to 100 letters, digits, "-" or "_"')
      .describe('Name that the orchestrator waits for.'),
  }),
  body: z.strictObject({ data: eventData.optional() }),
  bodyOptional: true,
  example: { data: { reason: 'tested' } },
  idempotent: 'optional',
  extraInputs: [durableClientInput],
  responses: { 202: undefined },

  async handle(
    { params: { instanceId: id, eventName }, body, caller, context },
    { orchestrationControl, durableClient }: Services,
  ) {
    const { data = null } = body;
    await orchestrationControl.raiseEvent(caller, id, eventName, data, durableClient(context));
    return { status: 202 };
  },
});

const purgeOrchestrations = endpoint({
  method: 'POST',
  route: 'ops/orchestrations/purge',
  summary: 'Purge orchestrations that have ended',
  description:
    'Takes the filters of the list. Purges up to 200 of them: repeat the request until `isComplete` is true.',
  allow: operators,
  query: purgeQuery,
  extraInputs: [durableClientInput],
  responses: {
    200: z
      .strictObject({ purged: z.int().min(0), isComplete: z.boolean() })
      .meta({ id: 'PurgedOrchestrations' }),
  },

  async handle({ query, caller, context }, { orchestrationControl, durableClient }: Services) {
    const client = durableClient(context);
    return {
      status: 200,
      jsonBody: await orchestrationControl.purgeAll(caller, filterOf(query), client),
    };
  },
});

export const orchestrationEndpoints = {
  listOrchestrations,
  getOrchestration,
  suspendOrchestration,
  resumeOrchestration,
  terminateOrchestration,
  restartOrchestration,
  rewindOrchestration,
  raiseOrchestrationEvent,
  purgeOrchestration,
  purgeOrchestrations,
};
