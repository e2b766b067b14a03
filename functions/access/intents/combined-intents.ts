/** What several intents of one subject, which are worked on together, say. */
import { held, isPrincipalProblem } from '../grants/apply-result';
import type { Intent } from './intent';

/** Problem of an attempt that ended anywhere, perhaps before revocations were counted. */
export const internal = 'internal';

/** One that is never held back decides. */
export function causeOf(intents: readonly Intent[]): Intent['cause'] {
  const order = ['user', 'rules', 'membership', 'group', 'drift'] as const;
  return order.find((each) => intents.some(({ cause }) => cause === each))!;
}

/**
 * The revocations were counted by an earlier attempt, which Azure or a lack of time ended. One that did
 * not know the principal made those that it counted, and left those of another principal.
 */
export function isAdmitted(intents: readonly Intent[]): boolean {
  const revocations = intents.filter(({ urgency }) => urgency === 'revoke');
  const isCounted = ({ attempts, problem = '' }: Intent) =>
    attempts > 0 && problem !== held && problem !== internal && !isPrincipalProblem(problem);
  return revocations.length > 0 && revocations.every(isCounted);
}
