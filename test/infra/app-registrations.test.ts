/** The script against an `az` that stores what Microsoft Graph would and records its arguments. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { roles } from '../../functions/http/caller';

const script = join(__dirname, '../../infra/azure/app-registrations.mjs');

/** As Graph responds: 201 with the object, then 204 without a body. PATCH merges properties. */
const az = `#!${process.execPath}
const fs = require('node:fs');
const file = process.env.GRAPH_STATE;
const state = JSON.parse(fs.readFileSync(file, 'utf8'));
const args = process.argv.slice(2);
const option = (name) => args[args.indexOf(name) + 1];
const method = option('--method');
const path = option('--url').replace('https://graph.microsoft.com/v1.0/', '').split('?')[0];
const body = args.includes('--body') ? JSON.parse(fs.readFileSync(option('--body').slice(1), 'utf8')) : undefined;
let response;
const app = Object.values(state.apps).find(({ id }) => path === 'applications/' + id || path === 'applications/' + id + '/addPassword');
const named = /^applications\\(uniqueName='(.+)'\\)$/.exec(path)?.[1];
if (named && method === 'PATCH') {
  if (!state.apps[named] && !args.includes('Prefer=create-if-missing')) process.exit(1);
  const n = Object.keys(state.apps).length;
  state.apps[named] = { id: 'object-' + n, appId: 'client-' + n, ...state.apps[named], ...body };
} else if (named) response = state.apps[named];
else if (path.endsWith('/addPassword')) response = { secretText: 'new-secret' };
else if (app) Object.assign(app, body);
else if (path === 'me') response = { id: 'me' };
else if (path === 'users/me/appRoleAssignments') response = { value: state.assignments };
else if (path.endsWith('/appRoleAssignedTo')) state.assignments.push(body);
else if (path.startsWith('servicePrincipals(') && method === 'GET') response = { id: 'principal' };
fs.writeFileSync(file, JSON.stringify(state));
if (response) console.log(JSON.stringify(response));
`;

const url = 'https://func-contoso.azurewebsites.net';
let folder: string;
let first: { readonly output: string; readonly state: any };
let second: typeof first;

// Each call of Graph starts a process, so all tests share two runs.
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'adf-connect-az-'));
  writeFileSync(join(folder, 'state.json'), JSON.stringify({ apps: {}, assignments: [] }));
  writeFileSync(join(folder, 'az'), az);
  chmodSync(join(folder, 'az'), 0o755);
  first = run('--name', 'contoso', '--url', `${url}/`, '--new-secret', '--role-rules');
  second = run('--name', 'contoso');
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(...args: string[]): typeof first {
  const file = join(folder, 'state.json');
  const PATH = `${folder}${delimiter}${process.env['PATH']}`;
  const output = execFileSync(process.execPath, [script, ...args], {
    encoding: 'utf8',
    env: { ...process.env, GRAPH_STATE: file, PATH },
  });
  return { output, state: JSON.parse(readFileSync(file, 'utf8')) };
}

describe('the script of the app registrations', () => {
  it('registers the API with the roles that the code knows', () => {
    const { 'contoso-api': api, 'contoso-console': webApp } = first.state.apps;

    expect(api.appRoles.map(({ value }: { value: string }) => value)).toEqual(
      roles.map((role) => `Connector.${role}`),
    );
    expect(api).toMatchObject({
      identifierUris: [`api://${api.appId}`],
      optionalClaims: { accessToken: [{ name: 'idtyp' }] },
      api: {
        requestedAccessTokenVersion: 2,
        oauth2PermissionScopes: [{ value: 'access_as_user', isEnabled: true }],
        preAuthorizedApplications: [{ appId: webApp.appId }],
      },
    });
  });

  it('sets the redirect URIs of a deployment', () => {
    const { 'contoso-connector': connector, 'contoso-console': webApp } = first.state.apps;

    expect(connector.web.redirectUris).toEqual([`${url}/api/oauth/callback`]);
    expect(webApp.spa.redirectUris).toEqual([
      `${url}/api/console/signed-in`,
      `${url}/api/console/signed-out`,
    ]);
  });

  it('creates nothing twice, and keeps redirect URIs', () => {
    const ids = ({ state }: typeof first) =>
      Object.values<any>(state.apps).map(({ appId, web, spa }) => ({ appId, web, spa }));

    expect(first.state.assignments).toHaveLength(2);
    expect(second.state.assignments).toEqual(first.state.assignments);
    expect(ids(second)).toEqual(ids(first));
  });

  it('prints the values of a deployment, and a secret only if asked', () => {
    const ids = ['API_CLIENT_ID', 'CONSOLE_CLIENT_ID', 'OAUTH_CLIENT_ID'];
    const names = ({ output }: typeof first) => output.match(/^\w+(?==)/gm);

    expect(names(first)).toEqual([...ids, 'OAUTH_CLIENT_SECRET']);
    expect(first.output).toContain('OAUTH_CLIENT_SECRET=new-secret');
    expect(names(second)).toEqual(ids);
  });

  it('asks for permissions on users and groups only for role rules', () => {
    const kinds = ({ state }: typeof first) =>
      state.apps['contoso-connector'].requiredResourceAccess.flatMap(
        ({ resourceAccess }: { resourceAccess: { type: string }[] }) =>
          resourceAccess.map(({ type }) => type),
      );

    expect(kinds(first)).toEqual(['Scope', 'Scope', 'Role', 'Role']);
    expect(kinds(second)).toEqual(['Scope', 'Scope']);
  });
});
