/** Purges the history of orchestrations that have ended, by age. */
import { Select } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../api/call';
import { ConfirmDialog } from '../../parts/confirm';
import { dayMs, numberText } from '../../parts/format';
import { notifyDone } from '../../parts/notify';

const ages = [
  { value: '0', label: 'All that have ended' },
  { value: '1', label: 'Older than a day' },
  { value: '7', label: 'Older than a week' },
];

interface Props {
  readonly opened: boolean;
  readonly onClose: () => void;
}

export function PurgeDialog({ opened, onClose }: Props) {
  const queries = useQueryClient();
  const [days, setDays] = useState('7');
  const purge = async () => {
    const createdTo = new Date(Date.now() - Number(days) * dayMs).toISOString();
    let purged = 0;
    for (let isComplete = false; !isComplete;) {
      const result = await call('purgeOrchestrations', {
        query: { createdTo, status: 'Completed,Failed,Terminated,Canceled' },
      });
      purged += result.purged;
      ({ isComplete } = result);
    }
    notifyDone(`The history of ${numberText(purged)} orchestrations was deleted.`, 'Purged');
    await queries.invalidateQueries({ queryKey: ['listOrchestrations'] });
  };
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title="Purge orchestrations"
      confirmLabel="Purge"
      onConfirm={purge}
      effect={
        <>
          The timelines are deleted and cannot be read again. Catalog, sync runs and audit trail
          stay.
          <Select
            mt="md"
            label="Which"
            data={ages}
            value={days}
            onChange={(value) => setDays(value ?? '7')}
            allowDeselect={false}
          />
        </>
      }
    />
  );
}
