/**
 * What each way to connect asks for. One schema checks the request, documents it, and tells a frontend what to show: a
 * title is a label, a description says where in Entra the value is found, write-only means secret.
 */
import { z } from 'zod';
import { secretText } from '../secrets/secret';

/** No `common` or `organizations`, and nothing that could lead a request to another host. */
const domain =
  /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/i;

const tenantId = z
  .union([z.guid(), z.string().regex(domain)], { error: 'must be a tenant id or a domain' })
  .meta({ title: 'Tenant ID', description: 'Entra ID → Overview → Tenant ID (Directory ID)' });

const clientId = z.guid().meta({
  title: 'Client ID',
  description: 'Entra ID → App registrations → your app → Overview → Application (client) ID',
});

const clientSecret = secretText(1_000).meta({
  title: 'Client secret',
  description:
    'Entra ID → App registrations → your app → Certificates & secrets → Value (not Secret ID); shown once, when it is made',
});

const secretExpiresAt = z.iso.datetime({ offset: true }).meta({
  title: 'Expiry of the secret',
  description: 'Entra ID → App registrations → your app → Certificates & secrets → Expires',
});

export const clientCredentials = z.strictObject({
  method: z.literal('client_credentials'),
  clientId,
  clientSecret,
  tenantId,
  userId: z
    .union([z.guid(), z.email().max(254)], { error: 'must be an object id or a user name' })
    .optional()
    .meta({
      title: 'User ID',
      description: 'Entra ID → Users → the user whose data is wanted → Object ID',
    }),
  secretExpiresAt: secretExpiresAt.optional(),
});

export const usernamePassword = z.strictObject({
  method: z.literal('username_password'),
  clientId,
  tenantId,
  clientSecret: clientSecret.optional(),
  username: z.email().max(254).meta({
    title: 'User name',
    description: 'Entra ID → Users → a service account without multi-factor → User principal name',
  }),
  // Entra takes no blanks at either end, and would count the failure towards a lock.
  password: secretText(256)
    .refine((password) => password.reveal().trim() === password.reveal(), {
      error: 'must not begin or end with a blank',
    })
    .meta({ title: 'Password', description: 'Used once to sign in, and never stored' }),
});

export const credential = z.discriminatedUnion('method', [clientCredentials, usernamePassword]);
export type UsernamePassword = Omit<z.infer<typeof usernamePassword>, 'method'>;

export const rotation = z.strictObject({
  clientSecret,
  secretExpiresAt: secretExpiresAt.optional(),
});

const allowAccountChange = z.boolean().default(false).meta({
  title: 'Allow another account',
  description: 'Accept another account than your own, or than the one connected before',
});

export const deviceSignIn = z.strictObject({
  clientId: clientId.optional(),
  tenantId: tenantId.optional(),
  allowAccountChange,
});

export const dateOf = (time: string | undefined) =>
  time === undefined ? undefined : new Date(time);
