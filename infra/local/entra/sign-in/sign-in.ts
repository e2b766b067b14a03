/**
 * The sign-in of a user, page by page: user name, password, second factor, consent. The request
 * (authorization, device code or admin consent) decides what happens at the end.
 */
import type { EmulatorResponse } from '../../emulator/server';
import { checkAccount, checkPassword } from '../directory/account';
import { userIn } from '../directory/authority';
import { isConsented } from '../directory/client';
import type { Directory } from '../directory/directory';
import { EntraError } from '../entra-error';
import { randomToken } from '../directory/passwords';
import { permissionsOf } from '../tokens/scopes';
import { pageOf } from './sign-in-pages';
import type { SignIn, SignInRequest, Step } from './sign-in-state';

type Fields = URLSearchParams;

const lifetimeMs = 900_000;

export type SignIns = ReturnType<typeof signIns>;

export function signIns({ clock, registry }: Directory) {
  const open = new Map<string, SignIn>();

  function begin(request: SignInRequest): EmulatorResponse {
    const startedAt = clock.now().getTime();
    const id = randomToken();
    const signIn: SignIn = {
      id,
      request,
      startedAt,
      password: false,
      mfa: false,
      accepted: false,
    };
    open.set(id, signIn);
    return show(signIn);
  }

  function proceed(form: Fields): EmulatorResponse {
    const signIn = open.get(form.get('flow') ?? '');
    if (!signIn || clock.now().getTime() > signIn.startedAt + lifetimeMs)
      throw new EntraError(50089);
    const step = stepOf(signIn);
    if (form.has('cancel')) {
      open.delete(signIn.id);
      return signIn.request.refuse(new EntraError(step === 'approval' ? 90094 : 65004));
    }
    return show(signIn, handleStep[step](signIn, form));
  }

  /** Processes the form of a step. Returns a notice if the user must try again. */
  const handleStep: Readonly<Record<Step, (signIn: SignIn, form: Fields) => string | undefined>> = {
    username(signIn, form) {
      const { authority, app } = signIn.request;
      // A button of the page: the person is signed in without a password or second factor.
      const person = form.get('person');
      const user = registry.findUser(person ?? form.get('username') ?? '');
      if (!user) return 'This username may be incorrect. Make sure you typed it correctly.';
      signIn.user = userIn(authority, user, app);
      if (person !== null) {
        checkAccount(user, app);
        signIn.password = true;
        signIn.mfa = user.mfa !== 'off';
        return undefined;
      }
      return form.get('password') ? handleStep.password(signIn, form) : undefined;
    },
    password(signIn, form) {
      const user = signIn.user!;
      const { app } = signIn.request;
      // A federated user would enter the password elsewhere; this page also serves for that.
      const localUser = { ...user, federated: false };
      try {
        checkPassword(localUser, form.get('password') ?? '');
      } catch (error) {
        if (error instanceof EntraError && error.code === 50126)
          return 'Your account or password is incorrect.';
        throw error;
      }
      checkAccount(user, app);
      signIn.password = true;
      return undefined;
    },
    'second-factor'(signIn, form) {
      const user = signIn.user!;
      if (form.get('otc')?.trim() !== user.otc) return 'You didn’t enter the expected code.';
      if (user.mfa === 'not_enrolled') registry.changeUser(user.objectId, { mfa: 'required' });
      signIn.mfa = true;
      return undefined;
    },
    consent(signIn, form) {
      const { app, scopes, confirm } = signIn.request;
      if (!form.has('accept')) return undefined;
      const { objectId, tenantId, administrator } = signIn.user!;
      const permissions = permissionsOf(scopes);
      const forOrganization =
        confirm === 'organization' || (administrator && form.has('organization'));
      if (forOrganization || !isConsented(app, signIn.user!, permissions))
        registry.consent(
          app.clientId,
          tenantId,
          permissions,
          forOrganization ? undefined : objectId,
        );
      signIn.accepted = true;
      return undefined;
    },
    approval: () => undefined,
    done: () => undefined,
  };

  function show(signIn: SignIn, notice?: string): EmulatorResponse {
    const step = stepOf(signIn);
    if (step !== 'done') return pageOf(step, signIn, registry, notice);
    open.delete(signIn.id);
    const { user, mfa, request } = signIn;
    return request.finish({ user: user!, mfa, authenticatedAt: clock.now() });
  }

  return { begin, proceed };
}

function stepOf({ request, user, password, mfa, accepted }: SignIn): Step {
  if (!user) return 'username';
  if (!password) return 'password';
  if (user.mfa !== 'off' && !mfa) return 'second-factor';
  if (accepted) return 'done';
  const { app, scopes, confirm } = request;
  const consented = isConsented(app, user, permissionsOf(scopes));
  const forbidden = confirm === 'organization' || (app.adminConsentRequired && !consented);
  if (forbidden && !user.administrator) return 'approval';
  return consented && confirm === 'when-needed' ? 'done' : 'consent';
}
