/** The outcome of a connection attempt in API responses. */
import { z } from 'zod';

export const outcomeResponse = z.strictObject({
  code: z.string().describe('`ok`, or the code of the failure.'),
  message: z.string(),
  action: z
    .strictObject({ kind: z.string(), label: z.string(), href: z.string().optional() })
    .optional(),
});
