/** One operation on a resource, by a request of its own or as a part of a bulk request. */
import { weakTag, namesVersion } from '../../scim/etag';
import type { JsonObject } from '../../scim/json';
import { parseNewResource, parseReplacement, type ParsedResource } from '../../scim/parse-resource';
import { applyPatch } from '../../scim/patch/apply-patch';
import { parsePatch } from '../../scim/patch/patch-request';
import { parseProjection, type Projection } from '../../scim/query/projection';
import { limits } from '../../scim/limits';
import { locationOf, replacedBy, type Member } from '../../scim/resource';
import type { ResourceType } from '../../scim/schema/resource-type';
import type { StoredResource } from '../directory/directory';
import { withoutForeignMembers } from '../directory/membership-plan';
import type { MembershipService } from '../directory/membership-service';
import type { ResourceService, Revision } from '../directory/resource-service';
import { needsOf, type ResourceViewService } from '../directory/resource-view-service';
import type { ScimContext } from '../directory/scim-context';
import type { ScimRequest, ScimResponse } from './scim-message';

export class OperationService {
  constructor(
    private readonly resources: ResourceService,
    private readonly views: ResourceViewService,
    private readonly membership: MembershipService,
  ) {}

  create(context: ScimContext, type: ResourceType, body: JsonObject): Promise<StoredResource> {
    const { attributes, members } = parseNewResource(type, body, context.profile);
    return this.resources.create(answering(context, 201), type, attributes, members);
  }

  replace(
    context: ScimContext,
    type: ResourceType,
    id: string,
    body: JsonObject,
    ifMatch: string | undefined,
  ): Promise<StoredResource> {
    const replacement = parseReplacement(type, body, id, context.profile);
    return this.resources.change(answering(context, 200), type, id, ifMatch, (current) =>
      toRevision({ ...replacement, attributes: replacedBy(current, replacement.attributes) }),
    );
  }

  patch(
    context: ScimContext,
    type: ResourceType,
    id: string,
    body: JsonObject,
    ifMatch: string | undefined,
    status: 200 | 204,
  ): Promise<StoredResource> {
    const operations = parsePatch(body, type, context.profile);
    return this.resources.change(answering(context, status), type, id, ifMatch, (current) => {
      const revision = applyPatch(type, operations, current, context.profile);
      return context.profile.ignoresForeignMembers ? accepted(revision, context) : revision;
    });
  }

  delete(
    context: ScimContext,
    type: ResourceType,
    id: string,
    ifMatch: string | undefined,
  ): Promise<void> {
    return this.resources.delete(answering(context, 204), type, id, ifMatch);
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

  async respondToPatch(
    context: ScimContext,
    type: ResourceType,
    id: string,
    body: JsonObject,
    { query, ifMatch }: ScimRequest,
  ): Promise<ScimResponse> {
    const projection = projectionOf(query, type, context);
    const isAsked = projection.attributes !== undefined;
    const status =
      type.name === 'User' || isAsked ? 200 : await this.statusOfGroup(context, id, projection);
    const patched = await this.patch(context, type, id, body, ifMatch, status);
    if (status === 204) return { status, headers: { ETag: weakTag(patched.version) } };
    return this.respond(context, type, patched, projection, status);
  }

  /**
   * To read many members would cost more than the change. Known before it, because its audit record
   * has the status.
   */
  private async statusOfGroup(
    { key, profile }: ScimContext,
    id: string,
    projection: Projection,
  ): Promise<200 | 204> {
    if (!profile.returnsPatchedGroup) return 204;
    if (!needsOf(projection).members) return 200;
    return (await this.membership.hasMoreThan(key, id, limits.patchedMembers)) ? 204 : 200;
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

const answering = (context: ScimContext, status: number): ScimContext => ({
  ...context,
  origin: { ...context.origin, status },
});

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

function accepted({ attributes, members: asked }: Revision, { warn }: ScimContext): Revision {
  const members = asked && withoutForeignMembers(asked);
  if (members !== asked)
    warn({
      attribute: 'members.value',
      detail: 'A member to add was ignored, because its value is no id of this service.',
    });
  return { attributes, ...(members && { members }) };
}

/** A replacement without `members` leaves the members as they are. */
function toRevision({ attributes, members }: ParsedResource): Revision {
  if (!members) return { attributes };
  const add = new Map(members.map((member): [string, Member] => [member.value, member]));
  return {
    attributes,
    members: { clear: true, add, remove: new Set(), removeMatching: [] },
  };
}
