/** Responses that a proxy sends in place of Table Storage, read by the client of all table adapters. */
import { StorageClock } from '../../../functions/azure/table-storage/storage-clock';
import { operations, tableBehind } from './table-behind';

describe.each([
  [200, '<html>Welcome</html>'],
  [200, '{}'],
  [204, ''],
  [404, '<html>Not found</html>'],
  [409, '{}'],
])('a response of a proxy with status %i and %j', (status, body) => {
  it.each(Object.keys(operations))('is an outage for %s', async (operation) => {
    const result = operations[operation]!(tableBehind(status, body));

    await expect(result).rejects.toMatchObject({ code: 'storage_unavailable', retryable: true });
  });
});

it('believes an empty list of storage', async () => {
  const table = tableBehind(200, '{"value":[]}', { 'x-ms-request-id': 'r1' });

  expect(await table.listEntities().next()).toMatchObject({ done: true });
});

it('does not set the clock by a proxy', async () => {
  const clock = new StorageClock();
  const date = new Date(Date.now() + 3_600_000).toUTCString();
  const table = tableBehind(200, '{}', { date }, clock);

  const results = await Promise.allSettled([1, 2, 3].map(() => table.getEntity('p', 'r')));

  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(clock.now().getTime() - Date.now()).toBeLessThan(60_000);
});
