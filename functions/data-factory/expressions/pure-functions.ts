/** Functions that depend on nothing but their arguments. A result of undefined is unknown. */
import type { Json } from '../json';
import { collectionFunctions } from './collection-functions';
import { logicFunctions } from './logic-functions';
import { mathFunctions } from './math-functions';
import { textFunctions } from './text-functions';

export type PureFunction = (args: readonly Json[]) => Json | undefined;

/** By lower-case name. */
export const pureFunctions: ReadonlyMap<string, PureFunction> = new Map(
  Object.entries({
    ...textFunctions,
    ...collectionFunctions,
    ...logicFunctions,
    ...mathFunctions,
  }),
);
