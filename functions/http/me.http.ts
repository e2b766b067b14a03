/** Who the caller is to this API: what a frontend needs to show only what may be done. */
import { z } from 'zod';
import { anyRole, roles } from './caller';
import { endpoint } from './endpoint';

const getMe = endpoint({
  method: 'GET',
  route: 'me',
  summary: 'Who you are here, and in which roles',
  allow: anyRole,
  responses: {
    200: z
      .strictObject({
        tenantId: z.string(),
        objectId: z.string(),
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
