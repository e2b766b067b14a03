/** The settings of the product on this machine: those of the emulators and a few fixed ones. */
import type { Certificates } from '../emulator/certificates';

export function productSettings(
  parts: readonly Readonly<Record<string, string>>[],
  { authorityFile }: Certificates,
): Record<string, string> {
  return Object.assign(
    {
      NODE_EXTRA_CA_CERTS: authorityFile,
      // The host resolves WEBSITE_HOSTNAME when it knows its port.
      PUBLIC_URL: 'http://%WEBSITE_HOSTNAME%',
      API_TENANTS: '*',
      RETURN_URLS: '{}',
      // Webhook receivers of local tests run on this machine.
      WEBHOOK_ALLOWED_HOSTS: '127.0.0.1,localhost',
      // Three days suffice here: weeks of runs of many factories would take minutes to read.
      RUN_HISTORY_RETENTION_DAYS: '3',
      // Wide, as the limits of the emulators are.
      ROLE_ASSIGNMENT_WRITES_PER_SECOND: '10',
      REFRESH_SCHEDULE: '0 */5 * * * *',
      CONNECTION_MAINTENANCE_SCHEDULE: '0 */15 * * * *',
    },
    ...parts,
  ) as Record<string, string>;
}
