import { z } from 'zod';
import { changeType } from '../../catalog/change-log';
import { resourceKind } from '../../data-factory/resource';
import { tool } from '../tool';
import { connectorId, name, paging } from '../tool-input';

const syncs = z.object({ items: z.array(z.object({ id: z.string() })) });

export const whatChanged = tool({
  name: 'what_changed',
  title: 'What changed',
  description:
    'Lists resources of Data Factory that were added, changed or removed, as one sync saw them. Without a syncRunId it takes the newest sync.',
  input: z.strictObject({
    connectorId,
    syncRunId: name('Id of a sync run, from an earlier answer.', 100).optional(),
    change: changeType.optional().describe('Only changes of this type.'),
    kind: resourceKind.optional().describe('Only changes of resources of this kind.'),
    ...paging,
  }),
  operations: ['listSyncChanges'],
  async run({ connectorId: id, syncRunId, ...query }, api) {
    const params = { connectorId: id };
    const newest = async () =>
      syncs.parse(await api.read('listSyncs', { params, query: { limit: 1 } })).items[0]?.id;
    const syncRun = syncRunId ?? (await newest());
    if (syncRun === undefined) return { items: [] };
    return api.read('listSyncChanges', { params: { ...params, syncRunId: syncRun }, query });
  },
});
