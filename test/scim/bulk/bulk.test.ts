import { NotFoundError } from '../../../functions/errors/app-error';
import { parseBulk } from '../../../functions/scim/bulk/bulk-request';
import { runBulk, type RunnableOperation } from '../../../functions/scim/bulk/run-bulk';
import type { JsonObject, JsonValue } from '../../../functions/scim/json';
import { profiles } from '../../../functions/scim/profile';
import { ScimError } from '../../../functions/scim/scim-error';
import { scimErrorOf } from '../support/resources';

const schemas = ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'];
const requestOf = (operations: JsonValue, more: JsonObject = {}) =>
  parseBulk({ schemas, Operations: operations, ...more }, profiles.strict);

const post = (bulkId: string, data: JsonObject = {}, path = '/Users') => ({
  method: 'POST',
  path,
  bulkId,
  data,
});

/** Runs the operations with a store that creates what it is given, or fails. */
async function run(
  operations: JsonValue,
  more: JsonObject = {},
  failure: (operation: RunnableOperation) => Error | undefined = () => undefined,
) {
  const executed: RunnableOperation[] = [];
  const response = await runBulk(requestOf(operations, more), 'https://x', async (operation) => {
    executed.push(operation);
    const error = failure(operation);
    if (error) throw error;
    const id = operation.id ?? `id-${operation.bulkId}`;
    const status = { POST: 201, PUT: 200, PATCH: 200, DELETE: 204 }[operation.method];
    return { status, id, location: `https://x${operation.type.endpoint}/${id}`, version: 'W/"1"' };
  });
  return { executed, results: response.Operations };
}

describe('runBulk', () => {
  it('runs the operations of RFC 7644 section 3.7.3', async () => {
    const { results } = await run([
      post('qwerty', { userName: 'Alice' }),
      {
        method: 'PUT',
        path: '/Users/b7c14771',
        version: 'W/"3694e05e"',
        data: { userName: 'Bob' },
      },
      { method: 'PATCH', path: '/Users/5d8d29d3', data: { Operations: [] } },
      { method: 'DELETE', path: '/Users/e9025315' },
    ]);

    expect(results).toEqual([
      { method: 'POST', bulkId: 'qwerty', location: 'https://x/Users/id-qwerty', version: 'W/"1"', status: '201' }, // prettier-ignore
      { method: 'PUT', location: 'https://x/Users/b7c14771', version: 'W/"1"', status: '200' },
      { method: 'PATCH', location: 'https://x/Users/5d8d29d3', version: 'W/"1"', status: '200' },
      { method: 'DELETE', location: 'https://x/Users/e9025315', version: 'W/"1"', status: '204' },
    ]);
  });

  it('creates what others refer to first and puts in its id', async () => {
    const members = [{ type: 'User', value: 'bulkId:qwerty' }, { value: 'other' }];

    const { executed, results } = await run([
      post('ytrewq', { displayName: 'Tour Guides', members }, '/Groups'),
      post('qwerty', { userName: 'Alice' }),
      { method: 'PATCH', path: '/Groups/bulkId:ytrewq', data: { x: 'bulkId:qwerty' } },
    ]);

    expect(executed.map(({ bulkId, id }) => bulkId ?? id)).toEqual([
      'qwerty',
      'ytrewq',
      'id-ytrewq',
    ]);
    expect(executed[1]!.data['members']).toEqual([{ type: 'User', value: 'id-qwerty' }, { value: 'other' }]); // prettier-ignore
    expect(executed[2]!.data).toEqual({ x: 'id-qwerty' });
    expect(results.map(({ bulkId }) => bulkId)).toEqual(['ytrewq', 'qwerty', undefined]);
  });

  it('reports failures and goes on', async () => {
    const { results } = await run([post('a'), post('b'), post('c')], {}, ({ bulkId }) => {
      if (bulkId === 'a') return new ScimError('uniqueness', 'userName is taken.', 'userName');
      return bulkId === 'b' ? new NotFoundError('x', 'Not here.') : undefined;
    });

    expect(results).toMatchObject([
      { status: '409', response: { scimType: 'uniqueness', status: '409' } },
      { status: '404', response: { detail: 'Not here.' } },
      { status: '201' },
    ]);
  });

  it('tells the location of what a failed operation concerns', async () => {
    const { results } = await run(
      [
        post('a'),
        { method: 'PUT', path: '/Users/b%20c', data: {} },
        { method: 'DELETE', path: '/Users/unknown' },
        { method: 'PUT', path: '/Users/no-data' },
        { method: 'PATCH', path: '/Groups/g', data: { x: 'bulkId:unknown' } },
        { method: 'PATCH', path: '/Groups/bulkId:a', data: {} },
      ],
      {},
      () => new ScimError('versionMismatch', 'Another version.'),
    );

    expect(results.map(({ location }) => location)).toEqual([
      undefined,
      'https://x/Users/b%20c',
      'https://x/Users/unknown',
      'https://x/Users/no-data',
      'https://x/Groups/g',
      undefined,
    ]);
  });

  it('tells nothing of an internal error', async () => {
    const { results } = await run([post('a')], {}, () => new Error('canary'));

    expect(results[0]).toMatchObject({ status: '500' });
    expect(JSON.stringify(results)).not.toContain('canary');
  });

  it('stops after failOnErrors', async () => {
    const fail = ({ bulkId }: RunnableOperation) =>
      bulkId === 'b' ? undefined : new ScimError('uniqueness', 'Taken.');

    const { executed } = await run([post('a'), post('b'), post('c'), post('d')], { failOnErrors: 2 }, fail); // prettier-ignore

    expect(executed.map(({ bulkId }) => bulkId)).toEqual(['a', 'b', 'c']);
  });

  it('counts malformed operations in their place', async () => {
    const operations = [post('a'), 'x', post('b')];

    const { executed, results } = await run(operations, { failOnErrors: 1 });

    expect(executed.map(({ bulkId }) => bulkId)).toEqual(['a']);
    expect(results.map(({ status }) => status)).toEqual(['201', '400']);
  });

  it('refuses operations that depend on a failure', async () => {
    const { executed, results } = await run(
      [post('a'), post('b', { x: ['bulkId:a'] }), post('c', { x: { y: 'bulkId:unknown' } })],
      {},
      ({ bulkId }) => (bulkId === 'a' ? new ScimError('uniqueness', 'Taken.') : undefined),
    );

    expect(executed).toHaveLength(1);
    expect(results.map(({ status }) => status)).toEqual(['409', '400', '400']);
  });

  it('refuses circular references and runs the others', async () => {
    const { executed, results } = await run([
      post('a', { x: 'bulkId:b' }),
      post('b', { x: 'bulkId:a' }),
      post('c', { x: 'bulkId:c' }),
      post('d'),
    ]);

    expect(results.map(({ status }) => status)).toEqual(['409', '409', '409', '201']);
    expect(executed.map(({ bulkId }) => bulkId)).toEqual(['d']);
  });

  it.each<[string, JsonValue]>([
    ['a text', 'x'],
    ['an unknown method', { method: 'GET', path: '/Users/1' }],
    ['a POST without bulkId', { method: 'POST', path: '/Users', data: {} }],
    ['a POST with an id', { ...post('a'), path: '/Users/1' }],
    ['a POST without data', { method: 'POST', path: '/Users', bulkId: 'a' }],
    ['a DELETE without an id', { method: 'DELETE', path: '/Users' }],
    ['an unknown path', { method: 'DELETE', path: '/Things/1' }],
    ['a nested path', { method: 'DELETE', path: '/Users/1/2' }],
    ['a path of another host', { method: 'DELETE', path: 'https://x/Users/1' }],
    ['a badly encoded id', { method: 'DELETE', path: '/Users/%' }],
    ['a missing path', { method: 'DELETE' }],
  ])('refuses %s alone', async (_what, operation) => {
    const { results } = await run([operation, post('ok')]);

    expect(results.map(({ status }) => status)).toEqual(['400', '201']);
    expect(results[0]!.response).toMatchObject({ scimType: 'invalidSyntax' });
  });

  it('refuses the second use of a bulkId', async () => {
    const { results } = await run([post('a'), post('a')]);

    expect(results.map(({ status }) => status)).toEqual(['201', '400']);
  });
});

describe('parseBulk', () => {
  it('refuses too many operations with 413', () => {
    const operations = Array.from({ length: 101 }, (_, index) => post(`${index}`));

    expect(scimErrorOf(() => requestOf(operations)).status).toBe(413);
  });

  it.each([
    ['no list', { Operations: {} }],
    ['an empty list', { Operations: [] }],
    ['failOnErrors of 0', { failOnErrors: 0, Operations: [post('a')] }],
    ['another schema', { schemas: ['x'], Operations: [post('a')] }],
  ])('refuses %s', (_what, body) => {
    const error = scimErrorOf(() => parseBulk({ schemas, ...body } as JsonObject, profiles.strict));

    expect(error).toMatchObject({ status: 400, scimType: 'invalidSyntax' });
  });
});
