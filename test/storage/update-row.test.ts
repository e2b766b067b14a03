import { ConflictError, StaleError } from '../../functions/errors/app-error';
import { updateRow } from '../../functions/storage/update-row';

const stale = () => new StaleError('connector_changed', 'The row changed.');

describe('updateRow', () => {
  it('reads again until the write succeeds', async () => {
    const reads: number[] = [];

    const result = await updateRow(
      (attempt) => reads.push(attempt),
      (row) => async () => {
        if (row < 3) throw stale();
        return `written ${row}`;
      },
    );

    expect([result, reads]).toEqual(['written 3', [1, 2, 3]]);
  });

  it('reports contention after eight attempts', async () => {
    let writes = 0;
    const updating = updateRow(
      () => undefined,
      () => async () => {
        writes++;
        throw stale();
      },
    );

    await expect(updating).rejects.toMatchObject({
      code: 'row_contended',
      retryable: true,
      cause: { code: 'connector_changed' },
    });
    expect(writes).toBe(8);
  });

  it.each([
    ['a refusal of the change', true, 'connector_changed'],
    ['another failure of the write', false, 'connector_name_taken'],
  ])('does not repeat %s', async (_, inPrepare, code) => {
    let reads = 0;
    const fail = (): never => {
      throw inPrepare ? stale() : new ConflictError('connector_name_taken', 'Taken.');
    };

    const updating = updateRow(
      () => ++reads,
      () => (inPrepare ? fail() : async () => fail()),
    );

    await expect(updating).rejects.toMatchObject({ code });
    expect(reads).toBe(1);
  });
});
