import { z } from 'zod';
import { tool } from '../tool';
import { name, paging } from '../tool-input';

export const whoHasAccess = tool({
  name: 'who_has_access',
  title: 'Who has access',
  description:
    'Lists which user or group has which Data Factory role where, since when and why. Without a connectionId it lists the provisioning connections.',
  input: z.strictObject({
    connectionId: name('Id of a provisioning connection.', 100).optional(),
    ...paging,
  }),
  operations: ['listGrants', 'listProvisioningConnections'],
  run: ({ connectionId, ...query }, api) =>
    connectionId === undefined
      ? api.read('listProvisioningConnections', {})
      : api.read('listGrants', { params: { connectionId }, query }),
});
