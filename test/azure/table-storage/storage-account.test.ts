import { storageAccountOf } from '../../../functions/azure/table-storage/table-client';

it.each([
  ['https://stcontoso.table.core.windows.net', 'stcontoso'],
  ['https://stcontoso.table.core.windows.net/', 'stcontoso'],
  [
    'DefaultEndpointsProtocol=https;AccountName=stcontoso;AccountKey=c2VjcmV0;EndpointSuffix=core.windows.net',
    'stcontoso',
  ],
  ['UseDevelopmentStorage=true', 'development'],
])('%s names its account without a key', (storage, account) => {
  expect(storageAccountOf(storage)).toBe(account);
});
