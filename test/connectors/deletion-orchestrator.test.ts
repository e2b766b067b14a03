import { purgeConnector } from '../../functions/connectors/deletion-orchestrator';
import { replay } from '../support/replay';

const target = { tenantId: 't', connectorId: 'c1' };
const done = () => ({ done: undefined });
const answers = {
  deleteSecrets: done,
  waitUntilIdle: done,
  deleteDependents: done,
  deleteRow: done,
};

describe('purging a connector', () => {
  it('given a hidden connector, when it is purged, then its secrets go first and its row goes last', () => {
    const { calls, error } = replay(purgeConnector, target, answers);

    expect(calls.map(({ name }) => name)).toEqual([
      'deleteSecrets',
      'waitUntilIdle',
      'deleteDependents',
      'deleteRow',
    ]);
    expect(calls.every(({ input }) => input.connectorId === 'c1')).toBe(true);
    expect(error).toBeUndefined();
  });

  it('given a sync that does not fall silent, when waited for in vain, then nothing is deleted under it', () => {
    const { calls, error } = replay(purgeConnector, target, {
      ...answers,
      waitUntilIdle: () => {
        throw new Error('A sync is still running.');
      },
    });

    expect(calls.map(({ name }) => name)).toEqual(['deleteSecrets', 'waitUntilIdle']);
    expect(error).toBeDefined();
  });
});
