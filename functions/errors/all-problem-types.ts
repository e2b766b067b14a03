/** Every code that a problem can carry: those of this service and those of sign-ins. */
import { problemTypes, type ProblemType } from './problem-types';
import { signInErrors, type SignInError } from './sign-in-errors';

/** A sign-in error as a problem type. */
const toProblemType = ({ code, effect, message, action }: SignInError): [string, ProblemType] => [
  code,
  {
    kind: effect !== 'degrades' ? 'refused' : code === 'idp_throttled' ? 'throttled' : 'upstream',
    meaning: message,
    advice: `${action.label}.`,
  },
];

export const allProblemTypes: ReadonlyMap<string, ProblemType> = new Map([
  ...Object.entries<ProblemType>(problemTypes),
  ...(signInErrors as readonly SignInError[]).map(toProblemType),
]);
