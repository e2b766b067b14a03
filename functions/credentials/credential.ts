/**
 * Request schemas of the methods to connect. They validate the request, document it and describe
 * the form: `title` is the label, `description` says where Entra shows the value, `writeOnly` is
 * secret.
 */
import { z } from 'zod';
import { secretText } from '../secrets/secret';

/** Stands wherever an account is entered or chosen. */
export const useServiceAccount =
  'Use a service account, never the account of a person: the connection reads what the account can read, and ends with it.';

/**
 * Excludes `common`, `organizations` and everything that could direct a request to another host.
 */
const domainPattern =
  /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/i;

const tenantName = z
  .union([z.guid(), z.string().max(253).regex(domainPattern)], {
    error: 'must be a tenant id or a domain',
  })
  .meta({
    title: 'Tenant ID',
    description:
      'Entra ID → Overview → Tenant ID (Directory ID). A tenant other than your own must be one of the allowed tenants',
  });

const clientId = z.guid().meta({
  title: 'Client ID',
  description: 'Entra ID → App registrations → your app → Overview → Application (client) ID',
});

const clientSecret = secretText(1_000).meta({
  title: 'Client secret',
  description:
    'Entra ID → App registrations → your app → Certificates & secrets → Value (not Secret ID). Entra shows it once, on creation.',
});

const secretExpiresAt = z.iso.datetime({ offset: true }).max(40).meta({
  title: 'Expiry of the secret',
  description: 'Entra ID → App registrations → your app → Certificates & secrets → Expires',
});

export const clientCredentials = z.strictObject({
  method: z.literal('client_credentials'),
  clientId,
  clientSecret,
  tenantId: tenantName,
  userId: z
    .union([z.guid(), z.email().max(254)], { error: 'must be an object id or a user name' })
    .optional()
    .meta({
      title: 'User ID',
      description: `Entra ID → Users → the user whose data is read → Object ID. ${useServiceAccount}`,
    }),
  secretExpiresAt: secretExpiresAt.optional(),
});

export const usernamePassword = z.strictObject({
  method: z.literal('username_password'),
  clientId,
  tenantId: tenantName,
  clientSecret: clientSecret.optional(),
  username: z
    .email()
    .max(254)
    .meta({
      title: 'User name',
      description: `Entra ID → Users → a service account without multi-factor → User principal name. ${useServiceAccount}`,
    }),
  // Entra rejects blanks at either end, and counts the failure towards a lockout.
  password: secretText(256)
    .refine((password) => password.reveal().trim() === password.reveal(), {
      error: 'must not begin or end with a blank',
    })
    .meta({ title: 'Password', description: 'Used for one sign-in and never stored' }),
});

export const credential = z.discriminatedUnion('method', [clientCredentials, usernamePassword]);
export type UsernamePassword = Omit<z.infer<typeof usernamePassword>, 'method'>;

export const rotation = z.strictObject({
  clientSecret,
  secretExpiresAt: secretExpiresAt.optional(),
});

const allowAccountChange = z.boolean().default(false).meta({
  title: 'Allow another account',
  description: 'Accept an account other than your own or the previous one',
});

const signInTenant = tenantName.optional().meta({
  title: 'Tenant',
  description:
    'Only for another tenant, such as one that you are a guest of: its tenant ID or domain. It must be one of the allowed tenants',
});

export const browserSignIn = z.strictObject({ tenantId: signInTenant, allowAccountChange });

export const deviceSignIn = z.strictObject({
  clientId: clientId.optional(),
  tenantId: signInTenant,
  allowAccountChange,
});

export const dateOf = (time: string | undefined) =>
  time === undefined ? undefined : new Date(time);
