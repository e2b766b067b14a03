/** Sends one signed request to the address of a webhook and measures it. */
import { AppError } from '../errors/app-error';
import type { Delivery, DeliveryAttempt } from './delivery';
import { verdictOf, type ReceiverVerdict } from './receiver-verdict';
import type { Sender, WebhookRequest } from './ports';
import { signedHeaders } from './signature';
import type { Webhook } from './webhook';
import type { WebhookSecrets } from './webhook-secrets';

export interface SendingResult {
  readonly attempt: DeliveryAttempt;
  /** Absent if no request was sent, because the webhook is disabled or a secret cannot be read. */
  readonly verdict?: ReceiverVerdict;
}

export class DeliveryAttemptService {
  constructor(
    private readonly secrets: Pick<WebhookSecrets, 'getUrl' | 'getSigningSecrets'>,
    private readonly sender: Pick<Sender, 'send'>,
    private readonly now: () => Date,
    /** The origin that the receiver allowed when it confirmed its address. */
    private readonly origin: string,
  ) {}

  /** Nothing is sent to a disabled webhook. A failure of the receiver is a result. */
  async send(webhook: Webhook, { event, body }: Delivery): Promise<SendingResult> {
    const at = this.now();
    const request = webhook.enabled
      ? await this.requestOf(webhook, event.id, at, body)
      : { error: 'disabled_meanwhile' };
    const isSent = 'url' in request;
    const result = isSent ? await this.sender.send(request) : request;
    const durationMs = this.now().getTime() - at.getTime();
    const attempt: DeliveryAttempt = { at: at.toISOString(), durationMs, ...result };
    return { attempt, ...(isSent && { verdict: verdictOf(attempt.status) }) };
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
