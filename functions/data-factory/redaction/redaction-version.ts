/**
 * Version of the rules of redaction. Raise it when a rule changes: the next sync reads every object
 * again and replaces the stored bodies.
 */
export const redactionVersion = 12;
