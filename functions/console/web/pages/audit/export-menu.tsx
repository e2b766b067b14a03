/** Exports the entries that the filters select, as CSV or lines of JSON. */
import { Button, Menu } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { call } from '../../api/call';
import type { Input } from '../../api/endpoint-types';
import { notifyDone, notifyFailed } from '../../parts/notify';

type Filters = Omit<Input<'exportAudit'>['query'], 'format' | 'limit' | 'cursor'>;

/** Entries of one file. A longer export is left to the API, page by page. */
const maxEntries = 5_000;

export function ExportMenu({ filters }: { readonly filters: Filters }) {
  const download = useMutation({
    mutationFn: async (format: 'csv' | 'jsonl') => {
      const text = await call('exportAudit', { query: { ...filters, format, limit: maxEntries } });
      const link = document.createElement('a');
      link.href = URL.createObjectURL(new Blob([text]));
      link.download = `audit.${format}`;
      link.click();
      URL.revokeObjectURL(link.href);
    },
    onSuccess: () => notifyDone('The export is recorded in the trail.', 'Exported'),
    onError: notifyFailed,
  });
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" leftSection={<Download size={16} />} loading={download.isPending}>
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => download.mutate('csv')}>CSV</Menu.Item>
        <Menu.Item onClick={() => download.mutate('jsonl')}>JSON lines</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
