/** Checks what a new token can reach: a subscription in Resource Manager, a user in Graph. */
import { z } from 'zod';
import {
  signInErrorByCode,
  appErrorOf,
  type ProviderError,
} from '../../errors/classify-sign-in-error';
import type { AccessCheck, DirectoryUser } from '../../credentials/ports';
import type { SignInErrorCode } from '../../errors/sign-in-errors';
import { ThrottledError, UpstreamError } from '../../errors/app-error';
import type { Secret } from '../../secrets/secret';
import { getJson, retryAfterSecondsOf, type RestResponse } from '../resource-manager/rest';

export interface AzureUrls {
  readonly resourceManagerUrl: string;
  readonly graphUrl: string;
}

const resourceManager = 'Azure Resource Manager';
const graph = 'Microsoft Graph';

const subscriptions = z.object({
  value: z.array(z.unknown()),
  nextLink: z.union([z.url(), z.literal('')]).nullish(),
});
/** A caller waits for the check. */
const maxPages = 10;
const user = z.object({ id: z.guid(), displayName: z.string(), userPrincipalName: z.string() });
/** The page of a proxy has no code, so it refuses nothing. */
const errorBody = z.object({ error: z.object({ code: z.string() }) });

export class EntraAccessCheck implements AccessCheck {
  constructor(
    private readonly urls: AzureUrls,
    private readonly get = getJson,
  ) {}

  async assertSubscriptionAccess(token: Secret): Promise<void> {
    const base = this.urls.resourceManagerUrl;
    let url = `${base}/subscriptions?api-version=2022-12-01`;
    for (let page = 1; page <= maxPages; page++) {
      const response = assertResponse(await this.get(url, token), resourceManager);
      const isRefusal = errorBody.safeParse(response.body).success;
      if (isRefusal && response.status === 401) throw refused('token_rejected', response);
      if (isRefusal && response.status === 403) throw refused('access_denied_arm', response);
      const { value, nextLink } = parseBody(subscriptions, response, resourceManager);
      if (value.length > 0) return;
      if (!nextLink) throw refused('access_denied_arm');
      // An empty page that has a next one says nothing about access.
      if (new URL(nextLink).origin !== new URL(base).origin) break;
      url = nextLink;
    }
    throw unexpectedResponse(resourceManager);
  }

  async findUser(token: Secret, id: string): Promise<DirectoryUser | undefined> {
    const url = `${this.urls.graphUrl}/v1.0/users/${encodeURIComponent(id)}`;
    const fields = '?$select=id,displayName,userPrincipalName';
    const response = assertResponse(await this.get(url + fields, token), graph);
    if (response.status === 401 || response.status === 403) return undefined;
    const isRefusal = errorBody.safeParse(response.body).success;
    if (isRefusal && response.status === 404) throw refused('user_not_found', response);
    const found = parseBody(user, response, graph);
    return {
      objectId: found.id,
      displayName: found.displayName,
      username: found.userPrincipalName,
    };
  }
}

/** Throws if there is no response, or a temporary failure. */
function assertResponse(response: RestResponse | undefined, service: string): RestResponse {
  if (response?.status === 429)
    throw new ThrottledError(
      'azure_throttled',
      `${service} is throttling requests. Try again later.`,
      retryAfterSecondsOf(response) ?? 60,
    );
  if (!response || response.status >= 500)
    throw new UpstreamError(
      'azure_unavailable',
      `${service} did not respond. Try again later.`,
      true,
    );
  return response;
}

/** The body of a successful response, parsed. */
function parseBody<T>(schema: z.ZodType<T>, { status, body }: RestResponse, service: string): T {
  const parsed = schema.safeParse(body);
  if (status === 200 && parsed.success) return parsed.data;
  throw unexpectedResponse(service);
}

const unexpectedResponse = (service: string) =>
  new UpstreamError(
    'azure_unexpected_response',
    `${service} sent an unexpected response. Report this error to the operator.`,
    false,
  );

function refused(code: SignInErrorCode, response?: RestResponse) {
  return appErrorOf(signInErrorByCode(code), response && providerErrorOf(response));
}

function providerErrorOf({ status, headers, body }: RestResponse): ProviderError {
  const parsed = errorBody.safeParse(body);
  const traceId = headers.get('x-ms-correlation-request-id') ?? headers.get('request-id');
  return {
    provider: 'azure',
    error: parsed.success ? parsed.data.error.code : `status_${status}`,
    status,
    ...(traceId && { traceId }),
  };
}
