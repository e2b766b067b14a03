/** What a fresh token can reach: a subscription in Resource Manager, a user in Graph. */
import { z } from 'zod';
import { signInErrorByCode, appErrorOf, type Failure } from '../../errors/classify-sign-in-error';
import type { AccessCheck, DirectoryUser } from '../../connectors/ports';
import type { SignInErrorCode } from '../../errors/sign-in-errors';
import { ThrottledError, UpstreamError } from '../../errors/app-error';
import type { Secret } from '../../secrets/secret';
import { getJson, retryAfterInSeconds, type RestAnswer } from '../resource-manager/rest';

export interface AzureUrls {
  readonly resourceManagerUrl: string;
  readonly graphUrl: string;
}

const resourceManager = 'Azure Resource Manager';
const graph = 'Microsoft Graph';

const subscriptions = z.object({ value: z.array(z.unknown()) });
const user = z.object({ id: z.guid(), displayName: z.string(), userPrincipalName: z.string() });
const failed = z.object({ error: z.object({ code: z.string() }) });

export class EntraAccessCheck implements AccessCheck {
  constructor(private readonly urls: AzureUrls) {}

  async assertSubscriptionAccess(token: Secret): Promise<void> {
    const url = `${this.urls.resourceManagerUrl}/subscriptions?api-version=2022-12-01`;
    const answer = answered(await getJson(url, token), resourceManager);
    if (answer.status === 401) throw refused('token_rejected', answer);
    if (answer.status === 403) throw refused('access_denied_arm', answer);
    if (read(subscriptions, answer, resourceManager).value.length === 0)
      throw refused('access_denied_arm');
  }

  async findUser(token: Secret, id: string): Promise<DirectoryUser | undefined> {
    const url = `${this.urls.graphUrl}/v1.0/users/${encodeURIComponent(id)}`;
    const fields = '?$select=id,displayName,userPrincipalName';
    const answer = answered(await getJson(url + fields, token), graph);
    if (answer.status === 401 || answer.status === 403) return undefined;
    if (answer.status === 404) throw refused('user_not_found', answer);
    const found = read(user, answer, graph);
    return {
      objectId: found.id,
      displayName: found.displayName,
      username: found.userPrincipalName,
    };
  }
}

/** Something to judge: an answer that is neither missing nor "not now". */
function answered(answer: RestAnswer | undefined, service: string): RestAnswer {
  if (answer?.status === 429)
    throw new ThrottledError(
      'azure_throttled',
      `${service} is limiting requests.`,
      retryAfterInSeconds(answer) ?? 60,
    );
  if (!answer || answer.status >= 500)
    throw new UpstreamError('azure_unavailable', `${service} did not answer.`, true);
  return answer;
}

/** The answer, if it is a good one of the shape that is documented. */
function read<T>(schema: z.ZodType<T>, { status, body }: RestAnswer, service: string): T {
  const found = schema.safeParse(body);
  if (status === 200 && found.success) return found.data;
  throw new UpstreamError(
    'azure_unexpected_response',
    `${service} answered as nobody expects.`,
    false,
  );
}

function refused(code: SignInErrorCode, answer?: RestAnswer) {
  return appErrorOf(signInErrorByCode(code), answer && failureOf(answer));
}

function failureOf({ status, headers, body }: RestAnswer): Failure {
  const read = failed.safeParse(body);
  const traceId = headers.get('x-ms-correlation-request-id') ?? headers.get('request-id');
  return {
    provider: 'azure',
    error: read.success ? read.data.error.code : `status_${status}`,
    status,
    ...(traceId && { traceId }),
  };
}
