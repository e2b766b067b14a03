/**
 * Initial state of the emulator: tenants, apps and users of the sample, with random secrets and
 * passwords.
 */
import { randomUUID } from 'node:crypto';
import type { JWK } from 'jose';
import { sample } from '../seed/sample';
import { newSecret, randomOtc, randomPassword, randomToken } from './directory/passwords';
import type { ApiRole, App, State, User } from './directory/state';

export const secretLifetimeDays = { customer: 365, adfConnect: 730 };
const { home, contoso, fabrikam } = sample;

export function seed(now: Date, signingKey: JWK): State {
  return {
    signingKey,
    identityHeader: randomToken(),
    ports: {},
    tenants: [
      { tenantId: home.tenantId, domain: home.domain, displayName: 'adf-connect' },
      { tenantId: contoso.tenantId, domain: contoso.domain, displayName: 'Contoso' },
      { tenantId: fabrikam.tenantId, domain: fabrikam.domain, displayName: 'Fabrikam' },
    ],
    apps: [
      newApp({
        clientId: home.apiClientId,
        tenantId: home.tenantId,
        displayName: 'adf-connect API',
        multiTenant: true,
      }),
      newApp({
        clientId: home.oauthClientId,
        tenantId: home.tenantId,
        displayName: 'adf-connect',
        multiTenant: true,
        // Device codes need neither a redirect URI nor a secret.
        publicClient: true,
        secrets: [newSecret(now, secretLifetimeDays.adfConnect, 'oauth')],
        loopbackPaths: ['/api/oauth/callback'],
        // Added by an administrator of Contoso for provisioning, without delegated permissions.
        consents: [{ tenantId: contoso.tenantId, scopes: [] }],
        graphRoles: ['User.Read.All', 'GroupMember.Read.All'],
      }),
      newApp({
        clientId: home.identityClientId,
        objectId: home.identityObjectId,
        tenantId: home.tenantId,
        displayName: 'id-adf-connect',
      }),
      newApp({
        clientId: home.consoleClientId,
        tenantId: home.tenantId,
        displayName: 'adf-connect console',
        multiTenant: true,
        publicClient: true,
        spaLoopbackPaths: ['/api/console/signed-in', '/api/console/signed-out'],
        // Pre-authorized by the registration of the API, so that no person is asked.
        consents: [contoso, fabrikam].map(({ tenantId }) => ({
          tenantId,
          scopes: [`${home.apiClientId}/access_as_user`],
        })),
      }),
      newApp({
        ...contoso.app,
        tenantId: contoso.tenantId,
        secrets: [newSecret(now, secretLifetimeDays.customer, 'adf-connect')],
        graphRoles: ['User.Read.All', 'Application.Read.All'],
        consents: [
          {
            tenantId: contoso.tenantId,
            scopes: [
              'https://management.azure.com/user_impersonation',
              'https://graph.microsoft.com/User.Read',
            ],
          },
        ],
      }),
    ],
    users: [
      ...contoso.users.map(({ name, displayName, objectId, role, mfa }) =>
        newUser({
          objectId,
          displayName,
          tenantId: contoso.tenantId,
          username: `${name}@${contoso.domain}`,
          mfa: mfa ? 'required' : 'off',
          administrator: role === 'owner',
          apiRole: `${role[0]!.toUpperCase()}${role.slice(1)}` as ApiRole,
        }),
      ),
      newUser({
        objectId: fabrikam.user.objectId,
        displayName: fabrikam.user.displayName,
        tenantId: fabrikam.tenantId,
        username: `${fabrikam.user.name}@${fabrikam.domain}`,
        administrator: true,
        apiRole: 'Owner',
        guestOf: [{ tenantId: contoso.tenantId, objectId: fabrikam.user.guestObjectId }],
      }),
    ],
    refreshTokens: [],
  };
}

export type NewApp = Pick<App, 'clientId' | 'tenantId' | 'displayName'> & Partial<App>;

export const newApp = (values: NewApp): App => ({
  objectId: randomUUID(),
  multiTenant: false,
  publicClient: false,
  disabled: false,
  secrets: [],
  redirectUris: [],
  loopbackPaths: [],
  adminConsentRequired: false,
  requiresAssignment: false,
  assignedTo: [],
  consents: [],
  graphRoles: [],
  ...values,
});

export type NewUser = Pick<User, 'objectId' | 'tenantId' | 'username' | 'displayName'> &
  Partial<User>;

export const newUser = (values: NewUser): User => ({
  password: randomPassword(),
  passwordExpired: false,
  mfa: 'off',
  otc: randomOtc(),
  administrator: false,
  locked: false,
  disabled: false,
  federated: false,
  ...values,
});
