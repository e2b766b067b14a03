import { Secret } from '../../functions/secrets/secret';
import { callEndpoint } from '../support/call-endpoint';
import { aConnectedConnector, owner } from '../support/builders';
import { testContext } from '../support/context';

const params = { connectorId: 'c1' };
const headers = { 'if-match': '"v1"' };
const key = { tenantId: owner.tenantId, connectorId: 'c1' };

describe('deleteConnector', () => {
  it('hides the connector and starts its deletion', async () => {
    const { services, durableClient } = testContext({ connectors: [aConnectedConnector()] });

    const response = await callEndpoint('deleteConnector', { services, params, headers });

    expect(response).toMatchObject({
      status: 202,
      headers: { Location: '/api/connectors/c1/deletion' },
    });
    expect((await callEndpoint('getConnector', { services, params })).status).toBe(404);
    expect((await callEndpoint('listConnectors', { services })).json.items).toEqual([]);
    expect(durableClient.started).toEqual([
      {
        name: 'purgeConnector',
        instanceId: 'delete-c1',
        input: key,
      },
    ]);
  });

  it('rejects a stale version without a change', async () => {
    const { services, durableClient } = testContext({ connectors: [aConnectedConnector()] });

    const response = await callEndpoint('deleteConnector', {
      services,
      params,
      headers: { 'if-match': '"v7"' },
    });

    expect(response.status).toBe(412);
    expect(durableClient.started).toEqual([]);
  });

  it('frees the name of the connector', async () => {
    const { services } = testContext({ connectors: [aConnectedConnector()] });
    await callEndpoint('deleteConnector', { services, params, headers });

    const response = await callEndpoint('createConnector', { services, body: { name: 'Sales' } });

    expect(response.status).toBe(201);
  });

  it('reports the deletion until the row is gone', async () => {
    const { services, durableClient, store } = testContext({ connectors: [aConnectedConnector()] });
    await callEndpoint('deleteConnector', { services, params, headers });

    const seen = [];
    seen.push((await callEndpoint('getConnectorDeletion', { services, params })).json.status);
    durableClient.statuses.set('delete-c1', 'Failed');
    seen.push((await callEndpoint('getConnectorDeletion', { services, params })).json.status);
    await store.delete(key);
    seen.push((await callEndpoint('getConnectorDeletion', { services, params })).status);

    expect(seen).toEqual(['running', 'failed', 404]);
  });

  it('deletes everything even if each part runs twice', async () => {
    const { services, secretStore, store } = testContext({ connectors: [aConnectedConnector()] });
    await secretStore.put('cn-c1-grant', new Secret('refresh-token'), {
      contentType: 'text/plain',
    });

    for (let run = 0; run < 2; run++) {
      await services.connectorDeletion.deleteSecrets(key);
      await services.connectorDeletion.isIdle(key);
      await services.connectorDeletion.deleteDependents(key);
      await services.connectorDeletion.deleteRow(key);
    }

    expect(secretStore.usable()).toEqual([]);
    expect(await store.get(key)).toBeUndefined();
  });
});
