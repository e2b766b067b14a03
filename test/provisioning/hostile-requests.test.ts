/** Requests that no identity provider sends: an error of SCIM, never a 500, and no change. */
import { randomBytes, randomInt } from 'node:crypto';
import { createGroup, createUser, patchOp, scimContext, userSchema } from './scim-client';

async function populated() {
  const opened = await scimContext();
  const user = await createUser(opened.scim, 'ada@contoso.com');
  const group = await createGroup(opened.scim, 'Analysts', [user]);
  const snapshot = async () =>
    JSON.stringify([
      (await opened.scim('GET', '/Users')).json,
      (await opened.scim('GET', '/Groups')).json,
    ]);
  return { ...opened, user, group, snapshot };
}

const pick = <T>(items: readonly T[]): T => items[randomInt(items.length)]!;
const fragments = [
  '{',
  '}',
  '[',
  ']',
  '"',
  '\\',
  ':',
  ',',
  'null',
  'true',
  '1e999',
  '-0',
  '\u0000',
  'é',
  '😀',
  '\ud800',
  '__proto__',
  'constructor',
  'prototype',
  'members',
  'userName',
  'value',
  'Operations',
  'op',
  'path',
  'add',
  'remove',
  'replace',
  'emails[type eq "work"]',
  'not (',
  ') and (',
  ' or ',
  ' eq ',
  ' pr ',
  'urn:ietf:params:scim:schemas:core:2.0:User:',
  '.',
  '/',
  '%',
  '%00',
  '..',
  '$ref',
  '\r\n',
  '\t',
  ' ',
];
const someText = () => Array.from({ length: randomInt(1, 12) }, () => pick(fragments)).join('');

describe('any bytes', () => {
  it('as a body give an error of the client and change nothing', async () => {
    const { scim, user, group, snapshot } = await populated();
    const before = await snapshot();

    for (let n = 0; n < 300; n++) {
      const method = pick(['POST', 'PUT', 'PATCH']);
      const path =
        method === 'POST'
          ? pick(['/Users', '/Groups', '/Bulk', '/.search'])
          : pick([`/Users/${user}`, `/Groups/${group}`]);
      const body = n % 2 === 0 ? randomBytes(randomInt(1, 400)) : someText();
      const { status } = await scim(method, path, { body });
      expect([400, 413].includes(status)).toBe(true);
    }

    expect(await snapshot()).toBe(before);
  });

  it('as a path of a PATCH give no 500', async () => {
    const { scim, user, group } = await populated();

    for (let n = 0; n < 300; n++) {
      const body = patchOp({
        op: pick(['add', 'replace', 'remove']),
        path: someText(),
        value: someText(),
      });
      const { status } = await scim('PATCH', pick([`/Users/${user}`, `/Groups/${group}`]), {
        body,
      });
      expect(status).toBeLessThan(500);
    }
  });

  it('as a query give no 500 and change nothing', async () => {
    const { scim, snapshot } = await populated();
    const before = await snapshot();

    for (let n = 0; n < 300; n++) {
      const names = [
        'filter',
        'sortBy',
        'sortOrder',
        'startIndex',
        'count',
        'cursor',
        'attributes',
        'excludedAttributes',
      ];
      const query = new URLSearchParams({ [pick(names)]: someText(), [pick(names)]: someText() });
      const { status } = await scim('GET', `${pick(['/Users', '/Groups', '/'])}?${query}`);
      expect(status).toBeLessThan(500);
    }

    expect(await snapshot()).toBe(before);
  });
});

const errorSchemas = ['urn:ietf:params:scim:api:messages:2.0:Error'];

describe('a hostile request', () => {
  it.each<[string, string, string, unknown]>([
    ['a filter that is nested 10,000 deep', 'GET', `/Users?filter=${'('.repeat(4_000)}`, undefined],
    ['a body of more than a megabyte', 'POST', '/Users', 'x'.repeat(1_100_000)],
    ['a body that is nested 10,000 deep', 'POST', '/Users', '['.repeat(10_000)],
    ['a key __proto__', 'POST', '/Users', '{"userName":"eve","__proto__":{"active":false}}'],
    ['an unknown schema', 'POST', '/Users', { schemas: ['urn:unknown'], userName: 'eve' }],
    ['a wrong type', 'POST', '/Users', { schemas: [userSchema], userName: 7 }],
    ['a lone surrogate', 'POST', '/Users', '{"userName":"\\ud800"}'],
    [
      '1,001 operations',
      'PATCH',
      '/Users/%user%',
      patchOp(...Array(1_001).fill({ op: 'remove', path: 'title' })),
    ],
    [
      'a path constructor',
      'PATCH',
      '/Users/%user%',
      patchOp({ op: 'add', path: 'constructor.prototype.x', value: 1 }),
    ],
    [
      'a change of the id',
      'PATCH',
      '/Users/%user%',
      patchOp({ op: 'replace', path: 'id', value: 'x' }),
    ],
    [
      'a member value that is a filter',
      'PATCH',
      '/Groups/%group%',
      patchOp({ op: 'remove', path: 'members[value eq "x\\" or value pr or value eq \\"x"]' }),
    ],
    [
      'members that are null',
      'PATCH',
      '/Groups/%group%',
      patchOp({ op: 'replace', path: 'members', value: null }),
    ],
    [
      'members without a value',
      'PATCH',
      '/Groups/%group%',
      patchOp({ op: 'remove', path: 'members', value: [{}] }),
    ],
    ['a bulk request of 101 operations', 'POST', '/Bulk', { Operations: Array(101).fill({}) }],
  ])('with %s changes nothing', async (_, method, path, body) => {
    const { scim, user, group, snapshot } = await populated();
    const before = await snapshot();

    const { status, json } = await scim(
      method,
      path.replace('%user%', user).replace('%group%', group),
      body === undefined ? {} : { body },
    );

    expect(status >= 400 ? json.schemas : errorSchemas).toEqual(errorSchemas);
    expect(status).toBeLessThan(500);
    expect(await snapshot()).toBe(before);
  });

  it('cannot store more than a row holds', async () => {
    const { scim, user } = await populated();
    const values = Array.from({ length: 400 }, (_, n) => ({ value: `${n}-${'x'.repeat(1_500)}` }));

    const first = await scim('PATCH', `/Users/${user}`, {
      body: patchOp({ op: 'add', path: 'entitlements', value: values }),
    });

    expect([200, 413]).toContain(first.status);
  });
});
