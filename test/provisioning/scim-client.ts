/** Calls the SCIM endpoint through its handler, as an identity provider does through the host. */
import { HttpRequest, InvocationContext, type HttpResponseInit } from '@azure/functions';
import { createScimHandler } from '../../functions/provisioning/scim/scim.http';
import type { TokenScope } from '../../functions/provisioning/connections/token';
import type { ProfileName } from '../../functions/scim/profile';
import { owner } from '../support/builders';
import { testContext, type TestContextOptions } from '../support/context';

export interface ScimResult {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests read it without narrowing its type
  readonly json: any;
}

export interface ScimCall {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; a string or bytes are sent unchanged. */
  readonly body?: unknown;
}

export const baseUrl = 'http://localhost:7071/api/scim/v2';
export const patchOp = (...Operations: readonly object[]) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations,
});
export const userSchema = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const groupSchema = 'urn:ietf:params:scim:schemas:core:2.0:Group';

type Context = ReturnType<typeof testContext>;

/** A context with a connection and a client with its token. */
export async function scimContext(
  options: TestContextOptions & {
    readonly profile?: ProfileName;
    readonly scopes?: readonly TokenScope[];
  } = {},
) {
  const context = testContext(options);
  const connected = await connect(context, options);
  return { context, ...connected };
}

export async function connect(
  { services }: Context,
  {
    profile = 'entra',
    scopes,
  }: { readonly profile?: ProfileName; readonly scopes?: readonly TokenScope[] } = {},
) {
  const { provisioningConnections } = services;
  const connection = await provisioningConnections.create(owner, { name: 'Entra ID', profile });
  const key = { tenantId: owner.tenantId, connectionId: connection.id };
  const { token, issued } = await provisioningConnections.issueToken(owner, key, {
    ...(scopes && { scopes }),
  });
  return { key, issued, token: token.reveal(), scim: scimClient(services, token.reveal()) };
}

export function scimClient(services: Context['services'], token: string) {
  const handler = createScimHandler(() => services);
  return async (method: string, path: string, call: ScimCall = {}): Promise<ScimResult> => {
    const url = new URL(`${baseUrl}${path}`);
    const { body } = call;
    const segments = url.pathname.slice(new URL(baseUrl).pathname.length + 1);
    const request = new HttpRequest({
      method,
      url: url.href,
      params: { path: decodeURIComponent(segments) },
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/scim+json',
        ...call.headers,
      },
      ...(body !== undefined && { body: toBody(body) }),
    });
    const context = new InvocationContext({ invocationId: 'request-1', logHandler: () => {} });
    const response = (await handler(request, context)) as HttpResponseInit;
    return {
      status: response.status!,
      headers: response.headers as Record<string, string>,
      json: typeof response.body === 'string' ? JSON.parse(response.body) : undefined,
    };
  };
}

const toBody = (body: unknown) => {
  if (body instanceof Uint8Array) return { bytes: body };
  return { string: typeof body === 'string' ? body : JSON.stringify(body) };
};

export type ScimClient = ReturnType<typeof scimClient>;

export async function createUser(
  scim: ScimClient,
  userName: string,
  attributes: object = {},
): Promise<string> {
  const body = { schemas: [userSchema], userName, ...attributes };
  const { status, json } = await scim('POST', '/Users', { body });
  if (status !== 201) throw new Error(`The user was not created: ${JSON.stringify(json)}`);
  return json.id;
}

export async function createGroup(
  scim: ScimClient,
  displayName: string,
  memberIds: readonly string[] = [],
): Promise<string> {
  const members = memberIds.map((value) => ({ value }));
  const body = { schemas: [groupSchema], displayName, ...(members.length > 0 && { members }) };
  const { status, json } = await scim('POST', '/Groups', { body });
  if (status !== 201) throw new Error(`The group was not created: ${JSON.stringify(json)}`);
  return json.id;
}

export async function memberIds(scim: ScimClient, groupId: string): Promise<readonly string[]> {
  const { json } = await scim('GET', `/Groups/${groupId}`);
  return (json.members ?? []).map(({ value }: { readonly value: string }) => value);
}
