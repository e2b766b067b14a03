/**
 * A receiver of OpenLineage events as Marquez is one: `POST /api/v1/lineage` with a bearer token takes
 * one event and answers 201, or 400 if the event violates its schema. It keeps each event once.
 */
import type { OpenLineageEvent } from '../../../functions/openlineage/events/event';
import type { SendResult, WebhookRequest } from '../../../functions/webhooks/ports';
import { violationsOf } from './validation';

export const receiverUrl = 'https://lineage.example/api/v1/lineage';
export const apiKey = 'the-key-of-the-receiver';

export class LineageReceiver {
  /** All requests, the refused ones included. */
  readonly requests: WebhookRequest[] = [];
  readonly violations: string[] = [];
  /** Different events, in the order in which they first came. */
  readonly events: OpenLineageEvent[] = [];
  /** Replaces the response to the request of this number, counted from 1. */
  respond: ((count: number) => SendResult | undefined) | undefined;
  private readonly known = new Set<string>();

  readonly send = async (request: WebhookRequest): Promise<SendResult> => {
    this.requests.push(request);
    const other = this.respond?.(this.requests.length);
    if (other) return other;
    if (request.url !== receiverUrl) return { status: 404 };
    if (request.headers['Authorization'] !== `Bearer ${apiKey}`) return { status: 401 };
    const found = violationsOf(JSON.parse(request.body));
    this.violations.push(...found);
    if (found.length > 0) return { status: 400 };
    if (!this.known.has(request.body)) this.events.push(JSON.parse(request.body));
    this.known.add(request.body);
    return { status: 201 };
  };
}
