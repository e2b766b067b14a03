/** Sends one signed request to the address of a webhook and measures it. */
import { AppError } from '../errors/app-error';
import type { Delivery, DeliveryAttempt } from './delivery';
import type { Sender } from './ports';
import { signedHeaders } from './signature';
import type { Webhook } from './webhook';
import type { WebhookSecrets } from './webhook-secrets';

export class DeliveryAttemptService {
  constructor(
    private readonly secrets: Pick<WebhookSecrets, 'getUrl' | 'getSigningSecrets'>,
    private readonly sender: Pick<Sender, 'send'>,
    private readonly now: () => Date,
    /** The origin that the receiver allowed when it confirmed its address. */
    private readonly origin: string,
  ) {}

  /** Nothing is sent to a disabled webhook. A failure of the receiver is a result. */
  async send(webhook: Webhook, { event, body }: Delivery): Promise<DeliveryAttempt> {
    const at = this.now();
    const result = webhook.enabled
      ? await this.post(webhook, event.id, at, body)
      : { error: 'disabled_meanwhile' };
    return { at: at.toISOString(), durationMs: this.now().getTime() - at.getTime(), ...result };
  }

  /** If a secret cannot be read, the attempt fails. The next attempt reads it again. */
  private async post(webhook: Webhook, id: string, at: Date, body: string) {
    try {
      const [url, secrets] = await Promise.all([
        this.secrets.getUrl(webhook),
        this.secrets.getSigningSecrets(webhook),
      ]);
      const headers = {
        'Content-Type': 'application/json',
        Origin: this.origin,
        ...signedHeaders(secrets, { id, at, body }),
      };
      return await this.sender.send({ url, headers, body });
    } catch (error) {
      if (error instanceof AppError) return { error: error.code };
      throw error;
    }
  }
}
