/** What several intents of one subject, which are worked on together, say. */
import type { Intent } from './intent';

/** One that is never held back decides. What was only to be given explains no revocation. */
export function causeOf(intents: readonly Intent[]): Intent['cause'] {
  const order = ['user', 'rules', 'membership', 'group', 'drift'] as const;
  const revocations = intents.filter(({ urgency }) => urgency === 'revoke');
  const deciding = revocations.length > 0 ? revocations : intents;
  return order.find((each) => deciding.some(({ cause }) => cause === each))!;
}

/** Revocations that were admitted to an earlier attempt and that are not made yet. */
export const admittedTo = (intents: readonly Intent[]): number =>
  Math.max(0, ...intents.map(({ admitted = 0 }) => admitted));
