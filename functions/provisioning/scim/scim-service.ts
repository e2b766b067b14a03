/** Responds to requests of identity providers (RFC 7644). Every failure is a SCIM error. */
import { TtlCache } from '../../concurrency/ttl-cache';
import { AppError, MethodNotAllowedError, UnsupportedFormatError } from '../../errors/app-error';
import { parseBody } from '../../scim/body';
import { parseBulk } from '../../scim/bulk/bulk-request';
import { runBulk, type BulkSuccess, type RunnableOperation } from '../../scim/bulk/run-bulk';
import { weakTag } from '../../scim/etag';
import type { JsonObject } from '../../scim/json';
import { profiles } from '../../scim/profile';
import { parseListQuery, parseSearchRequest } from '../../scim/query/list-query';
import { toListResponse } from '../../scim/query/list-response';
import { locationOf } from '../../scim/resource';
import { resourceTypeDocuments, schemaDocuments } from '../../scim/schema/discovery';
import { resourceTypes } from '../../scim/schema/resource-type';
import { serviceProviderConfig } from '../../scim/schema/service-provider-config';
import { ScimError, toScimErrorResponse } from '../../scim/scim-error';
import { keyOf } from '../connections/connection';
import type { ProvisioningToken } from '../connections/token';
import {
  RefusedTokenError,
  type TokenAuthenticationService,
} from '../connections/token-authentication-service';
import type { Hooks } from '../directory/commit-service';
import type { QueryService } from '../directory/query-service';
import type { ScimContext } from '../directory/scim-context';
import type { RequestLimit } from '../ports';
import type { ProvisioningRecord } from '../provisioning-record';
import type { RequestLogService } from '../request-log/request-log-service';
import { projectionOf, type OperationService } from './operation-service';
import { scimContentType, type ScimRequest, type ScimResponse } from './scim-message';
import { assertAllowed, isWrite, routeOf, type ScimRoute } from './scim-route';

/** What is known of a request while it runs. */
interface Progress {
  context?: ScimContext;
  token?: ProvisioningToken;
  route?: ScimRoute;
  limits?: Readonly<Record<string, string>>;
}

const refusalIntervalMs = 60_000;
const maxRefusals = 2_000;

export class ScimService {
  private readonly refusals: TtlCache<void>;

  constructor(
    private readonly tokens: TokenAuthenticationService,
    private readonly operations: OperationService,
    private readonly queries: QueryService,
    private readonly requestLog: RequestLogService,
    private readonly limit: RequestLimit,
    private readonly hooks: () => Hooks,
    private readonly baseUrl: string,
    private readonly now: () => Date,
  ) {
    this.refusals = new TtlCache(refusalIntervalMs, maxRefusals, now);
  }

  /** Never throws. `onFailure` is told each error, for the log of the app. */
  async respond(request: ScimRequest, onFailure: (error: unknown) => void): Promise<ScimResponse> {
    const startedAt = this.now();
    const progress: Progress = {};
    let failure: unknown;
    let response: ScimResponse;
    try {
      response = await this.handle(request, progress, onFailure);
    } catch (error) {
      failure = error;
      onFailure(error);
      response = toFailure(error);
    }
    await this.note(request, progress, response, failure, startedAt).catch(onFailure);
    return { ...response, headers: { ...progress.limits, ...response.headers } };
  }

  private async handle(
    request: ScimRequest,
    progress: Progress,
    onFailure: (error: unknown) => void,
  ): Promise<ScimResponse> {
    const { connection, token } = await this.tokens.authenticate(request.authorization, request.ip);
    const { method, ip, requestId } = request;
    const context: ScimContext = {
      key: keyOf(connection),
      profile: profiles[connection.profile],
      origin: {
        actor: { kind: 'token', tokenId: token.id },
        requestId,
        method,
        ...(ip !== undefined && { ip }),
      },
      baseUrl: this.baseUrl,
    };
    progress.context = context;
    progress.token = token;
    progress.limits = await this.limit.consume(context.key);
    const route = routeOf(method, request.segments);
    progress.route = route;
    assertAllowed(route, token);
    return this.execute(request, context, token, route, onFailure);
  }

  private async execute(
    request: ScimRequest,
    context: ScimContext,
    token: ProvisioningToken,
    route: ScimRoute,
    onFailure: (error: unknown) => void,
  ): Promise<ScimResponse> {
    const { query, ifMatch } = request;
    const { operations } = this;
    switch (route.kind) {
      case 'list': {
        const parsed = parseListQuery(query, route.types, context.profile);
        return { status: 200, body: await this.queries.list(context, route.types, parsed) };
      }
      case 'search': {
        const parsed = parseSearchRequest(await readJson(request), route.types, context.profile);
        return { status: 200, body: await this.queries.list(context, route.types, parsed) };
      }
      case 'create': {
        const projection = projectionOf(query, route.type, context);
        const created = await operations.create(context, route.type, await readJson(request));
        return operations.respond(context, route.type, created, projection, 201);
      }
      case 'read':
        return operations.respondToRead(context, route.type, route.id, request);
      case 'replace': {
        const { type, id } = route;
        const projection = projectionOf(query, type, context);
        const body = await readJson(request);
        const replaced = await operations.replace(context, type, id, body, ifMatch);
        return operations.respond(context, type, replaced, projection, 200);
      }
      case 'patch': {
        const { type, id } = route;
        const projection = projectionOf(query, type, context);
        const body = await readJson(request);
        const patched = await operations.patch(context, type, id, body, ifMatch);
        // A group may have many members; a client that wants them back says so.
        if (type.name === 'Group' && query['attributes'] === undefined)
          return { status: 204, headers: { ETag: weakTag(patched.version) } };
        return operations.respond(context, type, patched, projection, 200);
      }
      case 'delete':
        await operations.delete(context, route.type, route.id, ifMatch);
        return { status: 204 };
      case 'bulk': {
        const bulk = parseBulk(await readJson(request), context.profile);
        const execute = (operation: RunnableOperation) =>
          this.executePart(context, token, operation).catch(async (error: unknown) => {
            onFailure(error);
            await this.notePart(context, token, operation, error).catch(onFailure);
            throw error;
          });
        return { status: 200, body: await runBulk(bulk, execute) };
      }
      case 'serviceProviderConfig':
        assertNoFilter(query);
        return { status: 200, body: serviceProviderConfig(this.baseUrl) };
      case 'schemas':
        return oneOrAll(schemaDocuments(resourceTypes, this.baseUrl), route.id, query);
      case 'resourceTypes':
        return oneOrAll(resourceTypeDocuments(resourceTypes, this.baseUrl), route.id, query);
    }
  }

  private async executePart(
    context: ScimContext,
    token: ProvisioningToken,
    { method, type, id = '', data, version }: RunnableOperation,
  ): Promise<BulkSuccess> {
    const { operations } = this;
    assertAllowed(
      routeOf(method, method === 'POST' ? [`${type.name}s`] : [`${type.name}s`, id]),
      token,
    );
    const location = () => locationOf(type, id, context.baseUrl);
    switch (method) {
      case 'POST': {
        const created = await operations.create(context, type, data);
        return {
          status: 201,
          id: created.id,
          location: locationOf(type, created.id, context.baseUrl),
          version: weakTag(created.version),
        };
      }
      case 'PUT': {
        const replaced = await operations.replace(context, type, id, data, version);
        return { status: 200, id, location: location(), version: weakTag(replaced.version) };
      }
      case 'PATCH': {
        const patched = await operations.patch(context, type, id, data, version);
        const status = type.name === 'Group' ? 204 : 200;
        return { status, id, location: location(), version: weakTag(patched.version) };
      }
      case 'DELETE':
        await operations.delete(context, type, id, version);
        return { status: 204, id, location: location() };
    }
  }

  /** At most once a minute for each token: a provider repeats its requests for weeks. */
  private auditRefusal(
    { method, ip, requestId }: ScimRequest,
    { key, tokenId, message }: RefusedTokenError,
  ): Promise<void> {
    return this.refusals.getOrLoad(tokenId, async () => {
      await this.hooks().audit?.append({
        ...key,
        at: this.now().toISOString(),
        actor: { kind: 'token', tokenId },
        requestId,
        method,
        ...(ip !== undefined && { ip }),
        action: 'token.refused',
        resource: { type: 'Token', id: tokenId },
        changes: [],
        status: 401,
        detail: message,
      });
    });
  }

  /** The diagnostics of the connection, and the audit record of a write that was refused. */
  private async note(
    request: ScimRequest,
    { context, token, route }: Progress,
    { status }: ScimResponse,
    failure: unknown,
    startedAt: Date,
  ): Promise<void> {
    const { method, segments, requestId } = request;
    if (failure instanceof RefusedTokenError) await this.auditRefusal(request, failure);
    if (!context || !token) return;
    const found = findingsOf(status, failure);
    await this.requestLog.record(context.key, {
      ...found,
      at: startedAt.toISOString(),
      requestId,
      tokenId: token.id,
      method,
      path: pathOf(segments),
      durationMs: this.now().getTime() - startedAt.getTime(),
    });
    if (failure === undefined || !route || !isWrite(route)) return;
    const resource = 'type' in route && {
      resource: { type: route.type.name, ...('id' in route && { id: route.id }) },
    };
    await this.auditRefusedWrite(context, { ...found, ...resource, at: startedAt.toISOString() });
  }

  /** A refused part of a bulk request, as if it had been a request of its own. */
  private async notePart(
    context: ScimContext,
    token: ProvisioningToken,
    { method, type, id }: RunnableOperation,
    failure: unknown,
  ): Promise<void> {
    const found = findingsOf(toFailure(failure).status, failure);
    const at = this.now().toISOString();
    await this.requestLog.record(context.key, {
      ...found,
      at,
      requestId: context.origin.requestId,
      tokenId: token.id,
      method,
      path: pathOf([`${type.name}s`, ...(id === undefined ? [] : [id])]),
      durationMs: 0,
    });
    const resource = { type: type.name, ...(id !== undefined && { id }) };
    await this.auditRefusedWrite(context, { ...found, at, method, resource });
  }

  private async auditRefusedWrite(
    { key, origin }: ScimContext,
    refused: Pick<ProvisioningRecord, 'at' | 'status' | 'resource' | 'method'>,
  ): Promise<void> {
    const action = 'request.refused';
    await this.hooks().audit?.append({ ...origin, ...key, ...refused, action, changes: [] });
  }
}

const pathOf = (segments: readonly string[]) => `/${segments.map(encodeURIComponent).join('/')}`;

/** What the diagnostics and the audit trail tell about a response. */
function findingsOf(status: number, failure: unknown) {
  const { scimType, attribute } = failure instanceof ScimError ? failure : {};
  return {
    status,
    ...(scimType !== undefined && { scimType }),
    ...(attribute !== undefined && { attribute }),
    ...(failure instanceof AppError && { detail: failure.message }),
  };
}

function toFailure(error: unknown): ScimResponse {
  const { status, headers, body } = toScimErrorResponse(error);
  const allow = error instanceof MethodNotAllowedError && { Allow: error.allowed.join(', ') };
  return { status, headers: { ...headers, ...allow }, body };
}

/** Throws ScimError, TooLargeError, UnsupportedFormatError. */
async function readJson(request: ScimRequest): Promise<JsonObject> {
  const type = (request.contentType ?? scimContentType).split(';')[0]!.trim().toLowerCase();
  if (type !== scimContentType && type !== 'application/json')
    throw new UnsupportedFormatError(
      'scim_media_type_unsupported',
      `The Content-Type is not supported. Send ${scimContentType}.`,
    );
  return parseBody(await request.body());
}

/** RFC 7644 section 4: a filter of these documents is refused. */
function assertNoFilter(query: ScimRequest['query']): void {
  if (query['filter'] !== undefined)
    throw new ScimError('forbidden', 'These documents have no filter. Leave it out.', 'filter');
}

function oneOrAll(
  documents: readonly { readonly id: string }[],
  id: string | undefined,
  query: ScimRequest['query'],
): ScimResponse {
  assertNoFilter(query);
  if (id === undefined) {
    const all = { resources: documents, totalResults: documents.length, startIndex: 1 };
    return { status: 200, body: toListResponse(all) };
  }
  const found = documents.find((document) => document.id.toLowerCase() === id.toLowerCase());
  if (found) return { status: 200, body: found };
  throw new ScimError('notFound', 'There is no document with this id. Check the id.', 'id');
}
