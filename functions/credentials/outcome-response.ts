/** The outcome of a connection attempt in API responses. */
import { z } from 'zod';
import { actionResponse } from '../errors/action-response';

export const outcomeResponse = z.strictObject({
  code: z.string().describe('`ok`, or the code of the failure.'),
  message: z.string(),
  action: actionResponse.optional(),
});

export const accountConnected = z
  .strictObject({
    tenantId: z.string(),
    objectId: z.string().optional(),
    username: z.string().optional(),
  })
  .optional()
  .describe('The account that was connected. Absent unless the attempt succeeded.');
