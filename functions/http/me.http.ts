/** The caller as the API sees it, so that a frontend offers only what the caller may do. */
import { z } from 'zod';
import { roles } from './caller';
import { endpoint } from './endpoint';

const getMe = endpoint({
  method: 'GET',
  route: 'me',
  summary: 'Get the caller and its roles',
  allow: 'authenticated',
  responses: {
    200: z
      .strictObject({
        tenantId: z.string().describe('Id of the Entra tenant.'),
        objectId: z.string().describe('Entra object id of the person or app.'),
        displayName: z.string(),
        roles: z.array(z.enum(roles)).describe('App roles that are assigned to the caller.'),
        missingRoles: z
          .array(z.enum(roles))
          .describe('App roles that an Entra administrator can assign in addition.'),
      })
      .meta({ id: 'Me' }),
  },

  handle: async ({ caller: { tenantId, objectId, displayName, roles: own } }) => ({
    status: 200,
    jsonBody: {
      tenantId,
      objectId,
      displayName,
      roles: [...own],
      missingRoles: roles.filter((role) => !own.includes(role)),
    },
  }),
});

export const meEndpoints = { getMe };
