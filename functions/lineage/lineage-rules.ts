/** Raised when a rule changes: all units are then computed again. */
export const lineageRules = 3;
