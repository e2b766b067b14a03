/** PATCH of the filters of a connector, member by member (RFC 7396). */
import { aConnector } from '../support/builders';
import { callEndpoint } from '../support/call-endpoint';
import { testContext } from '../support/context';

const [sales, hr, finance] = ['sales', 'hr', 'finance'].map((factory) => ({ factory }));
const filters = { include: [sales!], exclude: [hr!] };

async function patch(stored: typeof filters | undefined, body: object) {
  const { services } = testContext({
    connectors: [aConnector({ ...(stored && { filters: stored }) })],
  });
  return callEndpoint('updateConnector', {
    services,
    params: { connectorId: 'c1' },
    headers: { 'if-match': '*' },
    body,
  });
}

describe('a merge patch of filters', () => {
  it.each<[object, object | undefined]>([
    [{ exclude: [finance] }, { include: [sales], exclude: [finance] }],
    [{ include: [finance] }, { include: [finance], exclude: [hr] }],
    [{ include: null }, { include: [], exclude: [hr] }],
    [{ exclude: [] }, { include: [sales], exclude: [] }],
    [{}, filters],
  ])('%j leaves other members as they are', async (change, expected) => {
    const { status, json } = await patch(filters, { filters: change });

    expect(status).toBe(200);
    expect(json.filters).toEqual(expected);
  });

  it('leaves the filters as they are if it only renames', async () => {
    const { json } = await patch(filters, { name: 'New' });

    expect(json).toMatchObject({ name: 'New', filters });
  });

  it('removes the filters by null', async () => {
    const { json } = await patch(filters, { filters: null });

    expect(json.filters).toBeUndefined();
  });

  it('sets the first filters', async () => {
    const { json } = await patch(undefined, { filters: { exclude: [hr] } });

    expect(json.filters).toEqual({ include: [], exclude: [hr] });
  });

  it('names a list that is too large to store', async () => {
    const include = Array.from({ length: 100 }, () => ({
      factory: 'x'.repeat(63),
      resourceGroup: 'x'.repeat(90),
    }));

    const { status, json } = await patch(filters, { filters: { include } });

    expect(status).toBe(400);
    expect(json.errors).toEqual([expect.objectContaining({ pointer: '/filters/include' })]);
  });
});
