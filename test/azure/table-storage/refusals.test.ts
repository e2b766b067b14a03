/** Refusals of Table Storage that concern the table or this app, read by the client of all adapters. */
import { operations, tableBehind } from './table-behind';

const ofStorage = { 'x-ms-request-id': 'r1' };
const errorBody = (code: string) =>
  JSON.stringify({ 'odata.error': { code, message: { lang: 'en-US', value: 'No.' } } });

/** The response of a transaction whose first part failed. */
const partBody = (status: number, code: string) =>
  [
    '--batchresponse_1',
    'Content-Type: multipart/mixed; boundary=changesetresponse_2',
    '',
    '--changesetresponse_2',
    'Content-Type: application/http',
    'Content-Transfer-Encoding: binary',
    '',
    `HTTP/1.1 ${status} No`,
    'Content-Type: application/json;odata=minimalmetadata',
    '',
    errorBody(code),
    '--changesetresponse_2--',
    '--batchresponse_1--',
    '',
  ].join('\r\n');

const multipart = { ...ofStorage, 'content-type': 'multipart/mixed; boundary=batchresponse_1' };
const unavailable = { code: 'storage_unavailable', retryable: true };

describe.each([
  [401, 'InvalidAuthenticationInfo'],
  [403, 'AuthorizationPermissionMismatch'],
  [403, 'AuthorizationFailure'],
  [404, 'TableNotFound'],
  [409, 'TableBeingDeleted'],
])('status %i with the code %s', (status, code) => {
  it.each(Object.keys(operations))('is an outage for %s', async (operation) => {
    const result = operations[operation]!(tableBehind(status, errorBody(code), ofStorage));

    await expect(result).rejects.toMatchObject(unavailable);
  });

  it('names the code to operators', async () => {
    const table = tableBehind(status, errorBody(code), ofStorage);

    await expect(table.getEntity('p', 'r')).rejects.toMatchObject({
      cause: { message: expect.stringContaining(String(code)) as string },
    });
  });
});

it.each([
  [404, 'TableNotFound'],
  [409, 'TableBeingDeleted'],
])('reads status %i of a part of a transaction', async (status, code) => {
  const table = tableBehind(202, partBody(status, code), multipart);

  await expect(operations['transaction']!(table)).rejects.toMatchObject(unavailable);
});

it('leaves the conflict of a part to its writer', async () => {
  const table = tableBehind(202, partBody(409, 'EntityAlreadyExists'), multipart);

  await expect(operations['transaction']!(table)).rejects.toMatchObject({ statusCode: 409 });
});

it.each([
  [404, 'ResourceNotFound'],
  [409, 'EntityAlreadyExists'],
  [412, 'UpdateConditionNotSatisfied'],
])('leaves status %i of a row to its adapter', async (status, code) => {
  const table = tableBehind(status, errorBody(code), ofStorage);

  await expect(table.getEntity('p', 'r')).rejects.toMatchObject({ statusCode: status });
});
