/** Path parameters: one schema per kind of id. Ids need no escaping in URLs and row keys. */
import { z } from 'zod';

const id = z.string().regex(/^[\w-]{1,100}$/, 'must have 1 to 100 letters, digits, "-" or "_"');

export const connectorId = id;
export const syncRunId = id;
export const sessionId = id;
export const webhookId = id;
export const deliveryId = id;
/** Id that Data Factory assigned to a pipeline run, stored unchanged. */
export const pipelineRunId = z.string().min(1).max(300);

export const connectorParams = z.object({ connectorId });
export const syncRunParams = z.object({ connectorId, syncRunId });
export const webhookParams = z.object({ webhookId });
