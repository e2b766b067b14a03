/** The caller as the API sees it, so that a frontend offers only what the caller may do. */
import { z } from 'zod';
import { anyRole, roles } from './caller';
import { endpoint } from './endpoint';

const getMe = endpoint({
  method: 'GET',
  route: 'me',
  summary: 'Get the caller and its roles',
  allow: anyRole,
  responses: {
    200: z
      .strictObject({
        tenantId: z.string().describe('Id of the Entra tenant.'),
        objectId: z.string().describe('Entra object id of the person or app.'),
        displayName: z.string(),
        roles: z.array(z.enum(roles)),
      })
      .meta({ id: 'Me' }),
  },

  handle: async ({ caller: { tenantId, objectId, displayName, roles } }) => ({
    status: 200,
    jsonBody: { tenantId, objectId, displayName, roles: [...roles] },
  }),
});

export const meEndpoints = { getMe };
