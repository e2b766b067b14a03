import { purgeConnector } from '../../functions/connectors/deletion-orchestrator';
import { Secret } from '../../functions/secrets/secret';
import { ask } from '../support/call-endpoint';
import { aConnectedConnector, ada } from '../support/builders';
import { testContext } from '../support/context';

const params = { connectorId: 'c1' };
const headers = { 'if-match': '"v1"' };

describe('deleting a connector', () => {
  it('given the version that was read, when it is deleted, then it is hidden at once and the rest is started', async () => {
    const { services, durableClient } = testContext({ connectors: [aConnectedConnector()] });

    const answer = await ask('deleteConnector', { services, params, headers });

    expect(answer).toMatchObject({
      status: 202,
      headers: { Location: '/api/connectors/c1/deletion' },
    });
    expect((await ask('getConnector', { services, params })).status).toBe(404);
    expect((await ask('listConnectors', { services })).json.items).toEqual([]);
    expect(durableClient.started).toEqual([
      {
        name: 'purgeConnector',
        instanceId: 'delete-c1',
        input: { tenantId: ada.tenantId, connectorId: 'c1' },
      },
    ]);
  });

  it('given a stale version, when it is deleted, then nothing happens', async () => {
    const { services, durableClient } = testContext({ connectors: [aConnectedConnector()] });

    const answer = await ask('deleteConnector', {
      services,
      params,
      headers: { 'if-match': '"v7"' },
    });

    expect(answer.status).toBe(412);
    expect(durableClient.started).toEqual([]);
  });

  it('given a deletion under way, when its name is wanted, then it is free', async () => {
    const { services } = testContext({ connectors: [aConnectedConnector()] });
    await ask('deleteConnector', { services, params, headers });

    const answer = await ask('createConnector', { services, body: { name: 'Sales' } });

    expect(answer.status).toBe(201);
  });

  it('given a deletion under way, when it is asked for, then it says how it stands until nothing is left', async () => {
    const { services, durableClient, store } = testContext({ connectors: [aConnectedConnector()] });
    await ask('deleteConnector', { services, params, headers });

    const seen = [];
    seen.push((await ask('getDeletion', { services, params })).json.status);
    durableClient.statuses.set('delete-c1', 'Failed');
    seen.push((await ask('getDeletion', { services, params })).json.status);
    await store.delete(ada.tenantId, 'c1');
    seen.push((await ask('getDeletion', { services, params })).status);

    expect(seen).toEqual(['running', 'failed', 404]);
  });

  it('given a hidden connector, when each part was deleted twice, then nothing is left', async () => {
    const { services, vault, store } = testContext({ connectors: [aConnectedConnector()] });
    await vault.put('cn-c1-grant', new Secret('refresh-token'), { contentType: 'text/plain' });

    for (let time = 0; time < 2; time++) {
      await services.deletion.deleteSecrets('c1');
      await services.deletion.assertIdle(ada.tenantId, 'c1');
      await services.deletion.deleteDependents(ada.tenantId, 'c1');
      await services.deletion.deleteRow(ada.tenantId, 'c1');
    }

    expect(vault.usable()).toEqual([]);
    expect(await store.get(ada.tenantId, 'c1')).toBeUndefined();
  });
});

describe('the deletion of a connector', () => {
  it('given a hidden connector, when it runs, then secrets go first and the row goes last', () => {
    const target = { tenantId: ada.tenantId, connectorId: 'c1' };
    const df = {
      getInput: () => target,
      callActivityWithRetry: (name: string, _retry: unknown, input: unknown) => ({ name, input }),
    };

    const asked = [];
    const running = purgeConnector({ df } as never);
    for (let turn = running.next(); !turn.done; turn = running.next({ done: undefined }))
      asked.push(turn.value);

    expect(asked).toEqual(
      ['deleteSecrets', 'waitUntilIdle', 'deleteDependents', 'deleteRow'].map((name) => ({
        name,
        input: target,
      })),
    );
  });
});
