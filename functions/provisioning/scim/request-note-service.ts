/** What stays of a request: its line in the diagnostics, and the audit record of a refusal. */
import { TtlCache } from '../../concurrency/ttl-cache';
import { AppError, MethodNotAllowedError } from '../../errors/app-error';
import type { RunnableOperation } from '../../scim/bulk/run-bulk';
import { ScimError, toScimErrorResponse } from '../../scim/scim-error';
import type { ProvisioningToken } from '../connections/token';
import {
  RefusedAddressError,
  RefusedTokenError,
} from '../connections/token-authentication-service';
import type { Hooks } from '../directory/commit-service';
import type { ScimContext, Warning } from '../directory/scim-context';
import type { ProvisioningRecord } from '../provisioning-record';
import type { RequestLogService } from '../request-log/request-log-service';
import type { ScimRequest, ScimResponse } from './scim-message';
import { isWrite, type ScimRoute } from './scim-route';

/** What is known of a request while it runs. */
export interface Progress {
  context?: ScimContext;
  token?: ProvisioningToken;
  route?: ScimRoute;
  limits?: Readonly<Record<string, string>>;
  warning?: Warning;
}

const refusalIntervalMs = 60_000;
const maxRefusals = 2_000;

export class RequestNoteService {
  private readonly refusals: TtlCache<void>;

  constructor(
    private readonly requestLog: RequestLogService,
    private readonly hooks: () => Hooks,
    private readonly now: () => Date,
  ) {
    this.refusals = new TtlCache(refusalIntervalMs, maxRefusals, now);
  }

  /** The diagnostics of the connection, and the audit record of a write that was refused. */
  async note(
    request: ScimRequest,
    { context, token, route, warning }: Progress,
    { status }: ScimResponse,
    failure: unknown,
    startedAt: Date,
  ): Promise<void> {
    const { method, segments, requestId } = request;
    if (failure instanceof RefusedTokenError || failure instanceof RefusedAddressError)
      await this.auditRefusal(request, failure, status);
    if (!context || !token) return;
    const found = findingsOf(status, failure);
    await this.requestLog.record(context.key, {
      ...(failure === undefined && warning),
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
  async notePart(
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

  /** At most once a minute for each token: a provider repeats its requests for weeks. */
  private auditRefusal(
    { method, ip, requestId }: ScimRequest,
    { key, tokenId, message }: RefusedTokenError | RefusedAddressError,
    status: number,
  ): Promise<void> {
    return this.refusals.getOrLoad(`${tokenId}|${status}`, async () => {
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
        status,
        detail: message,
      });
    });
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

/** The SCIM error of a failure. */
export function toFailure(error: unknown): ScimResponse {
  const { status, headers, body } = toScimErrorResponse(error);
  const allow = error instanceof MethodNotAllowedError && { Allow: error.allowed.join(', ') };
  return { status, headers: { ...headers, ...allow }, body };
}
