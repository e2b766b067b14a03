/** Meaning of every problem and advice: the page that the `type` of a problem names. */
import { z } from 'zod';
import { signInErrors, type SignInError } from '../errors/sign-in-errors';
import { NotFoundError } from '../errors/app-error';
import { endpoint } from './endpoint';
import { page, pageHeaders } from './html-page';
import { statusByKind } from './problem';
import { problemTypes, type ProblemType } from '../errors/problem-types';

const signInRows: readonly SignInError[] = signInErrors;

/** A sign-in error as a problem type. */
const toProblemType = ({ code, effect, message, action }: SignInError): [string, ProblemType] => [
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
  ...signInRows.map(toProblemType),
]);

const problemType = z
  .strictObject({
    code: z.string(),
    title: z.string(),
    status: z
      .int()
      .describe('Usual status. An upstream problem is 503 if it is retryable, else 502.'),
    meaning: z.string().describe('Cause of the problem.'),
    advice: z.string().describe('Next step for the caller.'),
  })
  .meta({ id: 'ProblemType' });

const getProblemType = endpoint({
  method: 'GET',
  route: 'problems/{code}',
  summary: 'Get the meaning of a problem code',
  allow: 'anonymous',
  params: z.object({ code: z.string().max(100) }),
  responses: { 200: [problemType, 'page'] },

  async handle({ params, request }) {
    const found = allProblemTypes.get(params.code);
    if (!found)
      throw new NotFoundError(
        'problem_unknown',
        'There is no problem with this code. Take the code from the type of a problem.',
      );
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

/** Browsers prefer HTML; other clients name JSON, or no type. */
function wantsPage(accept: string): boolean {
  const html = accept.search(/text\/html/i);
  const json = accept.search(/application\/(?:problem\+)?json/i);
  return html >= 0 && (json < 0 || html < json);
}

export const problemEndpoints = { getProblemType };
