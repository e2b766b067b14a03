/** What a change did to the fields of a row: their values before and after. */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';

const value = z.unknown().describe('Absent if the field had or has no value.');

export const fieldChanges = z
  .record(z.string(), z.object({ before: value.optional(), after: value.optional() }))
  .describe('Fields that changed, with their values before and after.');
export type FieldChanges = Readonly<z.infer<typeof fieldChanges>>;

/** An event is one row of a table with little space. A longer value is replaced by its length. */
const maxLength = 4_000;

/** The fields that differ. The caller names them, so that no secret gets into an event. */
export function changesOf(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): FieldChanges {
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changed = fields.filter((field) => !isDeepStrictEqual(before[field], after[field]));
  return Object.fromEntries(
    changed.map((field) => [
      field,
      { ...valueOf('before', before[field]), ...valueOf('after', after[field]) },
    ]),
  );
}

function valueOf(side: 'before' | 'after', given: unknown) {
  if (given === undefined) return {};
  const { length } = JSON.stringify(given);
  return { [side]: length <= maxLength ? given : `(${length} characters)` };
}
