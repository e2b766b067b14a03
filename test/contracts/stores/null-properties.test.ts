/** Azure returns null for a selected property that a row lacks; Azurite does not. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TableClient } from '@azure/data-tables';
import { dropNullProperties } from '../../../functions/azure/table-storage/null-properties';

let server: Server;
let body: string;
beforeAll(async () => {
  server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json;odata=minimalmetadata');
    response.end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(async () => {
  server.close();
  await once(server, 'close');
});

const table = () =>
  new TableClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'resources', {
    allowInsecureConnection: true,
    additionalPolicies: dropNullProperties,
  });
const row = {
  'odata.etag': 'W/"1"',
  PartitionKey: 'p',
  RowKey: 'r',
  text: 'says ":null" and null',
  count: 0,
  live: false,
};

describe('rows with null columns', () => {
  it('are read from a list without their null columns', async () => {
    body = JSON.stringify({ value: [{ ...row, folder: null }, row, { ...row, state: null }] });

    const found = [];
    for await (const entity of table().listEntities()) found.push(entity);

    const { 'odata.etag': etag, PartitionKey: partitionKey, RowKey: rowKey, ...rest } = row;
    const expected = { etag, partitionKey, rowKey, ...rest };
    expect(found).toEqual([expected, expected, expected]);
    for (const entity of found) expect(Object.values(entity)).not.toContain(null);
  });

  it('are read one by one without their null columns', async () => {
    body = JSON.stringify({ ...row, folder: null });

    const found = await table().getEntity('p', 'r');

    expect(found).toMatchObject({ text: row.text, count: 0, live: false });
    expect(found).not.toHaveProperty('folder');
  });
});
