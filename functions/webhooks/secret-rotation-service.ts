/** Rotates the signing secret of a webhook. */
import type { Actor } from '../events/actor';
import type { Secret } from '../secrets/secret';
import type { Stored } from '../storage/stored';
import type { RequestLimit } from './ports';
import { newSigningSecret } from './signature';
import { assertRoomForSecret, withRotatedSecret } from './signing-secrets';
import type { Webhook } from './webhook';
import { webhookEvent } from './webhook-events';
import type { WebhookService } from './webhook-service';

const hourMs = 3_600_000;

export class WebhookSecretRotationService {
  constructor(
    private readonly webhooks: WebhookService,
    private readonly requestLimit: RequestLimit,
    private readonly now: () => Date,
  ) {}

  /**
   * Deliveries carry the signatures of the new secret and of the previous ones until the overlap
   * ends. Concurrent rotations all take effect. Throws ConflictError if too many previous secrets are
   * still valid.
   */
  async rotate(
    actor: Actor,
    webhookId: string,
    overlapHours: number,
  ): Promise<{ readonly webhook: Stored<Webhook>; readonly secret: Secret }> {
    const { tenantId } = actor;
    const overlapMs = overlapHours * hourMs;
    assertRoomForSecret(await this.webhooks.get(tenantId, webhookId), overlapMs, this.now());
    await this.requestLimit.consume(tenantId);

    const secret = newSigningSecret();
    const webhook = await this.webhooks.withSecret(webhookId, 'secret', secret, (version) =>
      this.webhooks.change(
        tenantId,
        webhookId,
        (current) => withRotatedSecret(current, version, overlapMs, this.now()),
        (next) => [webhookEvent(next, 'webhook.secret_rotated', actor, { overlapHours })],
      ),
    );
    return { webhook, secret };
  }
}
