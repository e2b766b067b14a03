/** The APIs that tokens are issued for. */
import { sample } from '../../seed/sample';
import { EntraError } from '../entra-error';

export interface Resource {
  /** Value of `aud`, and prefix of scopes. */
  readonly audience: string;
  /** Other names in scopes and in `resource`. */
  readonly aliases: readonly string[];
  /** Token version: 2 for the API of adf-connect, 1 for Microsoft's APIs. */
  readonly version: 1 | 2;
  /** Permission that `/.default` stands for in delegated requests. */
  readonly defaultScope: string;
  readonly scopes: RegExp;
  /** Name on the consent page. */
  readonly title: string;
}

const userImpersonation = { defaultScope: 'user_impersonation', scopes: /^user_impersonation$/ };
const api = sample.home.apiClientId;

export const graph: Resource = {
  audience: 'https://graph.microsoft.com',
  aliases: ['00000003-0000-0000-c000-000000000000'],
  version: 1,
  defaultScope: 'User.Read',
  scopes: /^[A-Z]\w*(\.\w+)+$/,
  title: 'Microsoft Graph',
};

const resources: readonly Resource[] = [
  graph,
  {
    audience: 'https://management.azure.com',
    aliases: ['https://management.core.windows.net', '797f4846-ba00-4fd7-b077-5b5e37ce6dfa'],
    version: 1,
    ...userImpersonation,
    title: 'Azure Service Management',
  },
  {
    audience: 'https://vault.azure.net',
    aliases: ['cfa8b339-82a2-471a-a3c9-0fc0be7a4093'],
    version: 1,
    ...userImpersonation,
    title: 'Azure Key Vault',
  },
  {
    audience: 'https://storage.azure.com',
    aliases: ['e406a681-f3d4-42a8-90b6-c2b029497af1'],
    version: 1,
    ...userImpersonation,
    title: 'Azure Storage',
  },
  {
    audience: api,
    aliases: [`api://${api}`],
    version: 2,
    defaultScope: 'access_as_user',
    scopes: /^access_as_user$/,
    title: 'adf-connect',
  },
];

/** Finds a resource by audience or alias, with or without trailing slashes. */
export function findResource(name: string): Resource {
  const wanted = name.replace(/\/+$/, '').toLowerCase();
  const found = resources.find(({ audience, aliases }) =>
    [audience, ...aliases].some((known) => known.toLowerCase() === wanted),
  );
  if (!found) throw new EntraError(500011, { resource: name });
  return found;
}
