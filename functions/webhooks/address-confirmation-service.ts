/**
 * Asks a receiver whether it expects our events before any is sent: abuse protection of CloudEvents
 * web hooks (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/http-webhook.md, section 4),
 * which Azure Event Grid and Azure Web PubSub use, too. The receiver answers an OPTIONS request with
 * our origin, or `*`, in `WebHook-Allowed-Origin`. Rate and callback of the specification are not
 * used.
 */
import { InvalidInputError, NotFoundError, RefusedError } from '../errors/app-error';
import { displayUrl } from './addresses/display-url';
import type { ChallengeResult, RequestLimit, SendError, Sender } from './ports';
import { validateWebhookUrl } from './addresses/public-address';
import type { Webhook } from './webhook';
import type { WebhookSecrets } from './webhook-secrets';

/** An address that its receiver confirmed. `href` is secret. */
export interface ConfirmedAddress {
  readonly href: string;
  readonly display: string;
  readonly confirmedAt: string;
}

export class AddressConfirmationService {
  constructor(
    private readonly sender: Pick<Sender, 'challenge'>,
    private readonly secrets: Pick<WebhookSecrets, 'getUrl'>,
    private readonly requestLimit: RequestLimit,
    private readonly now: () => Date,
    /** DNS name under which receivers know this deployment. */
    private readonly origin: string,
    private readonly allowedHosts: readonly string[],
  ) {}

  /**
   * Confirms an address for a tenant. An address that another webhook of the tenant has is not
   * challenged again. Throws InvalidInputError if it is not public, ThrottledError after too many
   * confirmations, and RefusedError if the receiver does not confirm.
   */
  async confirm(
    tenantId: string,
    url: string,
    webhooks: readonly Webhook[],
  ): Promise<ConfirmedAddress> {
    const violation = validateWebhookUrl(url, this.allowedHosts);
    if (violation !== undefined)
      throw new InvalidInputError(
        'webhook_url_refused',
        'Webhooks are sent to public https addresses only. Register another address.',
        [{ pointer: '/url', code: 'invalid', detail: `url ${violation}` }],
      );
    await this.requestLimit.consume(tenantId);
    const { href } = new URL(url);
    const display = displayUrl(href);
    const confirmedAt =
      (await this.earlierConfirmation(href, display, webhooks)) ?? (await this.challenge(href));
    return { href, display, confirmedAt };
  }

  /** Addresses are compared in full, so only those that look the same are read. */
  private async earlierConfirmation(
    href: string,
    display: string,
    webhooks: readonly Webhook[],
  ): Promise<string | undefined> {
    for (const webhook of webhooks.filter(({ address }) => address.display === display)) {
      const known = await this.secrets.getUrl(webhook).catch(undefinedIfDeleted);
      if (known === href) return webhook.address.confirmedAt;
    }
    return undefined;
  }

  private async challenge(href: string): Promise<string> {
    const result = await this.sender.challenge(href, this.origin);
    const confirms =
      'status' in result &&
      result.status >= 200 &&
      result.status < 300 &&
      allows(result.allowedOrigin, this.origin);
    if (!confirms)
      throw new RefusedError(
        'webhook_address_not_confirmed',
        `The receiver did not confirm the address: ${reasonOf(result)}. Let it answer OPTIONS with the header WebHook-Allowed-Origin: ${this.origin}, then repeat the request.`,
      );
    return this.now().toISOString();
  }
}

/** The webhook was deleted, or got another address, since it was read. */
function undefinedIfDeleted(error: unknown): undefined {
  if (!(error instanceof NotFoundError)) throw error;
}

const allows = (allowed: string | undefined, origin: string): boolean =>
  (allowed ?? '')
    .split(',')
    .map((each) => each.trim().toLowerCase())
    .some((each) => each === '*' || each === origin.toLowerCase());

const reasonByError: Readonly<Record<SendError, string>> = {
  address_refused: 'its name has an address that is not public',
  name_not_resolved: 'its name cannot be resolved',
  connection_failed: 'the connection failed',
  certificate_refused: 'its certificate is not trusted for its name',
  timed_out: 'it did not answer within ten seconds',
};

function reasonOf(result: ChallengeResult): string {
  if ('error' in result) return reasonByError[result.error];
  const { status, allowedOrigin } = result;
  if (status < 200 || status >= 300) return `it answered OPTIONS with status ${status}`;
  return allowedOrigin === undefined
    ? 'its response has no header WebHook-Allowed-Origin'
    : 'its header WebHook-Allowed-Origin names another origin';
}
