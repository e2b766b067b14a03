/** The audit trail and the diagnostics of writes that were refused. */
import type { AuditRecord } from '../../functions/audit/audit-record';
import { createUser, scimContext, userSchema } from './scim-client';

async function recording() {
  const records: AuditRecord[] = [];
  const audit = {
    rowOf: (record: AuditRecord) => ({ rowKey: `audit-${record.at}`, columns: {} }),
    async append(record: AuditRecord) {
      records.push(record);
    },
  };
  return { ...(await scimContext({ hooks: { audit } })), records };
}

describe('a refused part of a bulk request', () => {
  const bulkOf = (...Operations: readonly object[]) => ({
    schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
    Operations,
  });

  it('is recorded as a request of its own', async () => {
    const { scim, records, context, key } = await recording();
    await createUser(scim, 'ada@contoso.com');
    const data = { schemas: [userSchema], userName: 'ada@contoso.com' };

    const { status } = await scim('POST', '/Bulk', {
      body: bulkOf(
        { method: 'POST', path: '/Users', bulkId: 'one', data },
        { method: 'DELETE', path: '/Users/01ARZ3NDEKTSV4RRFFQ69G5FAV' },
      ),
    });

    expect(status).toBe(200);
    expect(records).toMatchObject([
      {
        action: 'request.refused',
        method: 'POST',
        resource: { type: 'User' },
        status: 409,
        scimType: 'uniqueness',
        attribute: 'userName',
      },
      { action: 'request.refused', method: 'DELETE', status: 404 },
    ]);
    const { items } = await context.services.provisioningRequests.list(key, { limit: 10 });
    expect(items.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['/Users', '/Users/01ARZ3NDEKTSV4RRFFQ69G5FAV', '/Bulk']) as string[],
    );
  });
});
