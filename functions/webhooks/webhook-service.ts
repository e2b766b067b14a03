/** Creates, changes and deletes webhooks. Addresses and signing secrets are in the secret store only. */
import { ConflictError, NotFoundError, StaleError } from '../errors/app-error';
import { logFailure } from '../errors/log-failure';
import { personOf, type Actor } from '../events/actor';
import type { NewEvent } from '../events/event';
import type { EventLog } from '../events/ports';
import { Secret } from '../secrets/secret';
import { allowsVersion, type IfMatch } from '../storage/if-match';
import type { Stored } from '../storage/stored';
import { updateRow } from '../storage/update-row';
import type { AddressConfirmationService } from './address-confirmation-service';
import type { ReceiverVerdict } from './receivers/receiver-verdict';
import type { DeliveryStore, WebhookStore } from './ports';
import { newSigningSecret } from './signature';
import {
  assertRoomForWebhook,
  webhookEtag,
  withChanges,
  withVerdict,
  type Webhook,
  type WebhookChange,
} from './webhook';
import { webhookDeleted, webhookDisabled, webhookEvent, webhookUpdated } from './webhook-events';
import type { WebhookSecretKind, WebhookSecrets } from './webhook-secrets';

export interface NewWebhook {
  readonly url: string;
  readonly events: Webhook['events'];
  readonly description?: string | undefined;
}

/** A change of the address must be confirmed by the new receiver. */
export interface WebhookUpdate extends Omit<WebhookChange, 'address'> {
  readonly url?: string | undefined;
}

export class WebhookService {
  constructor(
    private readonly store: WebhookStore,
    private readonly deliveries: Pick<DeliveryStore, 'deleteOfWebhook'>,
    private readonly secrets: WebhookSecrets,
    private readonly addresses: AddressConfirmationService,
    private readonly now: () => Date,
    private readonly newId: () => string,
    private readonly events: EventLog,
  ) {}

  /**
   * The receiver confirms the address before anything is stored. Throws InvalidInputError if the
   * address is not public, RefusedError if it is not confirmed, ConflictError if the tenant has
   * the maximum number of webhooks.
   */
  async create(
    actor: Actor,
    { url, events, description }: NewWebhook,
  ): Promise<{ readonly webhook: Stored<Webhook>; readonly secret: Secret }> {
    const { tenantId } = actor;
    const existing = await this.store.list(tenantId);
    assertRoomForWebhook(existing.length);
    const { href, display, confirmedAt } = await this.addresses.confirm(tenantId, url, existing);

    const id = this.newId();
    const secret = newSigningSecret();
    const at = this.now().toISOString();
    const webhook = await this.withSecret(id, 'url', new Secret(href), (version) =>
      this.withSecret(id, 'secret', secret, (secretVersion) => {
        const created: Webhook = {
          tenantId,
          id,
          address: { display, version, confirmedAt },
          events,
          ...(description !== undefined && { description }),
          enabled: true,
          secretVersion,
          previousSecrets: [],
          version: 1,
          createdAt: at,
          createdBy: personOf(actor),
          updatedAt: at,
        };
        return this.events.commit([webhookEvent(created, 'webhook.created', actor)], (messages) =>
          this.store.create(created, messages),
        );
      }),
    );
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

  /**
   * Throws StaleError unless `ifMatch` allows the current version, RefusedError if the receiver at
   * a new address does not confirm it. Until then events go to the old address.
   */
  async update(
    actor: Actor,
    webhookId: string,
    ifMatch: IfMatch,
    { url, ...change }: WebhookUpdate,
  ): Promise<Stored<Webhook>> {
    const { tenantId } = actor;
    const update = (address?: Webhook['address']) =>
      this.change(
        tenantId,
        webhookId,
        (current) => {
          assertVersion(current, ifMatch);
          return withChanges(current, { ...change, address }, this.now());
        },
        (next, before) => [webhookUpdated(before, next, actor)],
      );
    if (url === undefined) return update();

    assertVersion(await this.get(tenantId, webhookId), ifMatch);
    const existing = await this.store.list(tenantId);
    const { href, display, confirmedAt } = await this.addresses.confirm(tenantId, url, existing);
    return this.withSecret(webhookId, 'url', new Secret(href), (version) =>
      update({ display, version, confirmedAt }),
    );
  }

  /** Deletes the row last, so that an interrupted deletion can be repeated. */
  async delete(actor: Actor, webhookId: string): Promise<void> {
    const { tenantId } = actor;
    const webhook = await this.get(tenantId, webhookId);
    await this.secrets.deleteAll(webhookId);
    await this.deliveries.deleteOfWebhook({ tenantId, webhookId });
    await this.events.commit([webhookDeleted(webhook, actor)], (messages) =>
      this.store.delete(tenantId, webhookId, messages),
    );
  }

  /** Throws ConflictError if the webhook is disabled. */
  async getEnabled(tenantId: string, webhookId: string): Promise<Stored<Webhook>> {
    const webhook = await this.get(tenantId, webhookId);
    if (!webhook.enabled)
      throw new ConflictError('webhook_disabled', 'The webhook is disabled. Enable it first.');
    return webhook;
  }

  /**
   * Records what a receiver answered. Disables a webhook that fails for days, or whose receiver wants
   * no more events. The answer of an earlier address says nothing about the present one.
   */
  async recordDelivery(
    { tenantId, id, address, failingSince }: Webhook,
    verdict: ReceiverVerdict,
  ): Promise<void> {
    if (verdict === 'accepted' && failingSince === undefined) return;
    const now = this.now();
    await this.change(
      tenantId,
      id,
      (current) =>
        current.address.version === address.version ? withVerdict(current, verdict, now) : current,
      (next, before) => webhookDisabled(before, next),
    ).catch((error: unknown) => {
      if (!(error instanceof NotFoundError)) throw error;
    });
  }

  /** Applies a change. Reads the webhook again and repeats it if another writer was faster. */
  async change(
    tenantId: string,
    webhookId: string,
    apply: (webhook: Webhook) => Webhook,
    eventsOf: (next: Webhook, before: Webhook) => readonly NewEvent[],
  ): Promise<Stored<Webhook>> {
    return updateRow(
      () => this.get(tenantId, webhookId),
      (current) => {
        const next = apply(current);
        if (next === current) return async () => current;
        return () =>
          this.events.commit(eventsOf(next, current), (messages) =>
            this.store.replace({ ...next, etag: current.etag }, messages),
          );
      },
    );
  }

  /**
   * Stores a secret, then the row that refers to its version. If the row is refused, the version is
   * disabled. Any other failure may have stored the row, so reconciliation decides later, as it does
   * for a version that could not be disabled.
   */
  async withSecret<T>(
    webhookId: string,
    kind: WebhookSecretKind,
    value: Secret,
    write: (version: string) => Promise<T>,
  ): Promise<T> {
    const version = await this.secrets.put(webhookId, kind, value);
    try {
      return await write(version);
    } catch (error) {
      if (isRefusal(error))
        await this.secrets
          .disable(webhookId, kind, version)
          .catch((failure: unknown) =>
            logFailure('webhook.secret_not_disabled', failure, { webhookId }),
          );
      throw error;
    }
  }
}

const isRefusal = (error: unknown): boolean =>
  error instanceof ConflictError || error instanceof StaleError || error instanceof NotFoundError;

function assertVersion(webhook: Webhook, ifMatch: IfMatch): void {
  if (!allowsVersion(ifMatch, webhookEtag(webhook)))
    throw new StaleError(
      'webhook_version_stale',
      'The webhook has changed. Read it again and repeat the change.',
    );
}
