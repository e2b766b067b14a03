/** How an attempt ended, as callers see it. */
import { z } from 'zod';

export const outcomeAnswer = z.strictObject({
  code: z.string().describe('`ok`, or the code of what went wrong.'),
  message: z.string(),
  action: z
    .strictObject({ kind: z.string(), label: z.string(), href: z.string().optional() })
    .optional(),
});
