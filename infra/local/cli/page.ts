/** The page that `npm start` prints: addresses, table of the catalog, next command. */
import type { StackDescription } from '../stack/stack';

export const title = `
  adf-connect: local stack without an Azure account
`;

export const startedLine = (name: string): string => `  started   ${name}`;

export interface AddressOptions {
  readonly dataFolder: string;
  /** Absent if log lines are printed. */
  readonly logFile?: string;
}

export function addresses(
  { baseUrl, controlUrl, azure, scim }: StackDescription,
  { dataFolder, logFile }: AddressOptions,
): string {
  return section([
    ['Console', `${baseUrl}/api/console`],
    ['API', `${baseUrl}/api`],
    ['OpenAPI', `${baseUrl}/api/openapi.json`],
    ...(scim
      ? ([
          ['SCIM', scim.baseUrl],
          ['SCIM token', scim.token],
        ] as const)
      : []),
    ['Entra ID', azure.entraUrl],
    ['Key Vault', azure.keyVaultUrl],
    ['Resource Manager', azure.resourceManagerUrl],
    ['Control API', controlUrl],
    ['Data folder', dataFolder],
    ['Credentials', `${dataFolder}/stack.json`],
    ...(logFile === undefined ? [] : [['Log', `${logFile} (--verbose prints it here)`] as const]),
  ]);
}

function section(rows: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return ['', ...rows.map(([name, value]) => `  ${name.padEnd(width)}   ${value}`), ''].join('\n');
}

/** Plural names of the resource kinds, in the order of the table. */
const kindNames: Readonly<Record<string, string>> = {
  factory: 'factories',
  pipeline: 'pipelines',
  activity: 'activities',
  dataset: 'datasets',
  linkedService: 'linked services',
  dataFlow: 'data flows',
  trigger: 'triggers',
  integrationRuntime: 'integration runtimes',
  globalParameter: 'global parameters',
  credential: 'credentials',
  managedVirtualNetwork: 'managed virtual networks',
  managedPrivateEndpoint: 'managed private endpoints',
  changeDataCapture: 'change data captures',
};

/** Resource counts by kind; kinds without a name here come last. */
export function catalogTable(counts: Readonly<Record<string, number>>): string {
  const kinds = [...new Set([...Object.keys(kindNames), ...Object.keys(counts)])];
  const rows = kinds.flatMap((kind) => {
    const count = counts[kind] ?? 0;
    return count === 0 ? [] : [[kindNames[kind] ?? kind, count] as const];
  });
  const total = rows.reduce((sum, [, count]) => sum + count, 0);
  const width = Math.max(...rows.map(([name]) => name.length), 'resources'.length);
  const line = (name: string, count: number) =>
    `  ${name.padEnd(width)}  ${String(count).padStart(6)}`;
  return [
    '',
    '  In the catalog:',
    ...rows.map(([name, count]) => line(name, count)),
    `  ${'─'.repeat(width + 8)}`,
    line('resources', total),
    '',
  ].join('\n');
}

/** The token is read from stack.json, so that it does not fill the screen. */
export function nextCommand({ baseUrl }: StackDescription, dataFolder: string): string {
  const token = `node -p "require('${dataFolder}/stack.json').tokens.owner"`;
  return `
  Next, list the connectors:

    curl -H "Authorization: Bearer $(${token})" ${baseUrl}/api/connectors

  Or open the console, and sign in as one of the sample people by one click:

    ${baseUrl}/api/console

  test/requests has more requests. Ctrl-C stops everything.
`;
}
