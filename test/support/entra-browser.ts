/** A browser on the sign-in pages of the Entra emulator, and requests to its token endpoint. */
import { createHash, randomBytes } from 'node:crypto';
import type { Entra } from '../../infra/local/entra/entra';
import { sample } from '../../infra/local/seed/sample';

export const arm = 'https://management.azure.com/user_impersonation';
export const contoso = sample.contoso;
export const fabrikam = sample.fabrikam;
export const contosoApp = sample.contoso.app.clientId;
export const oauthApp = sample.home.oauthClientId;
export const callback = 'http://localhost:7071/api/oauth/callback';

/** Registers the state of apps and users. Returns a function that restores it. */
export function register({ registry }: Entra): () => void {
  const apps = structuredClone([contosoApp, oauthApp].map((id) => registry.app(id)));
  const people = structuredClone(registry.users());
  const unset = { conditionalAccessBlock: undefined, sessionsRevokedAt: undefined };
  return () => {
    registry.clearFailures();
    for (const app of structuredClone(apps)) registry.changeApp(app.clientId, app);
    for (const one of people) registry.changeUser(one.objectId, { ...unset, ...one });
  };
}

export type Fields = Readonly<Record<string, string>>;

/** A page of the emulator with its form. */
export interface SignInPage {
  readonly status: number;
  readonly html: string;
  readonly title: string;
  readonly error: string | undefined;
  /** Target of a redirect. */
  readonly location: URL | undefined;
  readonly action: string;
  /** The hidden fields. */
  readonly fields: Fields;
  /** Fills in the form and posts it. */
  submit(fill: Fields): Promise<SignInPage>;
}

export async function visit(url: string, form?: Fields): Promise<SignInPage> {
  const response = await fetch(url, {
    redirect: 'manual',
    ...(form && { method: 'POST', body: new URLSearchParams(form) }),
  });
  const html = await response.text();
  const location = response.headers.get('location');
  const first = (pattern: RegExp) => unescaped(pattern.exec(html)?.[1] ?? '');
  const hidden = html.matchAll(/<input\s+type="hidden"\s+name="([^"]*)"\s+value="([^"]*)"/g);
  const fields = Object.fromEntries(
    [...hidden].map(([, name, value]) => [name!, unescaped(value!)]),
  );
  const action = first(/<form[^>]*action="([^"]*)"/);
  return {
    status: response.status,
    html,
    title: first(/<title>([^<]*)</),
    error: first(/id="error">([^<]*)</) || undefined,
    location: location === null ? undefined : new URL(location, url),
    action,
    fields,
    submit: (fill) => visit(new URL(action, url).href, { ...fields, ...fill }),
  };
}

const unescaped = (html: string) =>
  html.replace(
    /&(amp|lt|gt|quot|#39);/g,
    (_, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" })[name]!,
  );

export function pkce() {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

export const authorizeUrl = (entra: Entra, fields: Fields = {}, tenant = 'organizations') =>
  `${entra.signInUrl}/${tenant}/oauth2/v2.0/authorize?${new URLSearchParams({
    client_id: oauthApp,
    response_type: 'code',
    redirect_uri: callback,
    scope: `openid offline_access ${arm}`,
    state: 'a state',
    ...fields,
  }).toString()}`;

/** Ada needs no second factor, Grace does. Zoe belongs to another tenant. */
export function person(entra: Entra, name: 'ada' | 'grace' | 'edgar' | 'zoe' = 'ada') {
  const { users, guest } = entra.registry.sample();
  return [...users, guest].find(({ username }) => username.startsWith(`${name}@`))!;
}

/** Signs in and consents if requested, up to the redirect to the app. */
export async function signIn(
  entra: Entra,
  url: string,
  name: 'ada' | 'grace' | 'edgar' | 'zoe' = 'ada',
) {
  const { username, password, otc } = person(entra, name);
  let page = await (await visit(url)).submit({ username, password });
  if (otc) page = await page.submit({ otc });
  return page.html.includes('name="accept"') ? page.submit({ accept: '1' }) : page;
}

/** Fields of token responses and errors. A test knows which are present. */
export interface TokenBody {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly id_token: string;
  readonly scope: string;
  readonly error: string;
  readonly error_codes: readonly number[];
  readonly error_description: string;
  readonly suberror?: string;
}

export async function postForm(url: string, form: Fields, headers: Fields = {}) {
  const response = await fetch(url, { method: 'POST', headers, body: new URLSearchParams(form) });
  const body = (await response.json()) as TokenBody;
  return { status: response.status, headers: response.headers, body };
}

export const requestToken = (
  entra: Entra,
  form: Fields,
  tenant: string = contoso.tenantId,
  headers: Fields = {},
) => postForm(`${entra.url}/${tenant}/oauth2/v2.0/token`, form, headers);

export const oauthClient = (entra: Entra) => ({
  client_id: oauthApp,
  client_secret: entra.registry.sample().oauthClientSecret,
});

export const contosoClient = (entra: Entra) => ({
  client_id: contosoApp,
  client_secret: entra.registry.sample().clientSecret,
});

/** The form that signs a person in with user name and password. */
export function passwordForm(entra: Entra, name: 'ada' | 'grace' | 'edgar' = 'ada') {
  const { username, password } = person(entra, name);
  const scope = `openid offline_access ${arm}`;
  return { ...contosoClient(entra), grant_type: 'password', username, password, scope };
}

export const refreshForm = (entra: Entra, refreshToken: string) => ({
  ...contosoClient(entra),
  grant_type: 'refresh_token',
  refresh_token: refreshToken,
  scope: `offline_access ${arm}`,
});
