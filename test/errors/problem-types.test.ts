/** The table of problems and the code know the same codes. The code is read by a parser, so nothing can be hidden. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { appErrorOf } from '../../functions/errors/classify-sign-in-error';
import { signInErrors, type SignInError } from '../../functions/errors/sign-in-errors';
import * as errors from '../../functions/errors/app-error';
import { problemTypes } from '../../functions/errors/problem-types';
import { allProblemTypes } from '../../functions/http/problems.http';
import { callEndpoint } from '../support/call-endpoint';
import { nodesOf, type Node } from '../support/imports';

const root = join(__dirname, '../../functions');
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts') && file !== 'errors/problem-types.ts');

const failures = { ...errors };
const classes = Object.keys(failures).filter((name) => name !== 'AppError');
const isClass = (node: Node | undefined) => classes.includes(String(node?.value));

/** Where a failure is made: its class, and its code or nothing when that is no literal. */
const made = files.flatMap((file) =>
  nodesOf(join(root, file)).flatMap(({ type, callee, arguments: given }) => {
    const [first, second] = (Array.isArray(given) ? given : []).map(({ expression }) => expression);
    const literal = (node?: Node) =>
      node?.type === 'StringLiteral' ? String(node.value) : undefined;
    if (type === 'NewExpression' && isClass(callee))
      return [{ file, name: String(callee!.value), code: literal(first) }];
    // rethrow(SomeError, 'code', …)
    if (type === 'CallExpression' && isClass(first))
      return [{ file, name: String(first!.value), code: literal(second) }];
    return [];
  }),
);

/** Where a code is chosen among some, or passed on from the taxonomy of sign-ins. */
const chosen: Readonly<Record<string, readonly string[]>> = {
  'azure/availability.ts': ['storage_unavailable', 'key_vault_unavailable'],
  'config.ts': ['configuration_incomplete'],
  'connectors/action-links.ts': [],
  'connectors/classify.ts': [],
  'connectors/usable.ts': [],
  'http/read-request.ts': ['invalid_body', 'invalid_parameter'],
};
/** What is no failure of ours, but a bug. */
const unforeseen = ['internal_error'];

describe('the table of problems', () => {
  it('given every failure that the code makes, when its code is looked up, then it is there with its kind', () => {
    const unknown = made.filter(({ name, code }) => {
      if (code === undefined) return false;
      const Failure = failures[name as 'InvalidInputError'];
      return allProblemTypes.get(code)?.kind !== new Failure(code, '').kind;
    });

    expect(unknown).toEqual([]);
  });

  it('given the failures whose code is chosen, when their files are listed, then they are these', () => {
    const files = new Set(made.filter(({ code }) => !code).map(({ file }) => file));

    expect([...files].toSorted()).toEqual(Object.keys(chosen));
  });

  it('given the table, when it is compared with the code, then each of its codes is made in one place', () => {
    const literal = made.flatMap(({ code }) => code ?? []);

    const codes = [...literal, ...Object.values(chosen).flat(), ...unforeseen];
    expect(codes.toSorted()).toEqual(Object.keys(problemTypes).toSorted());
  });

  it.each<SignInError>([...signInErrors])(
    'given $code, when the sign-in fails so, then the page says of what kind that is',
    (row) => {
      expect(allProblemTypes.get(row.code)!.kind).toBe(appErrorOf(row).kind);
      expect(Object.keys(problemTypes)).not.toContain(row.code);
    },
  );
});

describe('the page of a problem', () => {
  it.each([...allProblemTypes.keys()])(
    'given %s, when its page is opened, then it says what it means and what to do',
    async (code) => {
      const { status, json } = await callEndpoint('getProblemType', { params: { code } });

      expect(status).toBe(200);
      expect(json.code).toBe(code);
      for (const text of [json.meaning, json.advice]) expect(text).toMatch(/^\p{Lu}.+\.$/u);
    },
  );

  it('given a problem, when its type is followed, then the page agrees with it', async () => {
    const { json: problem } = await callEndpoint('getConnector', { params: { connectorId: 'nothing' } });
    const code = problem.type.replace('/api/problems/', '');

    const { json: told } = await callEndpoint('getProblemType', { params: { code } });

    expect(told).toMatchObject({
      code: problem.code,
      title: problem.title,
      status: problem.status,
    });
  });

  it.each([
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'text/html; charset=utf-8'],
    ['application/json', undefined],
    ['application/problem+json, text/html', undefined],
    ['*/*', undefined],
    ['', undefined],
    ['text/html;;;=,\t', 'text/html; charset=utf-8'],
  ])('given Accept %j, when it is opened, then the type is %s', async (accept, type) => {
    const answer = await callEndpoint('getProblemType', {
      params: { code: 'rate_limited' },
      headers: { accept },
    });

    expect(answer.headers['Content-Type']).toBe(type);
    expect(answer.headers['Vary']).toBe('Accept');
    expect(answer.json === undefined).toBe(type !== undefined);
  });

  it.each(['nothing', '__proto__', 'constructor', '<script>'])(
    'given the code %s, when it is asked for, then there is none',
    async (code) => {
      const answer = await callEndpoint('getProblemType', { params: { code } });

      expect(answer).toMatchObject({ status: 404, json: { code: 'problem_unknown' } });
    },
  );
});
