/** Sets and removes the receiver of a connector. Address and key are in the secret store only. */
import type { ConnectorDependent } from '../../connectors/ports';
import { ConflictError, InvalidInputError, StaleError } from '../../errors/app-error';
import { logFailure } from '../../errors/log-failure';
import { personOf, type Actor } from '../../events/actor';
import type { EventData, EventType, NewEvent } from '../../events/event';
import type { EventLog } from '../../events/ports';
import type { ConnectorKey } from '../../storage/connector-key';
import { allowsVersion, type IfMatch } from '../../storage/if-match';
import type { Stored } from '../../storage/stored';
import { displayUrl } from '../../webhooks/addresses/display-url';
import { validateWebhookUrl } from '../../webhooks/addresses/public-address';
import type { EventKind } from '../events/event';
import type { PushStore, TargetStore } from '../ports';
import { noTarget, targetEtag, type Receiver, type Target, type TargetView } from './target';
import type { TargetSecrets } from './target-secrets';

export interface NewReceiver {
  readonly url: string;
  readonly apiKey?: string | undefined;
  readonly kinds: readonly EventKind[];
  readonly backfillDays: number;
}

const dayMs = 86_400_000;

export class TargetService implements ConnectorDependent {
  constructor(
    private readonly targets: TargetStore,
    private readonly pushes: PushStore,
    private readonly secrets: TargetSecrets,
    private readonly events: Pick<EventLog, 'commit'>,
    private readonly requestLimit: { consume(tenantId: string): Promise<void> },
    private readonly allowedHosts: readonly string[],
    private readonly now: () => Date,
  ) {}

  async get(key: ConnectorKey): Promise<TargetView> {
    const target = (await this.targets.get(key)) ?? noTarget(key);
    const push = target.receiver && (await this.pushes.get(key));
    const isCurrent = push?.generation === target.receiver?.generation;
    return { target, push: isCurrent ? push : undefined };
  }

  /**
   * Everything is sent anew. Throws InvalidInputError if the address is not public, StaleError unless
   * `ifMatch` allows the current version, ThrottledError after too many changes.
   */
  async replace(
    actor: Actor,
    connectorId: string,
    ifMatch: IfMatch,
    { url, apiKey, kinds, backfillDays }: NewReceiver,
  ): Promise<TargetView> {
    const key = { tenantId: actor.tenantId, connectorId };
    const violation = validateWebhookUrl(url, this.allowedHosts);
    if (violation !== undefined)
      throw new InvalidInputError(
        'openlineage_url_refused',
        'Events are sent to public https addresses only. Give another address.',
        [{ pointer: '/url', code: 'invalid', detail: `url ${violation}` }],
      );
    const stored = await this.targets.get(key);
    assertVersion(stored ?? noTarget(key), ifMatch);
    await this.requestLimit.consume(key.tenantId);
    const { href } = new URL(url);
    const now = this.now();
    const secretVersion = await this.secrets.put(key, {
      url: href,
      ...(apiKey !== undefined && { apiKey }),
    });
    const receiver: Receiver = {
      url: displayUrl(href),
      hasApiKey: apiKey !== undefined,
      secretVersion,
      kinds: [...kinds],
      runsFrom: new Date(now.getTime() - backfillDays * dayMs).toISOString(),
      generation: Math.max(now.getTime(), (stored?.receiver?.generation ?? 0) + 1),
    };
    const target = await this.write(actor, key, stored, receiver).catch(async (error: unknown) => {
      if (isRefusal(error)) await this.disable(key, secretVersion);
      throw error;
    });
    if (stored?.receiver) await this.disable(key, stored.receiver.secretVersion);
    return { target, push: undefined };
  }

  /**
   * Nothing is sent any more. May be repeated. Only the version that was read is made unusable: another
   * request may set a receiver meanwhile, whose secret has the same name. Reconciliation deletes the
   * secret. Throws StaleError if the target changed.
   */
  async remove(actor: Actor, connectorId: string): Promise<void> {
    const key = { tenantId: actor.tenantId, connectorId };
    const stored = await this.targets.get(key);
    if (!stored?.receiver) return;
    await this.secrets.disable(key, stored.receiver.secretVersion);
    await this.write(actor, key, stored, undefined);
  }

  async deleteConnector(key: ConnectorKey): Promise<void> {
    if (!(await this.targets.get(key))) return;
    await this.secrets.delete(key);
    await this.deleteRows(key);
  }

  /** Deletes everything but the secret. For a connector that does not exist any more. */
  async deleteRows(key: ConnectorKey): Promise<void> {
    await this.pushes.delete(key);
    await this.targets.delete(key);
  }

  private write(
    actor: Actor,
    { tenantId, connectorId }: ConnectorKey,
    stored: Stored<Target> | undefined,
    receiver: Receiver | undefined,
  ): Promise<Stored<Target>> {
    const next: Target = {
      tenantId,
      connectorId,
      version: (stored?.version ?? 0) + 1,
      ...(receiver && { receiver }),
      updatedAt: this.now().toISOString(),
      updatedBy: personOf(actor),
    };
    return this.events.commit([changeEvent(next, actor, stored?.receiver)], (messages) =>
      stored
        ? this.targets.replace({ ...next, etag: stored.etag }, messages)
        : this.targets.create(next, messages),
    );
  }

  /** A version that stays enabled is found by reconciliation. */
  private disable(key: ConnectorKey, version: string): Promise<void> {
    return this.secrets
      .disable(key, version)
      .catch((failure: unknown) =>
        logFailure('openlineage.secret_not_disabled', failure, { connectorId: key.connectorId }),
      );
  }
}

function changeEvent(
  { tenantId, connectorId, version, updatedAt, receiver }: Target,
  actor: Actor,
  before: Receiver | undefined,
): NewEvent {
  const type: EventType = receiver ? 'openlineage.push_set' : 'openlineage.push_removed';
  const { url, kinds, runsFrom } = (receiver ?? before)!;
  const data: EventData = { url, kinds: kinds.join(' '), runsFrom };
  const idempotencyKey = { key: `openlineage-v${version}`, at: updatedAt! };
  return { tenantId, connectorId, type, actor: personOf(actor), data, idempotencyKey };
}

const isRefusal = (error: unknown): boolean =>
  error instanceof ConflictError || error instanceof StaleError;

function assertVersion(target: Target, ifMatch: IfMatch): void {
  if (allowsVersion(ifMatch, targetEtag(target))) return;
  throw new StaleError(
    'openlineage_push_stale',
    'The push of OpenLineage events has changed. Read it again and repeat the change.',
  );
}
