/** The settings of the product on this machine: what the parts say of themselves, and a few of our own. */
import type { Certificates } from '../emulator/certificates';

export function productSettings(
  parts: readonly Readonly<Record<string, string>>[],
  { authorityFile }: Certificates,
): Record<string, string> {
  return Object.assign(
    {
      NODE_EXTRA_CA_CERTS: authorityFile,
      // The host knows its port only once it listens, and puts its own name in here.
      PUBLIC_URL: 'http://%WEBSITE_HOSTNAME%',
      API_TENANTS: '*',
      RETURN_URLS: '{}',
      // Whoever tries webhooks here receives them here.
      WEBHOOK_ALLOWED_HOSTS: '127.0.0.1,localhost',
      // Enough to look at: weeks of runs of many factories would keep a laptop busy for minutes.
      RUN_HISTORY_RETENTION_DAYS: '3',
      REFRESH_SCHEDULE: '0 */5 * * * *',
      CONNECTION_MAINTENANCE_SCHEDULE: '0 */15 * * * *',
    },
    ...parts,
  ) as Record<string, string>;
}
