/** Compares the table of problems with the codes in the source, which a parser reads. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { appErrorOf } from '../../functions/errors/classify-sign-in-error';
import { signInErrors, type SignInError } from '../../functions/errors/sign-in-errors';
import * as errors from '../../functions/errors/app-error';
import { problemTypes } from '../../functions/errors/problem-types';
import { allProblemTypes } from '../../functions/errors/all-problem-types';
import { callEndpoint } from '../support/call-endpoint';
import { nodesOf, type Node } from '../support/imports';

const root = join(__dirname, '../../functions');
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts') && file !== 'errors/problem-types.ts');

const errorClasses = { ...errors };
const classes = Object.keys(errorClasses).filter(
  (name) => name.endsWith('Error') && name !== 'AppError',
);
const isClass = (node: Node | undefined) => classes.includes(String(node?.value));

/** Errors that the code creates: class and code. The code is undefined if it is not a literal. */
const created = files.flatMap((file) =>
  nodesOf(join(root, file)).flatMap(({ type, callee, arguments: given }) => {
    const [first, second] = (Array.isArray(given) ? given : []).map(({ expression }) => expression);
    const literal = (node?: Node) =>
      node?.type === 'StringLiteral' ? String(node.value) : undefined;
    if (type === 'NewExpression' && isClass(callee))
      return [{ file, name: String(callee!.value), code: literal(first) }];
    // throwAs(SomeError, 'code', …)
    if (type === 'CallExpression' && isClass(first))
      return [{ file, name: String(first!.value), code: literal(second) }];
    return [];
  }),
);

/**
 * Files whose code is not a literal: it is one of these, or comes from the table of sign-in errors.
 */
const variableCodes: Readonly<Record<string, readonly string[]>> = {
  'azure/availability.ts': ['storage_unavailable', 'key_vault_unavailable'],
  'config.ts': ['configuration_incomplete'],
  'credentials/action-links.ts': [],
  'credentials/usable-secret.ts': [],
  'errors/classify-sign-in-error.ts': [],
};
/** The code of a bug. */
const bugCodes = ['internal_error'];

describe('problemTypes', () => {
  it('lists every code of an AppError with its kind', () => {
    const unknown = created.filter(({ name, code }) => {
      if (code === undefined) return false;
      const ErrorClass = errorClasses[name as 'InvalidInputError'];
      return allProblemTypes.get(code)?.kind !== new ErrorClass(code, '').kind;
    });

    expect(unknown).toEqual([]);
  });

  it('knows the files that choose a code', () => {
    const files = new Set(created.filter(({ code }) => !code).map(({ file }) => file));

    expect([...files].toSorted()).toEqual(Object.keys(variableCodes).toSorted());
  });

  it('lists only codes that occur once in the code', () => {
    const literals = created.flatMap(({ code }) => code ?? []);

    const codes = [...literals, ...Object.values(variableCodes).flat(), ...bugCodes];

    expect(codes.toSorted()).toEqual(Object.keys(problemTypes).toSorted());
  });

  it.each<SignInError>([...signInErrors])('shares no code with the sign-in error $code', (row) => {
    expect(allProblemTypes.get(row.code)!.kind).toBe(appErrorOf(row).kind);
    expect(Object.keys(problemTypes)).not.toContain(row.code);
  });
});

describe('getProblemType', () => {
  it.each([...allProblemTypes.keys()])('explains %s in sentences', async (code) => {
    const { status, json } = await callEndpoint('getProblemType', { params: { code } });

    expect(status).toBe(200);
    expect(json.code).toBe(code);
    for (const text of [json.meaning, json.advice]) expect(text).toMatch(/^\p{Lu}.+\.$/u);
  });

  it('agrees with the problem whose type names it', async () => {
    const { json: problem } = await callEndpoint('getConnector', {
      params: { connectorId: 'nothing' },
    });
    const code = problem.type.replace('/api/problems/', '');

    const { json: type } = await callEndpoint('getProblemType', { params: { code } });

    expect(type).toMatchObject({
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
  ])('responds to Accept %j with the type %s', async (accept, type) => {
    const response = await callEndpoint('getProblemType', {
      params: { code: 'rate_limited' },
      headers: { accept },
    });

    expect(response.headers['Content-Type']).toBe(type);
    expect(response.headers['Vary']).toBe('Accept');
    expect(response.json === undefined).toBe(type !== undefined);
  });

  it.each(['nothing', '__proto__', 'constructor', '<script>'])(
    'responds 404 to the unknown code %s',
    async (code) => {
      const response = await callEndpoint('getProblemType', { params: { code } });

      expect(response).toMatchObject({ status: 404, json: { code: 'problem_unknown' } });
    },
  );
});
