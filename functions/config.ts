/**
 * The only reader of the environment. One error names every setting that is missing or malformed.
 */
import { z } from 'zod';
import { ConfigurationError } from './errors/app-error';
import { validate } from './errors/violations';

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

const secretNameRule = 'must have 1 to 127 letters, digits or "-"';

const ncrontab = z.string().regex(/^\S+( \S+){5}$/, 'must be a six-field NCRONTAB expression');

/**
 * Settings of the product. The platform reads its own settings (AzureWebJobsStorage, IDENTITY_*).
 */
export const settings = z
  .object({
    /** Table endpoint, opened with the identity of the app. */
    STORAGE__tableServiceUri: origin.optional(),
    /** Queue endpoint of the same account. */
    STORAGE__queueServiceUri: origin.optional(),
    /**
     * Connection string (Functions convention), which contains a key. Used without a table
     * endpoint.
     */
    STORAGE: z.string().min(1).optional(),
    KEY_VAULT_URI: origin,
    /** Client id of the managed identity of the app. */
    AZURE_CLIENT_ID: z.string().min(1).optional(),
    ENTRA_AUTHORITY_URL: origin.default('https://login.microsoftonline.com'),
    /** Where browsers reach Entra, if they reach it at another address than this app does. */
    ENTRA_SIGN_IN_URL: origin.optional(),
    RESOURCE_MANAGER_URL: origin.default('https://management.azure.com'),
    GRAPH_URL: origin.default('https://graph.microsoft.com'),
    /** Client id of the app registration of the API: the audience of access tokens. */
    API_CLIENT_ID: z.guid(),
    /** Ids of tenants whose tokens are accepted, or `*`. */
    API_TENANTS: list
      .transform((tenants) => tenants.map((tenant) => tenant.toLowerCase()))
      .refine(
        (tenants) =>
          tenants.length > 0 &&
          tenants.every((tenant) => tenant === '*' || z.guid().safeParse(tenant).success),
        'must be * or a list of tenant ids',
      ),
    /** Client id of the multi-tenant app that customers consent to. Its secret is in Key Vault. */
    OAUTH_CLIENT_ID: z.guid(),
    /** Tenant in which that app is registered. Its sign-in there shows whether the app works. */
    OAUTH_TENANT_ID: z.guid(),
    OAUTH_CLIENT_SECRET_NAME: z
      .string()
      .regex(/^[0-9a-zA-Z-]{1,127}$/, secretNameRule)
      .default('app-oauth-client'),
    /** Name of the Key Vault secret that signs cursors. */
    CURSOR_KEY_SECRET_NAME: z
      .string()
      .regex(/^[0-9a-zA-Z-]{1,127}$/, secretNameRule)
      .default('app-cursor-key'),
    /** Origin of this API for browsers. Links and redirect URIs use it, never the header Host. */
    PUBLIC_URL: origin,
    /** Client id of the app registration of the console. Empty if the console is not used. */
    CONSOLE_CLIENT_ID: z.union([z.literal(''), z.guid()]).default(''),
    /**
     * URLs that a sign-in may return to, by name: {"connectors":
     * "https://app.example.com/connectors"}.
     */
    RETURN_URLS: jsonRecord.default({}),
    /**
     * Hosts (`name` or `name:port`) that webhooks may reach although their address is not public.
     * For local development. Empty in production.
     */
    WEBHOOK_ALLOWED_HOSTS: list
      .refine(
        (hosts) => hosts.every((host) => /^[\w.-]+(:\d{1,5})?$/.test(host)),
        'must be a list of hosts, each as name or name:port',
      )
      .default([]),
    /** Connectors that one tenant may have. */
    MAX_CONNECTORS_PER_TENANT: z.coerce.number().int().min(1).max(10_000).default(1_000),
    /** Id of the custom role Data Factory Operator, which the deployment makes. */
    OPERATOR_ROLE_ID: z.guid().default('2d6b5f0e-7c5c-4d8e-9f57-0c1d5a3e8b21'),
    /** Role assignments that one instance writes per second and subscription. */
    ROLE_ASSIGNMENT_WRITES_PER_SECOND: z.coerce.number().int().min(1).max(10).default(2),
    /** Revocations by changes of rules or memberships that need no confirmation. */
    MASS_REVOCATION_COUNT: z.coerce.number().int().min(0).max(10_000).default(10),
    /** The same as a share of all grants of a connection; the larger of both counts. */
    MASS_REVOCATION_PERCENT: z.coerce.number().int().min(0).max(100).default(20),
    /**
     * Until this time, timers remove secrets from Key Vault that no row refers to, however many. An
     * operator sets it to confirm a removal that is held.
     */
    SECRET_REMOVAL_CONFIRMED_UNTIL: z
      .union([z.literal(''), z.iso.datetime({ offset: true })])
      .default(''),
    /**
     * Whether callers are admitted (`open`) or refused (`closed`) while the list of deactivated
     * persons cannot be read.
     */
    LEAVER_CHECK_FAILURE: z.enum(['open', 'closed']).default('open'),
    /**
     * Address of a collector that gets spans by OTLP over HTTP, without `/v1/traces`. Empty: spans are
     * dropped. The exporter itself reads OTEL_EXPORTER_OTLP_HEADERS.
     */
    OTEL_EXPORTER_OTLP_ENDPOINT: z.union([z.literal(''), origin]).default(''),
    /** Default interval between two syncs of a connector. */
    REFRESH_INTERVAL_MINUTES: z.coerce.number().int().min(5).max(43_200).default(360),
    /**
     * Retention of run history. Data Factory stores runs for 45 days. With 0 no run is mirrored.
     */
    RUN_HISTORY_RETENTION_DAYS: z.coerce.number().int().min(0).max(45).default(45),
    /** Retention of removed resources and of the changes of the sync run that removed them. */
    REMOVED_RESOURCES_RETENTION_DAYS: z.coerce.number().int().min(1).max(365).default(30),
    /** Retention of sync runs, events and webhook deliveries. */
    HISTORY_RETENTION_DAYS: z.coerce.number().int().min(7).max(3_650).default(90),
    /** Retention of the audit trail. */
    AUDIT_RETENTION_DAYS: z.coerce.number().int().min(90).max(3_650).default(730),
    /**
     * Pipeline runs whose activity runs are read: failed runs, the latest run of each pipeline, or
     * all.
     */
    RUN_ACTIVITY_POLICY: list
      .pipe(z.array(z.enum(['failed', 'latest', 'all'])))
      .default(['failed', 'latest']),
    /** NCRONTAB of the timer that starts syncs that are due. The Functions host reads it. */
    REFRESH_SCHEDULE: ncrontab,
    /**
     * NCRONTAB of the timer that renews connections. It runs often, because most runs find nothing
     * due.
     */
    CONNECTION_MAINTENANCE_SCHEDULE: ncrontab,
  })
  .refine((read) => read.STORAGE__tableServiceUri ?? read.STORAGE, {
    path: ['STORAGE__tableServiceUri'],
    message: 'is required unless STORAGE is set',
  })
  .refine((read) => read.STORAGE__queueServiceUri ?? read.STORAGE, {
    path: ['STORAGE__queueServiceUri'],
    message: 'is required unless STORAGE is set',
  });

export type Config = ReturnType<typeof readConfig>;

export function readConfig(env: Readonly<Record<string, string | undefined>>) {
  const result = validate(settings, env, {
    name: 'The configuration',
    entry: 'setting',
    pointerTo: ([setting]) => String(setting),
  });
  if (result.violations) throw new ConfigurationError(result.violations);
  const { data } = result;
  return Object.freeze({
    storage: (data.STORAGE__tableServiceUri ?? data.STORAGE)!,
    queues: (data.STORAGE__queueServiceUri ?? data.STORAGE)!,
    keyVaultUrl: data.KEY_VAULT_URI,
    secretRemovalUntil: data.SECRET_REMOVAL_CONFIRMED_UNTIL
      ? new Date(data.SECRET_REMOVAL_CONFIRMED_UNTIL)
      : undefined,
    identity: data.AZURE_CLIENT_ID === undefined ? {} : { clientId: data.AZURE_CLIENT_ID },
    entraUrl: data.ENTRA_AUTHORITY_URL,
    entraSignInUrl: data.ENTRA_SIGN_IN_URL ?? data.ENTRA_AUTHORITY_URL,
    resourceManagerUrl: data.RESOURCE_MANAGER_URL,
    graphUrl: data.GRAPH_URL,
    api: { clientId: data.API_CLIENT_ID, tenants: data.API_TENANTS },
    consoleClientId: data.CONSOLE_CLIENT_ID,
    oauth: {
      clientId: data.OAUTH_CLIENT_ID,
      tenantId: data.OAUTH_TENANT_ID,
      clientSecretName: data.OAUTH_CLIENT_SECRET_NAME,
      // The console finishes a sign-in on the page where it was started.
      returnUrls: { console: `${data.PUBLIC_URL}/api/console/connected`, ...data.RETURN_URLS },
    },
    cursorKeySecretName: data.CURSOR_KEY_SECRET_NAME,
    publicUrl: data.PUBLIC_URL,
    otlpUrl: data.OTEL_EXPORTER_OTLP_ENDPOINT,
    webhookAllowedHosts: data.WEBHOOK_ALLOWED_HOSTS,
    maxConnectorsPerTenant: data.MAX_CONNECTORS_PER_TENANT,
    refreshIntervalMinutes: data.REFRESH_INTERVAL_MINUTES,
    retentionDays: {
      removedResources: data.REMOVED_RESOURCES_RETENTION_DAYS,
      history: data.HISTORY_RETENTION_DAYS,
      audit: data.AUDIT_RETENTION_DAYS,
    },
    access: {
      roleIds: {
        contributor: '673868aa-7521-48a0-acc6-0f60742d39f5',
        operator: data.OPERATOR_ROLE_ID.toLowerCase(),
        reader: 'acdd72a7-3385-48ef-bd42-f606fba81ae7',
      },
      writesPerSecond: data.ROLE_ASSIGNMENT_WRITES_PER_SECOND,
      breakerLimits: {
        count: data.MASS_REVOCATION_COUNT,
        share: data.MASS_REVOCATION_PERCENT / 100,
      },
      leaverCheckFailure: data.LEAVER_CHECK_FAILURE,
    },
    runHistory: {
      retentionDays: data.RUN_HISTORY_RETENTION_DAYS,
      policy: data.RUN_ACTIVITY_POLICY,
    },
  });
}
