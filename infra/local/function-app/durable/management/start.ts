/** Starts instances: by name, and again like an earlier one. */
import type { WebhookAnswer, WebhookRequest } from '../durable-runtime';
import type { Engine } from '../engine';
import { newId, type Beginning } from '../instance';
import { isJson } from '../json';
import { managementUrls } from './management-urls';
import { instanceIdRefusal, missing } from '../validation';
import { isSaid, message } from './route';

export async function start(
  request: WebhookRequest,
  engine: Engine,
  name: string,
  given?: string,
): Promise<WebhookAnswer> {
  if (!engine.registered.orchestrators.has(name))
    return message(400, missing(name, 'orchestrator'));
  if (request.body !== '' && !isJson(request.body)) return message(400, 'Invalid JSON content');
  const id = given ?? newId();
  const badId = instanceIdRefusal(id);
  if (badId) return message(400, badId);
  return begun(request, engine, id, {
    name,
    input: request.body === '' ? undefined : request.body,
    version: request.query.get('version') ?? undefined,
  });
}

async function begun(
  request: WebhookRequest,
  engine: Engine,
  id: string,
  beginning: Beginning,
): Promise<WebhookAnswer> {
  const there = await engine.begin(id, beginning);
  if (there)
    return message(
      409,
      `An Orchestration instance with the status ${there.runtimeStatus} already exists.`,
    );
  const urls = managementUrls(request, engine.options.hubName, id);
  return {
    status: 202,
    headers: { Location: urls.statusQueryGetUri, 'Retry-After': '10' },
    json: urls,
  };
}

export async function restart(request: WebhookRequest, engine: Engine, id: string) {
  const known = await engine.table.status(id);
  if (!known) return message(400, 'InstanceId does not match a valid orchestration instance.');
  const { name, input } = known;
  const isNew = !isSaid(request.query, 'restartWithNewInstanceId', 'false');
  return begun(request, engine, isNew ? newId() : id, { name, input });
}
