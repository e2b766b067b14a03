/** Path parameters: one schema per kind of id. Ids need no escaping in URLs and row keys. */
import { z } from 'zod';

const id = z
  .string()
  .max(100)
  .regex(/^[\w-]{1,100}$/, 'must have 1 to 100 letters, digits, "-" or "_"');

export const connectorId = id.describe('Id of the connector.');
export const syncRunId = id.describe('Id of the sync run.');
export const sessionId = id.describe('Id of the sign-in session.');
export const webhookId = id.describe('Id of the webhook.');
export const deliveryId = id.describe('Id of the delivery.');
export const provisioningConnectionId = id.describe('Id of the provisioning connection.');

export const connectorParams = z.object({ connectorId });
export const syncRunParams = z.object({ connectorId, syncRunId });
export const webhookParams = z.object({ webhookId });
export const provisioningConnectionParams = z.object({ connectionId: provisioningConnectionId });
