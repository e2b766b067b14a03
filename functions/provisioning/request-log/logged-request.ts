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
  /** Path of the attribute at fault, or that was ignored. */
  attribute: z.string().exactOptional(),
  detail: z.string().exactOptional(),
});
export type LoggedRequest = Readonly<z.infer<typeof loggedRequest>>;

/** Whether an administrator should see it: the request failed, or a part of it was ignored. */
export const hasFinding = ({ status, detail }: Pick<LoggedRequest, 'status' | 'detail'>): boolean =>
  status >= 400 || detail !== undefined;
