import { purgeConnector } from '../../functions/connectors/deletion-orchestrator';
import { replay } from '../support/replay';

const connector = { tenantId: 't', connectorId: 'c1' };
const done = () => ({ done: undefined });
const results = {
  deleteSecrets: done,
  waitUntilIdle: done,
  deleteDependents: done,
  deleteRow: done,
};

describe('purgeConnector', () => {
  it('deletes secrets first and the row last', () => {
    const { calls, error } = replay(purgeConnector, connector, results);

    expect(calls.map(({ name }) => name)).toEqual([
      'deleteSecrets',
      'waitUntilIdle',
      'deleteDependents',
      'deleteRow',
    ]);
    expect(calls.every(({ input }) => input.connectorId === 'c1')).toBe(true);
    expect(error).toBeUndefined();
  });

  it('deletes no data while a sync is running', () => {
    const { calls, error } = replay(purgeConnector, connector, {
      ...results,
      waitUntilIdle: () => {
        throw new Error('A sync is still running.');
      },
    });

    expect(calls.map(({ name }) => name)).toEqual(['deleteSecrets', 'waitUntilIdle']);
    expect(error).toBeDefined();
  });
});
