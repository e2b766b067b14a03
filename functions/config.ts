/** The only reader of the environment. Names every missing or malformed setting at once. */
import { z } from 'zod';
import { ConfigurationError } from './errors/app-error';

const origin = z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, ''));

/** `a, b` → ['a', 'b'] */
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean),
);

const jsonRecord = z.string().transform((text, context) => {
  const read = z.record(z.string(), z.url()).safeParse(tryParse(text));
  if (read.success) return read.data;
  context.addIssue({ code: 'custom', message: 'must be a JSON object of names and URLs' });
  return z.NEVER;
});

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const ncrontab = z.string().regex(/^\S+( \S+){5}$/, 'must be a six-field NCRONTAB expression');

/** What the product reads. Settings of the platform itself (AzureWebJobsStorage, IDENTITY_*) are not ours to read. */
export const settings = z
  .object({
    /** Table endpoint, opened with the app's own identity… */
    STORAGE__tableServiceUri: origin.optional(),
    /** …or a connection string (Functions convention), which brings its own key. */
    STORAGE: z.string().min(1).optional(),
    KEY_VAULT_URI: origin,
    /** Client id of the app's own (managed) identity. */
    AZURE_CLIENT_ID: z.string().min(1).optional(),
    ENTRA_AUTHORITY_URL: origin.default('https://login.microsoftonline.com'),
    RESOURCE_MANAGER_URL: origin.default('https://management.azure.com'),
    GRAPH_URL: origin.default('https://graph.microsoft.com'),
    /** The audience that API access tokens are issued for: our own app registration. */
    API_CLIENT_ID: z.guid(),
    /** Tenants whose tokens are accepted, or `*`. */
    API_TENANTS: list,
    /** Our multi-tenant app that customers consent to; its secret lives in Key Vault. */
    OAUTH_CLIENT_ID: z.guid(),
    OAUTH_CLIENT_SECRET_NAME: z
      .string()
      .regex(/^[0-9a-zA-Z-]{1,127}$/)
      .default('app-oauth-client'),
    /** Key Vault secret that signs paging cursors. */
    CURSOR_KEY_SECRET_NAME: z
      .string()
      .regex(/^[0-9a-zA-Z-]{1,127}$/)
      .default('app-cursor-key'),
    /** Where browsers reach this API; redirect URIs and links are built from it, never from a request's Host. */
    PUBLIC_URL: origin,
    /** Pages a sign-in may return to, by name: {"connectors": "https://app.example.com/connectors"}. */
    RETURN_URLS: jsonRecord.default({}),
    /**
     * Hosts (`name` or `name:port`) that webhooks may reach although their address is not public. For a machine of
     * one's own; empty wherever customers are.
     */
    WEBHOOK_ALLOWED_HOSTS: list
      .refine((hosts) => hosts.every((host) => /^[\w.-]+(:\d{1,5})?$/.test(host)), 'must be hosts')
      .default([]),
    /** How often a connected connector is refreshed. */
    REFRESH_INTERVAL_MINUTES: z.coerce.number().int().min(5).max(43_200).default(360),
    /** How long runs are kept; Data Factory itself keeps them 45 days. With 0 they are not copied. */
    RUN_HISTORY_RETENTION_DAYS: z.coerce.number().int().min(0).max(45).default(45),
    /** How long resources that were removed are kept, hidden, with the list of changes of the sync that removed them. */
    REMOVED_RESOURCES_RETENTION_DAYS: z.coerce.number().int().min(1).max(365).default(30),
    /** How long is kept what happened: syncs, events of the audit trail, deliveries of webhooks. */
    HISTORY_RETENTION_DAYS: z.coerce.number().int().min(7).max(3_650).default(90),
    /** Which runs are asked for their activities: those that failed, the latest of each pipeline, or all. */
    RUN_ACTIVITY_POLICY: list
      .pipe(z.array(z.enum(['failed', 'latest', 'all'])))
      .default(['failed', 'latest']),
    /** NCRONTAB of the timer that looks for connectors that are due; the Functions host reads it. */
    REFRESH_SCHEDULE: ncrontab,
    /** NCRONTAB of the timer that keeps connections alive. Often, since it does nothing where nothing is due. */
    CONNECTION_MAINTENANCE_SCHEDULE: ncrontab,
  })
  .refine((read) => read.STORAGE__tableServiceUri ?? read.STORAGE, {
    path: ['STORAGE__tableServiceUri'],
    message: 'either STORAGE__tableServiceUri or STORAGE is needed',
  });

export type Config = ReturnType<typeof readConfig>;

export function readConfig(env: Readonly<Record<string, string | undefined>>) {
  const read = settings.safeParse(env);
  if (!read.success)
    throw new ConfigurationError(
      read.error.issues.map(({ path, message }) => ({
        pointer: String(path[0]),
        detail: env[String(path[0])] === undefined ? 'missing' : message,
      })),
    );
  const { data } = read;
  return Object.freeze({
    storage: (data.STORAGE__tableServiceUri ?? data.STORAGE)!,
    keyVaultUrl: data.KEY_VAULT_URI,
    identityClientId: data.AZURE_CLIENT_ID,
    entraUrl: data.ENTRA_AUTHORITY_URL,
    resourceManagerUrl: data.RESOURCE_MANAGER_URL,
    graphUrl: data.GRAPH_URL,
    api: { clientId: data.API_CLIENT_ID, tenants: data.API_TENANTS },
    oauth: {
      clientId: data.OAUTH_CLIENT_ID,
      clientSecretName: data.OAUTH_CLIENT_SECRET_NAME,
      returnUrls: data.RETURN_URLS,
    },
    cursorKeySecretName: data.CURSOR_KEY_SECRET_NAME,
    publicUrl: data.PUBLIC_URL,
    webhookAllowedHosts: data.WEBHOOK_ALLOWED_HOSTS,
    refreshIntervalMinutes: data.REFRESH_INTERVAL_MINUTES,
    retentionDays: {
      removedResources: data.REMOVED_RESOURCES_RETENTION_DAYS,
      history: data.HISTORY_RETENTION_DAYS,
    },
    runHistory: {
      retentionDays: data.RUN_HISTORY_RETENTION_DAYS,
      policy: data.RUN_ACTIVITY_POLICY,
    },
  });
}
