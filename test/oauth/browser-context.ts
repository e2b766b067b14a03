/** A browser that goes through a sign-in: leaves for Entra, returns and answers the confirmation. */
import type { Cookie } from '@azure/functions';
import { aConnector } from '../support/builders';
import { callEndpoint, type EndpointResult } from '../support/call-endpoint';
import { testContext, type TestContextOptions } from '../support/context';

export const params = { connectorId: 'c1' };

export interface Visit {
  readonly id: string;
  readonly query: Record<string, string>;
  readonly headers: Record<string, string>;
}

export function browserContext(overrides: TestContextOptions = {}) {
  const context = testContext({ connectors: [aConnector()], ...overrides });
  const { services } = context;

  const start = async (body: object = {}) => {
    const { json } = await callEndpoint('startOAuthSession', { services, params, body });
    return { id: json.id as string, ticket: new URL(json.startUrl).search };
  };
  const callStartOAuth = (ticket: string) =>
    callEndpoint('startOAuth', { services, query: ticket });
  const redirectToEntra = async (body: object = {}) => {
    const { id, ticket } = await start(body);
    const redirect = await callStartOAuth(ticket);
    const [cookie] = redirect.cookies as Cookie[];
    const location = new URL(redirect.headers['Location']!);
    return {
      id,
      cookie: cookie!,
      location,
      headers: { cookie: `other=1; ${cookie!.name}=${cookie!.value}` },
      query: { code: 'right-code', state: location.searchParams.get('state')! },
    };
  };
  const returnFromEntra = (visit: Pick<Visit, 'query'> & Partial<Visit>) =>
    callEndpoint('oauthCallback', { services, query: visit.query, headers: visit.headers ?? {} });
  /** Returns from Entra and loads the page of the confirmation. */
  const openConfirmation = async (visit: Visit) => {
    const redirect = await returnFromEntra(visit);
    const [cookie] = (redirect.cookies ?? []) as Cookie[];
    const headers = { cookie: `${visit.headers['cookie']}; ${cookie?.name}=${cookie?.value}` };
    const query = redirect.headers['Location']?.split('?')[1] ?? '';
    const page = await callEndpoint('showConfirmation', { services, query, headers });
    return { redirect, cookie, page, headers, fields: fieldsOf(page) };
  };
  const answer = (
    { headers, fields }: { headers: Record<string, string>; fields: Record<string, string> },
    decision = 'confirm',
  ) =>
    callEndpoint('confirmOAuth', {
      services,
      headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ ...fields, decision }).toString(),
    });
  return {
    ...context,
    start,
    callStartOAuth,
    redirectToEntra,
    returnFromEntra,
    openConfirmation,
    answer,
    /** Goes from Entra to the end, as a person does who allows it. */
    completeSignIn: async (visit: Visit) => answer(await openConfirmation(visit)),
    session: async (id: string) =>
      (await callEndpoint('getOAuthSession', { services, params: { ...params, sessionId: id } }))
        .json,
    connector: async () => (await callEndpoint('getConnector', { services, params })).json,
  };
}

/** Hidden fields of the form. */
function fieldsOf({ body }: EndpointResult): Record<string, string> {
  const inputs = (typeof body === 'string' ? body : '').matchAll(
    /<input type="hidden" name="([^"]*)" value="([^"]*)">/g,
  );
  return Object.fromEntries([...inputs].map(([, name, value]) => [name!, value!]));
}
