import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { inSortOrder, parseSort, sortKeyOf } from '../../../functions/scim/query/sort';
import { profiles } from '../../../functions/scim/profile';
import type { Resource } from '../../../functions/scim/resource';
import { userType } from '../../../functions/scim/schema/resource-type';

const people: readonly Resource[] = [
  {
    id: '1',
    userName: 'b',
    title: 'x',
    emails: [{ value: 'z@x' }, { value: 'a@x', primary: true }],
  },
  { id: '2', userName: 'C', active: true, emails: [{ value: 'M@x' }] },
  { id: '3', userName: 'a', title: 'X', active: false, meta: { created: '2026-01-01T00:00:00Z' } },
  { id: '4', userName: 'd', title: 'w', meta: { created: '2026-01-01T00:00:00+01:00' } },
];

function sorted(sortBy: string, order?: string) {
  const sort = parseSort(sortBy, order, [userType], profiles.strict)!;
  return inSortOrder(people, sort, (person) => sortKeyOf(person, sort)).map(({ id }) => id);
}

describe('a list of resources', () => {
  it.each([
    ['userName', undefined, ['3', '1', '2', '4']],
    ['userName', 'ascending', ['3', '1', '2', '4']],
    ['userName', 'descending', ['4', '2', '1', '3']],
    ['title', undefined, ['4', '1', '3', '2']],
    ['title', 'descending', ['2', '1', '3', '4']],
    ['emails', undefined, ['1', '2', '3', '4']],
    ['emails.value', 'descending', ['3', '4', '2', '1']],
    ['active', undefined, ['3', '2', '1', '4']],
    ['meta.created', undefined, ['4', '3', '1', '2']],
    ['id', 'descending', ['4', '3', '2', '1']],
  ])('is sorted by %s, %s', (sortBy, order, expected) => {
    expect(sorted(sortBy, order)).toEqual(expected);
  });

  it('is not sorted without sortBy', () => {
    expect(parseSort(undefined, 'descending', [userType], profiles.strict)).toBeUndefined();
  });
});

describe('keys of long texts', () => {
  const sort = parseSort('photos', undefined, [userType], profiles.strict)!;
  const keyOf = (value: string) => sortKeyOf({ id: '1', photos: [{ value }] }, sort);

  it('take little memory', () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const usedBytes = () => {
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    const before = usedBytes();

    const keys = Array.from({ length: 1_000 }, (_, n) =>
      keyOf(Buffer.alloc(65_000, `${n} `).toString('latin1')),
    );

    expect(usedBytes() - before).toBeLessThan(10_000_000);
    expect(new Set(keys).size).toBe(1_000);
  });

  it('have the order of their beginnings', () => {
    const long = (beginning: string) => keyOf(beginning.padEnd(65_000, 'x'));

    expect(long('a')! < long('b')!).toBe(true);
    expect(long('\u{1F600}')).toBe(long('\u{1F600}'));
  });
});
