/** Creates, changes and deletes webhooks. Signing secrets are stored in the secret store only. */
import { ConflictError, InvalidInputError, NotFoundError, StaleError } from '../errors/app-error';
import { personOf, type Actor, type EventActor } from '../events/actor';
import { tenantStream, type EventType, type RecordedEvent } from '../events/event';
import type { EventService } from '../events/event-service';
import type { SecretStore } from '../secrets/ports';
import type { Secret } from '../secrets/secret';
import { allowsVersion, type IfMatch } from '../storage/if-match';
import type { Stored } from '../storage/stored';
import type { DeliveryStore, WebhookStore } from './ports';
import { validateWebhookUrl } from './public-address';
import { newSigningSecret } from './signature';
import {
  recordFailure,
  recordSuccess,
  secretNameOf,
  webhookEtag,
  withChanges,
  type Webhook,
  type WebhookChange,
} from './webhook';

export interface NewWebhook {
  readonly url: string;
  readonly events: Webhook['events'];
  readonly description?: string | undefined;
}

/** Each event is matched with every webhook of its tenant, so their number is limited. */
const maxWebhooks = 20;
const maxUpdateAttempts = 8;

export class WebhookService {
  constructor(
    private readonly store: WebhookStore,
    private readonly deliveries: Pick<DeliveryStore, 'deleteOfWebhook'>,
    private readonly secretStore: Pick<SecretStore, 'put' | 'get' | 'delete'>,
    private readonly now: () => Date,
    private readonly newId: () => string,
    private readonly allowedHosts: readonly string[],
    private readonly events: Pick<EventService, 'record' | 'recordForWebhook'>,
  ) {}

  /** Throws InvalidInputError if the address is not public, ConflictError if the tenant has 20. */
  async create(
    actor: Actor,
    { url, events, description }: NewWebhook,
  ): Promise<{ readonly webhook: Webhook; readonly secret: Secret }> {
    const violation = validateWebhookUrl(url, this.allowedHosts);
    if (violation !== undefined)
      throw new InvalidInputError(
        'webhook_url_refused',
        'Webhooks are sent to public https addresses only. Register another address.',
        [{ pointer: '/url', code: 'invalid', detail: `url ${violation}` }],
      );
    if ((await this.store.list(actor.tenantId)).length >= maxWebhooks)
      throw new ConflictError(
        'too_many_webhooks',
        `The tenant has ${maxWebhooks} webhooks, which is the maximum. Delete one first.`,
      );

    const id = this.newId();
    const secret = newSigningSecret();
    const name = secretNameOf(id);
    const version = await this.secretStore.put(name, secret, { contentType: 'text/plain' });
    const at = this.now().toISOString();
    const webhook = await this.store.create({
      tenantId: actor.tenantId,
      id,
      url,
      events,
      ...(description !== undefined && { description }),
      enabled: true,
      secret: { name, version },
      version: 1,
      createdAt: at,
      createdBy: personOf(actor),
      updatedAt: at,
    });
    await this.recordEvent(webhook, actor, 'webhook.created');
    return { webhook, secret };
  }

  /** Throws NotFoundError, also for a webhook of another tenant. */
  async get(tenantId: string, webhookId: string): Promise<Stored<Webhook>> {
    const webhook = await this.find(tenantId, webhookId);
    if (!webhook)
      throw new NotFoundError(
        'webhook_not_found',
        'The tenant has no webhook with this id. Check the id.',
      );
    return webhook;
  }

  find(tenantId: string, webhookId: string): Promise<Stored<Webhook> | undefined> {
    return this.store.get(tenantId, webhookId);
  }

  list(tenantId: string): Promise<readonly Stored<Webhook>[]> {
    return this.store.list(tenantId);
  }

  /** Throws StaleError unless `ifMatch` allows the current version. */
  async update(
    actor: Actor,
    webhookId: string,
    ifMatch: IfMatch,
    change: WebhookChange,
  ): Promise<Stored<Webhook>> {
    const webhook = await this.change(actor.tenantId, webhookId, (current) => {
      if (!allowsVersion(ifMatch, webhookEtag(current)))
        throw new StaleError(
          'webhook_version_stale',
          'The webhook has changed. Read it again and repeat the change.',
        );
      return withChanges(current, change, this.now());
    });
    await this.recordEvent(webhook, actor, 'webhook.updated');
    return webhook;
  }

  /** Deletes the row last, so that an interrupted deletion can be repeated. */
  async delete(actor: Actor, webhookId: string): Promise<void> {
    const webhook = await this.get(actor.tenantId, webhookId);
    await this.recordEvent(webhook, actor, 'webhook.deleted');
    await this.secretStore.delete(webhook.secret.name);
    await this.deliveries.deleteOfWebhook({ tenantId: actor.tenantId, webhookId });
    await this.store.delete(actor.tenantId, webhookId);
  }

  /** Records a ping that only this webhook gets. Throws ConflictError if it is disabled. */
  async recordPing(
    actor: Actor,
    webhookId: string,
  ): Promise<{ readonly webhook: Webhook; readonly event: RecordedEvent }> {
    const webhook = await this.getEnabled(actor.tenantId, webhookId);
    const event = await this.events.recordForWebhook(webhookId, {
      tenantId: actor.tenantId,
      connectorId: tenantStream,
      type: 'webhook.ping',
      actor,
      data: { webhookId },
    });
    return { webhook, event };
  }

  /** Throws ConflictError if the webhook is disabled. */
  async getEnabled(tenantId: string, webhookId: string): Promise<Webhook> {
    const webhook = await this.get(tenantId, webhookId);
    if (!webhook.enabled)
      throw new ConflictError('webhook_disabled', 'The webhook is disabled. Enable it first.');
    return webhook;
  }

  recordRedelivery(actor: Actor, webhookId: string, deliveryId: string): Promise<void> {
    return this.events.record({
      tenantId: actor.tenantId,
      connectorId: tenantStream,
      type: 'webhook.redelivered',
      actor,
      data: { webhookId, deliveryId },
    });
  }

  getSigningSecret({ secret: { name, version } }: Webhook): Promise<Secret> {
    return this.secretStore.get(name, version);
  }

  /** Records the result of a delivery attempt. Disables a webhook that fails for days. */
  async recordDelivery({ tenantId, id, failingSince }: Webhook, accepted: boolean): Promise<void> {
    if (accepted && failingSince === undefined) return;
    const now = this.now();
    const webhook = await this.change(tenantId, id, (current) =>
      accepted ? recordSuccess(current) : recordFailure(current, now),
    ).catch((error: unknown) => {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    });
    if (webhook?.disabledReason === 'failing')
      await this.recordEvent(webhook, 'system', 'webhook.disabled');
  }

  private async change(
    tenantId: string,
    webhookId: string,
    apply: (webhook: Webhook) => Webhook,
  ): Promise<Stored<Webhook>> {
    for (let attempt = 1; ; attempt++) {
      const current = await this.get(tenantId, webhookId);
      const next = apply(current);
      if (next === current) return current;
      try {
        return await this.store.replace({ ...next, etag: current.etag });
      } catch (error) {
        if (!(error instanceof StaleError) || attempt === maxUpdateAttempts) throw error;
      }
    }
  }

  /** Every version has one event, so a repeated call records nothing new. */
  private recordEvent(
    { tenantId, id, version, updatedAt, enabled }: Webhook,
    actor: EventActor,
    type: EventType,
  ): Promise<void> {
    return this.events.record({
      tenantId,
      connectorId: tenantStream,
      type,
      actor,
      data: { webhookId: id, enabled },
      idempotencyKey: { key: `${id}/v${version}`, at: updatedAt },
    });
  }
}
