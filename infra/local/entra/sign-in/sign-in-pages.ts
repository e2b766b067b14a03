/** Chooses the page for the current step of a sign-in. */
import type { EmulatorResponse } from '../../emulator/server';
import type { Authority } from '../directory/authority';
import { isConsented } from '../directory/client';
import * as pages from './pages';
import type { Registry } from '../directory/registry';
import { permissionsOf } from '../tokens/scopes';
import type { SignIn, Step } from './sign-in-state';

export function pageOf(
  step: Exclude<Step, 'done'>,
  { id, request, user }: SignIn,
  registry: Registry,
  notice?: string,
): EmulatorResponse {
  const { app, authority, scopes, confirm } = request;
  const question = { to: '/common/login', flow: id, notice };
  const about = { ...question, username: user?.username ?? '', app: app.displayName };
  switch (step) {
    case 'username':
      return pages.signInPage({
        ...question,
        title: request.selectAccount ? 'Pick an account' : 'Sign in',
        hint: request.loginHint ?? '',
        known: usersIn(authority, registry).map(({ username }) => username),
        people: usersIn(authority, registry).flatMap(({ objectId, displayName, apiRole }) =>
          apiRole === undefined ? [] : [{ objectId, label: `${displayName} (${apiRole})` }],
        ),
      });
    case 'password':
      return pages.passwordPage({ ...about, title: 'Enter password' });
    case 'second-factor': {
      const enrolling = user?.mfa === 'not_enrolled';
      const title = enrolling ? 'More information required' : 'Enter code';
      return pages.secondFactorPage({ ...about, title });
    }
    case 'approval':
      return pages.approvalPage({ ...about, title: 'Need admin approval' });
    case 'consent': {
      const permissions = permissionsOf(scopes);
      const { offline } = scopes;
      if (confirm === 'device' && user && isConsented(app, user, permissions))
        return pages.confirmPage({ ...about, title: `Are you trying to sign in to ${about.app}?` });
      const mayForAll = user?.administrator ? 'optional' : 'no';
      const organization = confirm === 'organization' ? 'always' : mayForAll;
      const title = 'Permissions requested';
      return pages.consentPage({ ...about, title, permissions, offline, organization });
    }
  }
}

const usersIn = ({ tenant }: Authority, registry: Registry) =>
  registry.users().filter(({ tenantId }) => !tenant || tenantId === tenant.tenantId);
