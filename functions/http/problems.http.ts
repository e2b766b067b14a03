/** Meaning of every problem and advice: the page that the `type` of a problem names. */
import { z } from 'zod';
import { allProblemTypes } from '../errors/all-problem-types';
import { NotFoundError } from '../errors/app-error';
import { endpoint } from './endpoint';
import { page, pageHeaders } from './html-page';
import { statusByKind } from './problem';

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
  params: z.object({ code: z.string().max(100).describe('Code of a problem.') }),
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
    const headers = { Vary: 'Accept', 'Cache-Control': 'public, max-age=300' };
    if (!wantsPage(request.headers.get('accept') ?? ''))
      return {
        status: 200,
        headers,
        jsonBody: { code: params.code, title, status, meaning, advice },
      };
    const paragraphs = [meaning, advice, `Code ${params.code}, status ${status}.`];
    return {
      status: 200,
      headers: { ...pageHeaders, ...headers },
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
