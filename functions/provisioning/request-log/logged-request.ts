/** One request of an identity provider, as an administrator sees it. Holds no value of an attribute. */
import { z } from 'zod';

export const loggedRequest = z.object({
  /** Id of the row: sorts newest first. */
  id: z.string(),
  at: z.string(),
  requestId: z.string(),
  tokenId: z.string(),
  method: z.string(),
  /** Path below the base URL, without the query. */
  path: z.string(),
  status: z.int(),
  durationMs: z.int(),
  scimType: z.string().exactOptional(),
  /** Path of the attribute at fault. */
  attribute: z.string().exactOptional(),
  detail: z.string().exactOptional(),
});
export type LoggedRequest = Readonly<z.infer<typeof loggedRequest>>;

export const isFailure = ({ status }: Pick<LoggedRequest, 'status'>): boolean => status >= 400;
