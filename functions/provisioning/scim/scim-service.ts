/** Responds to requests of identity providers (RFC 7644). Every failure is a SCIM error. */
import { UnsupportedFormatError } from '../../errors/app-error';
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
import { ScimError } from '../../scim/scim-error';
import { keyOf } from '../connections/connection';
import type { ProvisioningToken } from '../connections/token';
import type { TokenAuthenticationService } from '../connections/token-authentication-service';
import type { QueryService } from '../directory/query-service';
import type { ScimContext } from '../directory/scim-context';
import type { RequestLimit } from '../ports';
import { projectionOf, type OperationService } from './operation-service';
import { toFailure, type Progress, type RequestNoteService } from './request-note-service';
import { scimContentType, type ScimRequest, type ScimResponse } from './scim-message';
import { assertAllowed, routeOf, type ScimRoute } from './scim-route';

export class ScimService {
  constructor(
    private readonly tokens: TokenAuthenticationService,
    private readonly operations: OperationService,
    private readonly queries: QueryService,
    private readonly notes: RequestNoteService,
    private readonly limit: RequestLimit,
    private readonly baseUrl: string,
    private readonly now: () => Date,
  ) {}

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
    await this.notes.note(request, progress, response, failure, startedAt).catch(onFailure);
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
      warn: (warning) => (progress.warning = warning),
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
        const body = await readJson(request);
        return operations.respondToPatch(context, route.type, route.id, body, request);
      }
      case 'delete':
        await operations.delete(context, route.type, route.id, ifMatch);
        return { status: 204 };
      case 'bulk': {
        const bulk = parseBulk(await readJson(request), context.profile);
        const execute = (operation: RunnableOperation) =>
          this.executePart(context, token, operation).catch(async (error: unknown) => {
            onFailure(error);
            await this.notes.notePart(context, token, operation, error).catch(onFailure);
            throw error;
          });
        return { status: 200, body: await runBulk(bulk, this.baseUrl, execute) };
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
        const status = type.name === 'Group' ? 204 : 200;
        const patched = await operations.patch(context, type, id, data, version, status);
        return { status, id, location: location(), version: weakTag(patched.version) };
      }
      case 'DELETE':
        await operations.delete(context, type, id, version);
        return { status: 204, id, location: location() };
    }
  }
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
