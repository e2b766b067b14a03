/** The sign-in pages. Tests use the names and ids of fields and buttons, so keep them stable. */
import type { EmulatorResponse } from '../../emulator/server';
import type { EntraErrorResponse } from '../entra-error';
import { hidden, html, page, type Markup } from './html';
import { findResource } from '../directory/resources';

interface PageForm {
  readonly title: string;
  readonly to: string;
  readonly flow?: string;
  readonly notice?: string | undefined;
}

interface SignInDetails {
  readonly hint: string;
  readonly known: readonly string[];
  /** Sample people, who are signed in by one click. */
  readonly people: readonly { readonly objectId: string; readonly label: string }[];
}

/** The password may also be entered on the next page. */
export const signInPage = (flow: PageForm & SignInDetails) =>
  formPage(
    flow,
    html`
      <label for="username">User name</label>
      <input
        id="username"
        name="username"
        value="${flow.hint}"
        list="known"
        autocomplete="username"
        required
        autofocus
      />
      <datalist id="known">
        ${flow.known.map((name) => html`<option value="${name}"></option>`)}
      </datalist>
      <label for="password">Password</label>
      <input id="password" name="password" type="password" autocomplete="current-password" />
    `,
    [button('cancel', 'Cancel'), button('submit', 'Sign in')],
    html`<fieldset class="people">
      <legend>Sample people, without a password</legend>
      ${flow.people.map(({ objectId, label }) => html`<button name="person" value="${objectId}" formnovalidate>${label}</button>`)}
    </fieldset>`,
  );

export const passwordPage = (flow: PageForm & { username: string }) =>
  formPage(
    flow,
    html`
      <p>${flow.username}</p>
      <label for="password">Password</label>
      <input
        id="password"
        name="password"
        type="password"
        autocomplete="current-password"
        required
        autofocus
      />
    `,
    [button('cancel', 'Cancel'), button('submit', 'Sign in')],
  );

export const secondFactorPage = (flow: PageForm & { username: string }) =>
  formPage(
    flow,
    html`
      <p>${flow.username}</p>
      <p>Enter the code that your authenticator shows.</p>
      <label for="otc">Code</label>
      <input
        id="otc"
        name="otc"
        inputmode="numeric"
        autocomplete="one-time-code"
        required
        autofocus
      />
    `,
    [button('cancel', 'Cancel'), button('submit', 'Verify')],
  );

interface ConsentDetails {
  readonly username: string;
  readonly app: string;
  readonly permissions: readonly string[];
  readonly offline: boolean;
  /** Whether consent may, or must, be given for the whole organization. */
  readonly organization: 'no' | 'optional' | 'always';
}

export const consentPage = (flow: PageForm & ConsentDetails) =>
  formPage(
    flow,
    html`
      <p>${flow.username}</p>
      <p><strong>${flow.app}</strong> would like to:</p>
      <ul>
        ${flow.permissions.map((permission) => html`<li>${describePermission(permission)}<br /><small>${permission}</small></li>`)}
        <li>View your basic profile</li>
        ${flow.offline && html`<li>Maintain access to data you have given it access to</li>`}
      </ul>
      ${
        flow.organization === 'optional' &&
        html`<p>
          <input type="checkbox" id="organization" name="organization" value="1" />
          <label for="organization" style="display: inline"
            >Consent on behalf of your organization</label
          >
        </p>`
      }
      ${flow.organization === 'always' && html`<p>All users in your organization will be able to use this app.</p>`}
    `,
    [button('cancel', 'Cancel'), button('accept', 'Accept')],
  );

export const approvalPage = (flow: PageForm & { app: string }) =>
  formPage(
    flow,
    html`<p>
      <strong>${flow.app}</strong> needs permission to access resources in your organization that
      only an administrator can grant. Ask an administrator to grant permission to this app before
      you can use it.
    </p>`,
    [button('cancel', 'Return to the application without granting consent')],
  );

export const confirmPage = (flow: PageForm & { app: string; username: string }) =>
  formPage(
    flow,
    html`<p>${flow.username}</p>
      <p>
        Do not continue if another person sent you the code. They could use ${flow.app} as you.
      </p>`,
    [button('cancel', 'Cancel'), button('accept', 'Continue')],
  );

export const userCodePage = (notice?: string) =>
  formPage(
    { title: 'Enter code', to: '/common/oauth2/deviceauth', notice },
    html`
      <p>Enter the code displayed on your app or device.</p>
      <label for="user_code">Code</label>
      <input id="user_code" name="user_code" autocomplete="off" required autofocus />
    `,
    [button('submit', 'Next')],
  );

export const messagePage = (title: string, text: string) =>
  page(title, html`<p role="status">${text}</p>`);

/** Shown to the user if the error cannot be sent to the app. */
export const errorPage = ({ status, body }: EntraErrorResponse): EmulatorResponse =>
  page(
    'Sorry, but we’re having trouble signing you in.',
    html`<p role="alert" id="error">${body.error_description}</p>`,
    { status: status === 401 ? 400 : status },
  );

/** OAuth 2.0 Form Post Response Mode. A script submits the form; without scripts the user does. */
export const formPostPage = (
  to: string,
  fields: Readonly<Record<string, string>>,
): EmulatorResponse =>
  page(
    'Working…',
    html`<form method="post" action="${to}">
      ${hidden(fields)}<button id="continue" class="main">Continue</button>
    </form>`,
    { script: 'document.forms[0].submit()' },
  );

function formPage(
  { title, to, flow, notice }: PageForm,
  fields: Markup,
  buttons: Markup[],
  below?: Markup,
): EmulatorResponse {
  return page(
    title,
    html`<form method="post" action="${to}">
      ${flow !== undefined && hidden({ flow })}
      ${notice !== undefined && html`<p role="alert" id="error">${notice}</p>`} ${fields}
      <div class="buttons">${buttons}</div>
      ${below}
    </form>`,
  );
}

/** The cancel button works without required fields. */
const button = (name: 'submit' | 'accept' | 'cancel', label: string) =>
  name === 'cancel'
    ? html`<button id="cancel" name="cancel" value="1" formnovalidate>${label}</button>`
    : html`<button id="${name}" name="${name}" value="1" class="main">${label}</button>`;

function describePermission(permission: string): string {
  const slash = permission.lastIndexOf('/');
  const { title } = findResource(permission.slice(0, slash));
  const name = permission.slice(slash + 1);
  return name === 'user_impersonation' ? `Access ${title} as you` : `${title}: ${name}`;
}
