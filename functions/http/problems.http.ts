/** What every problem means and what to do about it: the page that `type` of a problem leads to. */
import { z } from 'zod';
import { signInErrors, type SignInError } from '../errors/sign-in-errors';
import { NotFoundError } from '../errors/app-error';
import { endpoint } from './endpoint';
import { page, pageHeaders } from './html-page';
import { statusByKind } from './problem';
import { problemTypes, type ProblemType } from '../errors/problem-types';

const signIns: readonly SignInError[] = signInErrors;

/** One row of the taxonomy of sign-ins, told like any other problem. */
const ofSignIn = ({ code, effect, message, action }: SignInError): [string, ProblemType] => [
  code,
  {
    kind: effect !== 'degrades' ? 'refused' : code === 'idp_throttled' ? 'throttled' : 'upstream',
    meaning: message,
    advice: `${action.label}.`,
  },
];

/** Every code that a problem can carry. */
export const allProblemTypes: ReadonlyMap<string, ProblemType> = new Map([
  ...Object.entries<ProblemType>(problemTypes),
  ...signIns.map(ofSignIn),
]);

const problemType = z
  .strictObject({
    code: z.string(),
    title: z.string(),
    status: z.int().describe('Usually; an upstream problem is 503 when it may pass, else 502.'),
    meaning: z.string(),
    advice: z.string().describe('What to do about it.'),
  })
  .meta({ id: 'ProblemType' });

const getProblemType = endpoint({
  method: 'GET',
  route: 'problems/{code}',
  summary: 'What a problem means and what to do about it, for programs and for people',
  allow: 'anonymous',
  params: z.object({ code: z.string().max(100) }),
  responses: { 200: [problemType, 'page'] },

  async handle({ params, request }) {
    const found = allProblemTypes.get(params.code);
    if (!found) throw new NotFoundError('problem_unknown', 'No problem of ours has this code.');
    const { kind, meaning, advice } = found;
    const { title, status } =
      kind === 'internal' ? { title: 'Internal error', status: 500 } : statusByKind[kind];
    const vary = { Vary: 'Accept' };
    if (!wantsPage(request.headers.get('accept') ?? ''))
      return {
        status: 200,
        headers: vary,
        jsonBody: { code: params.code, title, status, meaning, advice },
      };
    const paragraphs = [meaning, advice, `Code ${params.code}, status ${status}.`];
    return {
      status: 200,
      headers: { ...pageHeaders, ...vary },
      body: page({ title, paragraphs }),
    };
  },
});

/** Browsers name HTML before everything; programs name JSON, or nothing. */
function wantsPage(accept: string): boolean {
  const html = accept.search(/text\/html/i);
  const json = accept.search(/application\/(?:problem\+)?json/i);
  return html >= 0 && (json < 0 || html < json);
}

export const problemEndpoints = { getProblemType };
