/** Webhooks of a tenant: registered, changed, forgotten. Their secrets lie in Key Vault and are told once. */
import type { SecretStore } from '../connectors/ports';
import { ConflictError, InvalidInputError, NotFoundError, StaleError } from '../errors/app-error';
import { tenantStream, type Doer, type EventType, type RecordedEvent } from '../events/event';
import type { EventService } from '../events/event-service';
import type { Secret } from '../secrets/secret';
import type { Stored } from '../storage/stored';
import { validateWebhookUrl } from './public-address';
import type { DeliveryStore, WebhookStore } from './ports';
import { newSigningSecret } from './signature';
import {
  edited,
  failed,
  secretNameOf,
  succeeded,
  webhookEtag,
  type Webhook,
  type WebhookChange,
} from './webhook';

export interface NewWebhook {
  readonly url: string;
  readonly events: Webhook['events'];
  readonly description?: string | undefined;
}

export type Person = Exclude<Doer, 'system'> & { readonly tenantId: string };

/** Every event is announced to each of them, so there is an end to how many a tenant may have. */
const mostWebhooks = 20;
const attemptsToChange = 8;

export class WebhookService {
  constructor(
    private readonly store: WebhookStore,
    private readonly deliveries: Pick<DeliveryStore, 'deleteWebhook'>,
    private readonly vault: Pick<SecretStore, 'put' | 'get' | 'delete'>,
    private readonly events: EventService,
    private readonly now: () => Date,
    private readonly newId: () => string,
    private readonly allowedHosts: readonly string[],
  ) {}

  async create(
    actor: Person,
    { url, events, description }: NewWebhook,
  ): Promise<{ readonly webhook: Webhook; readonly secret: Secret }> {
    const complaint = validateWebhookUrl(url, this.allowedHosts);
    if (complaint !== undefined)
      throw new InvalidInputError('webhook_url_refused', 'Nothing can be sent to this address.', [
        { pointer: '/url', detail: complaint },
      ]);
    if ((await this.store.list(actor.tenantId)).length >= mostWebhooks)
      throw new ConflictError(
        'too_many_webhooks',
        `A tenant has at most ${mostWebhooks} webhooks.`,
      );

    const id = this.newId();
    const secret = newSigningSecret();
    const name = secretNameOf(id);
    const version = await this.vault.put(name, secret, { contentType: 'text/plain' });
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
      createdBy: { objectId: actor.objectId, displayName: actor.displayName },
      updatedAt: at,
    });
    await this.record(webhook, actor, 'webhook.created');
    return { webhook, secret };
  }

  /** Throws NotFoundError for another tenant's webhook, too. */
  async get(tenantId: string, id: string): Promise<Stored<Webhook>> {
    const webhook = await this.find(tenantId, id);
    if (!webhook) throw new NotFoundError('webhook_not_found', 'There is no webhook of this id.');
    return webhook;
  }

  find(tenantId: string, id: string): Promise<Stored<Webhook> | undefined> {
    return this.store.get(tenantId, id);
  }

  list(tenantId: string): Promise<readonly Stored<Webhook>[]> {
    return this.store.list(tenantId);
  }

  async update(
    actor: Person,
    id: string,
    version: string,
    change: WebhookChange,
  ): Promise<Stored<Webhook>> {
    const webhook = await this.change(actor.tenantId, id, (current) => {
      if (webhookEtag(current) !== version)
        throw new StaleError('webhook_version_stale', 'The webhook changed since you read it.');
      return edited(current, change, this.now());
    });
    await this.record(webhook, actor, 'webhook.updated');
    return webhook;
  }

  /** The row goes last, so that what broke off can be asked for again. */
  async delete(actor: Person, id: string): Promise<void> {
    const webhook = await this.get(actor.tenantId, id);
    await this.record(webhook, actor, 'webhook.deleted');
    await this.vault.delete(webhook.secret.name);
    await this.deliveries.deleteWebhook({ tenantId: actor.tenantId, webhookId: id });
    await this.store.delete(actor.tenantId, id);
  }

  /** An event that says nothing, for this webhook alone. */
  async ping(actor: Person, id: string): Promise<RecordedEvent> {
    const webhook = await this.expectEnabled(actor.tenantId, id);
    return this.events.recordForWebhook(id, {
      tenantId: actor.tenantId,
      connectorId: tenantStream,
      type: 'webhook.ping',
      actor,
      data: { webhookId: webhook.id },
    });
  }

  /** Throws ConflictError when nothing is sent to it at present. */
  async expectEnabled(tenantId: string, id: string): Promise<Webhook> {
    const webhook = await this.get(tenantId, id);
    if (!webhook.enabled)
      throw new ConflictError('webhook_disabled', 'The webhook is disabled. Enable it first.');
    return webhook;
  }

  /** The timeline says who had what sent anew. */
  noteRedelivery(actor: Person, webhookId: string, deliveryId: string): Promise<void> {
    return this.events.record({
      tenantId: actor.tenantId,
      connectorId: tenantStream,
      type: 'webhook.redelivered',
      actor,
      data: { webhookId, deliveryId },
    });
  }

  signingSecret({ secret: { name, version } }: Webhook): Promise<Secret> {
    return this.vault.get(name, version);
  }

  /** How a delivery went. An address that fails for days is disabled, and the timeline says so. */
  async noteDelivery({ tenantId, id, failingSince }: Webhook, accepted: boolean): Promise<void> {
    if (accepted && failingSince === undefined) return;
    const now = this.now();
    const webhook = await this.change(tenantId, id, (current) =>
      accepted ? succeeded(current) : failed(current, now),
    ).catch((error: unknown) => {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    });
    if (webhook?.disabledReason === 'failing')
      await this.record(webhook, 'system', 'webhook.disabled');
  }

  private async change(
    tenantId: string,
    id: string,
    apply: (webhook: Webhook) => Webhook,
  ): Promise<Stored<Webhook>> {
    for (let attempt = 1; ; attempt++) {
      const current = await this.get(tenantId, id);
      const next = apply(current);
      if (next === current) return current;
      try {
        return await this.store.replace({ ...next, etag: current.etag });
      } catch (error) {
        if (!(error instanceof StaleError) || attempt === attemptsToChange) throw error;
      }
    }
  }

  /** A version is one change, so telling of it twice tells of it once. */
  private record(
    { tenantId, id, version, updatedAt, enabled }: Webhook,
    actor: Doer,
    type: EventType,
  ): Promise<void> {
    return this.events.record({
      tenantId,
      connectorId: tenantStream,
      type,
      actor,
      data: { webhookId: id, enabled },
      once: { key: `${id}/v${version}`, at: updatedAt },
    });
  }
}
