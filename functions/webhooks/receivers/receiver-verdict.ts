/** What the answer of a receiver says about the webhook. */

/** `gone`: the receiver wants no more events (410, Standard Webhooks and CloudEvents). */
export type ReceiverVerdict = 'accepted' | 'failed' | 'gone';

/** Without a status there was no answer. */
export function verdictOf(status = 0): ReceiverVerdict {
  if (status === 410) return 'gone';
  return status >= 200 && status < 300 ? 'accepted' : 'failed';
}
