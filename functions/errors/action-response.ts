/** The next action of a person in API responses: of problems, connectors and attempts. */
import { z } from 'zod';

export const actionResponse = z.strictObject({
  kind: z.string(),
  label: z.string(),
  href: z.string().optional(),
});
