/** One operation on a resource, by a request of its own or as a part of a bulk request. */
import { weakTag, namesVersion } from '../../scim/etag';
import type { JsonObject } from '../../scim/json';
import { parseNewResource, parseReplacement, type ParsedResource } from '../../scim/parse-resource';
import { applyPatch } from '../../scim/patch/apply-patch';
import { parsePatch } from '../../scim/patch/patch-request';
import { parseProjection, type Projection } from '../../scim/query/projection';
import { locationOf, replacedBy, type Member } from '../../scim/resource';
import type { ResourceType } from '../../scim/schema/resource-type';
import type { StoredResource } from '../directory/directory';
import type { ResourceService, Revision } from '../directory/resource-service';
import { needsOf, type ResourceViewService } from '../directory/resource-view-service';
import type { ScimContext } from '../directory/scim-context';
import type { ScimRequest, ScimResponse } from './scim-message';

export class OperationService {
  constructor(
    private readonly resources: ResourceService,
    private readonly views: ResourceViewService,
  ) {}

  create(context: ScimContext, type: ResourceType, body: JsonObject): Promise<StoredResource> {
    const { attributes, members } = parseNewResource(type, body, context.profile);
    return this.resources.create(context, type, attributes, members);
  }

  replace(
    context: ScimContext,
    type: ResourceType,
    id: string,
    body: JsonObject,
    ifMatch: string | undefined,
  ): Promise<StoredResource> {
    const replacement = parseReplacement(type, body, id, context.profile);
    return this.resources.change(context, type, id, ifMatch, (current) =>
      toRevision({ ...replacement, attributes: replacedBy(current, replacement.attributes) }),
    );
  }

  patch(
    context: ScimContext,
    type: ResourceType,
    id: string,
    body: JsonObject,
    ifMatch: string | undefined,
  ): Promise<StoredResource> {
    const operations = parsePatch(body, type, context.profile);
    return this.resources.change(context, type, id, ifMatch, (current) =>
      applyPatch(type, operations, current, context.profile),
    );
  }

  delete(
    context: ScimContext,
    type: ResourceType,
    id: string,
    ifMatch: string | undefined,
  ): Promise<void> {
    return this.resources.delete(context, type, id, ifMatch);
  }

  async respondToRead(
    context: ScimContext,
    type: ResourceType,
    id: string,
    { query, ifNoneMatch }: ScimRequest,
  ): Promise<ScimResponse> {
    const projection = projectionOf(query, type, context);
    const resource = await this.resources.get(context, type, id);
    // The version of a user does not change with its groups.
    const isVersioned = type.name === 'Group' || !needsOf(projection).groups;
    if (ifNoneMatch !== undefined && isVersioned && namesVersion(ifNoneMatch, resource.version))
      return { status: 304, headers: { ETag: weakTag(resource.version) } };
    return this.respond(context, type, resource, projection, 200);
  }

  async respond(
    context: ScimContext,
    type: ResourceType,
    resource: StoredResource,
    projection: Projection,
    status: 200 | 201,
  ): Promise<ScimResponse> {
    const [body] = await this.views.present(context, [resource], projection);
    const location = locationOf(type, resource.id, context.baseUrl);
    return {
      status,
      headers: {
        ETag: weakTag(resource.version),
        ...(status === 201 ? { Location: location } : { 'Content-Location': location }),
      },
      body: body!,
    };
  }
}

export const projectionOf = (
  { attributes, excludedAttributes }: Readonly<Record<string, string>>,
  type: ResourceType,
  { profile }: ScimContext,
): Projection =>
  parseProjection(
    {
      ...(attributes !== undefined && { attributes }),
      ...(excludedAttributes !== undefined && { excludedAttributes }),
    },
    [type],
    profile,
  );

/** A replacement without `members` leaves the members as they are. */
function toRevision({ attributes, members }: ParsedResource): Revision {
  if (!members) return { attributes };
  const add = new Map(members.map((member): [string, Member] => [member.value, member]));
  return {
    attributes,
    members: { clear: true, add, remove: new Set(), removeMatching: [] },
  };
}
