/** Guard against mass removals: so much is missing at once that a person should confirm it. Pure. */

const share = 0.75;
/** Below this number the share says nothing. */
const minCount = 5;

/** Whether the missing ones are a mass removal. The same rule for objects and for factories. */
export const isMassRemoval = (missing: number, known: number): boolean =>
  missing >= minCount && missing > share * known;
