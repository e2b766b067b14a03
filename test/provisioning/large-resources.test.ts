/** Lists of large resources: a filter that matches everything must not fill the memory of a worker. */
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { StoredResource } from '../../functions/provisioning/directory/directory';
import { createGroup, createUser, scimContext } from './scim-client';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const filterOf = (filter: string) => `filter=${encodeURIComponent(filter)}`;

/** A store whose reads return copies, as a table does. Tells how many of the copies are still in use. */
async function readingCopies({ users, length }: { users: number; length: number }) {
  const { scim, context } = await scimContext();
  for (let n = 0; n < users; n++)
    await createUser(scim, `user${n}@contoso.com`, { externalId: 'same', title: 'Dr' });
  const copies: WeakRef<object>[] = [];
  const counts: number[] = [];
  const copyOf = (resource: StoredResource): StoredResource => {
    const attributes = { ...resource.attributes, nickName: 'x'.repeat(length) };
    copies.push(new WeakRef(attributes));
    return { ...resource, attributes };
  };
  async function inUse<T>(result: Promise<T>): Promise<T> {
    const read = await result;
    // A reference that was just made or followed is kept until the next turn.
    await turn();
    collectGarbage();
    counts.push(copies.filter((copy) => copy.deref() !== undefined).length);
    return read;
  }
  const { directoryStore } = context;
  type Args<Name extends 'list' | 'getMany'> = Parameters<(typeof directoryStore)[Name]>;
  const original = { ...directoryStore };
  // A mock would keep what it returned.
  Object.assign(directoryStore, {
    list: (...args: Args<'list'>) =>
      inUse(
        original
          .list(...args)
          .then(({ items, ...page }) => ({ ...page, items: items.map(copyOf) })),
      ),
    getMany: (...args: Args<'getMany'>) =>
      inUse(original.getMany(...args).then((items) => items.map(copyOf))),
  });
  return { scim, mostInUse: () => Math.max(...counts) };
}

describe('a filter that matches many large users', () => {
  it.each(['userName pr', 'externalId eq "same"'])('keeps few of them: %s', async (filter) => {
    const { scim, mostInUse } = await readingCopies({ users: 450, length: 100_000 });

    const response = await scim('GET', `/Users?${filterOf(filter)}&count=1&attributes=userName`);

    expect(response.json).toMatchObject({ totalResults: 450, itemsPerPage: 1 });
    expect(mostInUse()).toBeLessThan(300);
  });
});

describe('a page of large users', () => {
  it('ends early, and the next one goes on', async () => {
    const { scim } = await readingCopies({ users: 60, length: 500_000 });

    const first = await scim('GET', '/Users?count=60');
    const next = first.json.itemsPerPage as number;
    const second = await scim('GET', `/Users?count=60&startIndex=${next + 1}`);

    expect(next).toBeGreaterThan(20);
    expect(next).toBeLessThan(50);
    expect(next + second.json.itemsPerPage).toBe(60);
  });

  it('ends early with a cursor that goes on', async () => {
    const { scim } = await readingCopies({ users: 60, length: 500_000 });
    const names = new Set<string>();

    let cursor: string | undefined = '';
    for (let pages = 0; cursor !== undefined && pages < 5; pages++) {
      const { json } = await scim(
        'GET',
        `/Users?count=60&${filterOf('userName pr')}&cursor=${cursor}`,
      );
      for (const { userName } of json.Resources) names.add(userName as string);
      cursor = json.nextCursor as string | undefined;
    }

    expect(names.size).toBe(60);
    expect(cursor).toBeUndefined();
  });
});

describe('a filter on members', () => {
  it('reads the members of few groups at once', async () => {
    const { scim, context } = await scimContext();
    const user = await createUser(scim, 'ada@contoso.com');
    for (let n = 0; n < 30; n++) await createGroup(scim, `Group ${n}`, [user]);
    let [reading, most] = [0, 0];
    const { directoryStore } = context;
    const listMembers = directoryStore.listMembers.bind(directoryStore);
    jest.spyOn(directoryStore, 'listMembers').mockImplementation(async (...args) => {
      most = Math.max(most, ++reading);
      await turn();
      const page = await listMembers(...args);
      reading--;
      return page;
    });

    const response = await scim('GET', `/Groups?${filterOf('members pr')}&count=1`);

    expect(response.json).toMatchObject({ totalResults: 30 });
    expect(most).toBeLessThanOrEqual(5);
  });
});
