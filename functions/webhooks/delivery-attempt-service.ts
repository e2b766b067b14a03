/** Sends one signed request to the address of a webhook and measures it. */
import { AppError } from '../errors/app-error';
import type { Delivery, DeliveryAttempt } from './delivery';
import { verdictOf, type ReceiverVerdict } from './receivers/receiver-verdict';
import type { Sender, WebhookRequest } from './ports';
import { signedHeaders } from './signature';
import { SlowReceivers } from './receivers/slow-receivers';
import type { Webhook } from './webhook';
import type { WebhookSecrets } from './webhook-secrets';

export interface SendingResult {
  readonly attempt: DeliveryAttempt;
  /**
   * Absent if no request was sent, because the webhook is disabled, a secret cannot be read, or the
   * receiver is too slow.
   */
  readonly verdict?: ReceiverVerdict;
}

export class DeliveryAttemptService {
  private readonly slowReceivers: SlowReceivers;

  constructor(
    private readonly secrets: Pick<WebhookSecrets, 'getUrl' | 'getSigningSecrets'>,
    private readonly sender: Pick<Sender, 'send'>,
    private readonly now: () => Date,
    /** The origin that the receiver allowed when it confirmed its address. */
    private readonly origin: string,
  ) {
    this.slowReceivers = new SlowReceivers(now);
  }

  /**
   * Nothing is sent to a disabled webhook, nor to a slow receiver that may get no request now. A
   * failure of the receiver is a result.
   */
  async send(
    webhook: Webhook,
    { event, body }: Delivery,
    options: { readonly isTest?: boolean } = {},
  ): Promise<SendingResult> {
    const at = this.now();
    const request = webhook.enabled
      ? await this.requestOf(webhook, event.id, at, body)
      : { error: 'disabled_meanwhile' };
    const { version } = webhook.address;
    const sent =
      'url' in request
        ? await this.slowReceivers.send(version, () => this.sender.send(request), options)
        : undefined;
    const result = sent ?? ('url' in request ? { error: 'receiver_slow' } : request);
    const durationMs = this.now().getTime() - at.getTime();
    const attempt: DeliveryAttempt = { at: at.toISOString(), durationMs, ...result };
    return { attempt, ...(sent && { verdict: verdictOf(attempt.status) }) };
  }

  /** If a secret cannot be read, the attempt fails. The next attempt reads it again. */
  private async requestOf(
    webhook: Webhook,
    id: string,
    at: Date,
    body: string,
  ): Promise<WebhookRequest | { readonly error: string }> {
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
      return { url, headers, body };
    } catch (error) {
      if (error instanceof AppError) return { error: error.code };
      throw error;
    }
  }
}
