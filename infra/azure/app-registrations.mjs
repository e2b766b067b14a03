/**
 * Registers what adf-connect needs in Entra ID: the API, its console, and the app that customers
 * consent to. It calls Microsoft Graph through the Azure CLI, as the person who ran `az login`.
 * Every call creates what is missing and updates the rest, so it may be repeated.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const usage = `node infra/azure/app-registrations.mjs [options]

  --name NAME    environment; part of the names of the registrations (adf-connect)
  --url URL      address of the deployed app; sets the redirect URIs
  --new-secret   adds a client secret to the app that customers consent to
  --role-rules   adds the permissions on Microsoft Graph that role rules need
  --azd          stores the values in the environment of azd instead of printing them
`;
const { values: options } = parseArgs({
  options: {
    name: { type: 'string', default: 'adf-connect' },
    url: { type: 'string' },
    'new-secret': { type: 'boolean', default: false },
    'role-rules': { type: 'boolean', default: false },
    azd: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  process.stdout.write(usage);
  process.exit(0);
}

/** Ids of permissions are part of these registrations only; equal ids keep a repetition an update. */
const scopeId = '7c1e7f2a-8f0e-4c0b-9f58-1d7a5b0c3e01';
const appRoles = [
  ['7c1e7f2a-8f0e-4c0b-9f58-1d7a5b0c3e11', 'Owner', 'Creates and connects connectors.'],
  ['7c1e7f2a-8f0e-4c0b-9f58-1d7a5b0c3e12', 'Member', 'Starts syncs and reads everything.'],
  ['7c1e7f2a-8f0e-4c0b-9f58-1d7a5b0c3e13', 'Viewer', 'Reads connectors and the catalog.'],
  ['7c1e7f2a-8f0e-4c0b-9f58-1d7a5b0c3e14', 'Operator', 'Watches and steers orchestrations.'],
].map(([id, role, description]) => ({
  id,
  value: `Connector.${role}`,
  displayName: `Connector ${role}`,
  description,
  allowedMemberTypes: ['User', 'Application'],
  isEnabled: true,
}));

/** Permissions of Microsoft's APIs: learn.microsoft.com/graph/permissions-reference */
const serviceManagement = {
  resourceAppId: '797f4846-ba00-4fd7-ba43-dac1f8f63013',
  resourceAccess: [{ id: '41094075-9dad-400e-a0bd-54e686782033', type: 'Scope' }], // user_impersonation
};
const graphPermissions = {
  resourceAppId: '00000003-0000-0000-c000-000000000000',
  resourceAccess: [
    { id: 'e1fe6dd8-ba31-4d61-89e7-88639da4683d', type: 'Scope' }, // User.Read
    ...(options['role-rules']
      ? [
          { id: 'df021288-bdef-4463-88db-98f22de89214', type: 'Role' }, // User.Read.All
          { id: '98830695-27a2-44f7-8c18-0c3ebc9698f6', type: 'Role' }, // GroupMember.Read.All
        ]
      : []),
  ],
};
const anyTenant = 'AzureADMultipleOrgs';
const nameOf = (kind) => `${options.name}-${kind}`;
const accessAsUser = {
  id: scopeId,
  value: 'access_as_user',
  type: 'User',
  isEnabled: true,
  adminConsentDisplayName: 'Use adf-connect as the signed-in person',
  adminConsentDescription: 'Lets an app call the API of adf-connect with the roles of a person.',
  userConsentDisplayName: 'Use adf-connect as you',
  userConsentDescription: 'Lets an app call the API of adf-connect with your roles.',
};

const folder = mkdtempSync(join(tmpdir(), 'adf-connect-'));
try {
  main();
} finally {
  rmSync(folder, { recursive: true });
}

function main() {
  const api = upsertApp('api', { signInAudience: anyTenant, appRoles });
  const webApp = upsertApp('console', {
    signInAudience: anyTenant,
    ...(options.url && {
      spa: {
        redirectUris: ['signed-in', 'signed-out'].map(
          (page) => `${new URL(options.url).origin}/api/console/${page}`,
        ),
      },
    }),
    requiredResourceAccess: [
      { resourceAppId: api.appId, resourceAccess: [{ id: scopeId, type: 'Scope' }] },
    ],
  });
  const connector = upsertApp('connector', {
    signInAudience: anyTenant,
    ...(options.url && {
      web: { redirectUris: [`${new URL(options.url).origin}/api/oauth/callback`] },
    }),
    requiredResourceAccess: [serviceManagement, graphPermissions],
  });
  // The scope must exist before the console can be authorized for it.
  const exposed = {
    requestedAccessTokenVersion: 2,
    oauth2PermissionScopes: [accessAsUser],
  };
  const described = {
    displayName: nameOf('api'),
    identifierUris: [`api://${api.appId}`],
    // The only claim that tells the token of an app from that of a person.
    optionalClaims: {
      accessToken: [{ name: 'idtyp', essential: false, additionalProperties: [] }],
    },
  };
  graph('PATCH', `applications/${api.id}`, { ...described, api: exposed });
  graph('PATCH', `applications/${api.id}`, {
    api: {
      ...exposed,
      preAuthorizedApplications: [{ appId: webApp.appId, delegatedPermissionIds: [scopeId] }],
    },
  });
  for (const { appId, displayName } of [api, webApp, connector])
    graph('PATCH', `servicePrincipals(appId='${appId}')`, { displayName }, 'create-if-missing');
  makeOwner(api);
  report({
    API_CLIENT_ID: api.appId,
    CONSOLE_CLIENT_ID: webApp.appId,
    OAUTH_CLIENT_ID: connector.appId,
    ...(options['new-secret'] && { OAUTH_CLIENT_SECRET: addSecret(connector) }),
  });
}

/** Without --url the redirect URIs stay as they are. */
function upsertApp(kind, properties) {
  const key = `applications(uniqueName='${nameOf(kind)}')`;
  graph('PATCH', key, { displayName: nameOf(kind), ...properties }, 'create-if-missing');
  return graph('GET', `${key}?$select=id,appId,displayName`);
}

/** The person who runs this becomes Owner and Operator. Further assignments are made in Entra. */
function makeOwner(api) {
  const { id: principalId } = graph('GET', 'me?$select=id');
  const { id: resourceId } = graph('GET', `servicePrincipals(appId='${api.appId}')?$select=id`);
  const { value: assigned } = graph(
    'GET',
    `users/${principalId}/appRoleAssignments?$filter=resourceId eq ${resourceId}`,
  );
  for (const { id, value } of appRoles)
    if (
      ['Connector.Owner', 'Connector.Operator'].includes(value) &&
      !assigned.some(({ appRoleId }) => appRoleId === id)
    )
      graph('POST', `servicePrincipals/${resourceId}/appRoleAssignedTo`, {
        principalId,
        resourceId,
        appRoleId: id,
      });
}

function addSecret({ id }) {
  const passwordCredential = {
    displayName: `adf-connect ${new Date().toISOString().slice(0, 10)}`,
  };
  return graph('POST', `applications/${id}/addPassword`, { passwordCredential }).secretText;
}

function report(values) {
  for (const [name, value] of Object.entries(values))
    if (options.azd) execFileSync('azd', ['env', 'set', name, value], { stdio: 'inherit' });
    else process.stdout.write(`${name}=${value}\n`);
}

/** A body goes through a file, because shells differ in how they pass quotes. */
function graph(method, path, body, prefer) {
  const args = ['rest', '--method', method, '--url', `https://graph.microsoft.com/v1.0/${path}`];
  if (body !== undefined) {
    const file = join(folder, 'body.json');
    writeFileSync(file, JSON.stringify(body), { mode: 0o600 });
    const headers = ['Content-Type=application/json', ...(prefer ? [`Prefer=${prefer}`] : [])];
    args.push('--body', `@${file}`, '--headers', ...headers);
  }
  const text = execFileSync('az', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  return text.trim() === '' ? undefined : JSON.parse(text);
}
