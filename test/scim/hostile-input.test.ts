/** Requests that make the core work hard: each is answered or refused in bounded time. */
import { parseBody } from '../../functions/scim/body';
import { parseBulk } from '../../functions/scim/bulk/bulk-request';
import { parseNewResource } from '../../functions/scim/parse-resource';
import { profiles } from '../../functions/scim/profile';
import { userType } from '../../functions/scim/schema/resource-type';
import {
  filterFor,
  outcomeOf,
  outcomes,
  patchGroup,
  patchUser,
  scimErrorOf,
} from './support/resources';

const many = <T>(count: number, one: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => one(index));
const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));

const user = { userName: 'a', emails: many(500, (n) => ({ value: `${n}@x`, type: 'work' })) };
const conditions = many(38, (n) => `value co "${n}x"`).join(' or ');
const members = many(20_000, (n) => ({ value: `u${n}` }));
const ofType = 'members[type co "a" or type co "b" or type co "c"]';
const create = (body: object) =>
  parseNewResource(userType, parseBody(bytes({ userName: 'a', ...body })), profiles.entra);

const works: readonly (readonly [what: string, work: () => unknown])[] = [
  ['a filter of 4,096 letters', () => filterFor('a'.repeat(4_096))],
  ['a filter of quotes', () => filterFor('"'.repeat(4_096))],
  ['a filter of brackets', () => filterFor('emails['.repeat(580))],
  ['a filter of unknown names', () => filterFor(many(400, (n) => `zz${n} pr`).join(' or '))],
  ['a filter of many conditions', () => filterFor(many(300, () => 'title pr').join(' and '))],
  ['values removed by many conditions', () => patchUser(many(12, () => ({ op: 'remove', path: `emails[${conditions}]` })), 'okta', user)], // prettier-ignore
  ['values added again and again', () => patchUser(many(499, (n) => ({ op: 'add', path: 'emails', value: [{ value: `${n}@x` }] })), 'okta', user)], // prettier-ignore
  ['values changed again and again', () => patchUser(many(249, (n) => ({ op: 'replace', path: 'emails[type eq "work"].display', value: `${n}` })), 'okta', user)], // prettier-ignore
  ['members added and removed by type', () => patchGroup([{ op: 'add', path: 'members', value: members }, ...many(20, () => ({ op: 'remove', path: ofType }))])], // prettier-ignore
  ['members removed one by one', () => patchGroup(many(1_000, (n) => ({ op: 'remove', path: `members[value eq "u${n}"]` })))], // prettier-ignore
  ['a path of a million letters', () => patchUser([{ op: 'replace', value: { ['x'.repeat(1_000_000)]: 1 } }], 'okta')], // prettier-ignore
  ['20,000 emails', () => create({ emails: many(20_000, (n) => ({ value: `${n}` })) })],
  ['20,000 equal emails', () => create({ emails: many(20_000, () => ({ value: 'a' })) })],
  [
    '20,000 unknown attributes',
    () => create(Object.fromEntries(many(20_000, (n) => [`k${n}`, 1]))),
  ],
  ['a role of brackets', () => create({ roles: [{ value: `{${'['.repeat(4_000)}` }] })],
  ['60,000 references of a bulk request', () => parseBulk(parseBody(bytes({ Operations: [{ method: 'POST', path: '/Users', bulkId: 'a', data: { x: many(60_000, (n) => `bulkId:${n}`) } }] })), profiles.okta)], // prettier-ignore
];

describe('the core', () => {
  // Processor time, not elapsed time, so that a busy machine changes nothing.
  it.each(works)('answers %s in bounded time', (_what, work) => {
    const started = process.cpuUsage();

    const outcome = outcomeOf(work);

    const { user: own, system } = process.cpuUsage(started);
    expect(outcomes).toContain(outcome);
    expect((own + system) / 1_000).toBeLessThan(4_000);
  });

  it.each([
    ['conditions on values', () => patchUser(many(1_000, () => ({ op: 'remove', path: `emails[${conditions}]` })), 'okta', user)], // prettier-ignore
    ['values to remove', () => patchUser([{ op: 'remove', path: 'emails', value: many(1_000, (n) => ({ value: `${n}` })) }], 'okta', user)], // prettier-ignore
    ['conditions on members', () => patchGroup(many(21, () => ({ op: 'remove', path: ofType })))],
  ])('refuses too many %s', (_what, work) => {
    expect(scimErrorOf(work)).toMatchObject({ status: 400, scimType: 'tooMany' });
  });
});
