/** A finished sync run: duration, who started it, and its counts by kind. */
import { SimpleGrid, Table, Text } from '@mantine/core';
import { Anchor } from '@mantine/core';
import { Link } from 'react-router';
import { FactsCard } from '../../parts/facts';
import { durationText, numberText, wordsOf } from '../../parts/format';
import { Time } from '../../parts/time';
import type { DetailedSyncRun } from './sync-run';

export function SyncFacts({ run }: { readonly run: DetailedSyncRun }) {
  const counts = Object.entries(run.counts).filter(([, { read, removed }]) => read + removed > 0);
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
      <FactsCard
        title="Sync run"
        facts={[
          ['Duration', run.durationMs !== undefined && durationText(run.durationMs)],
          ['Started', run.startedAt && <Time value={run.startedAt} />],
          ['Finished', run.finishedAt && <Time value={run.finishedAt} />],
          ['Started by', run.requestedBy?.displayName ?? wordsOf(run.trigger)],
          ['Cancelled by', run.cancelledBy?.displayName],
          [
            'Retry of',
            run.retryOf && (
              <Anchor component={Link} to={`/connectors/${run.connectorId}/syncs/${run.retryOf}`}>
                an earlier sync run
              </Anchor>
            ),
          ],
          ['Result', run.progress.message],
          [
            'Removals confirmed',
            run.removalsConfirmedAt && (
              <>
                <Time value={run.removalsConfirmedAt} /> by{' '}
                {run.removalsConfirmedBy?.displayName ?? 'adf-connect'}
              </>
            ),
          ],
          ['ID', run.id],
        ]}
      />
      <FactsCard title="Counts" facts={[]}>
        {counts.length === 0 ? (
          <Text size="sm">Nothing was counted.</Text>
        ) : (
          <Table verticalSpacing={4} fz="sm">
            <caption className="visually-hidden">Resources by kind</caption>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Kind</Table.Th>
                <Table.Th ta="right">Read</Table.Th>
                <Table.Th ta="right">Written</Table.Th>
                <Table.Th ta="right">Removed</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {counts.map(([kind, { read, written, removed }]) => (
                <Table.Tr key={kind}>
                  <Table.Td>{wordsOf(kind)}</Table.Td>
                  <Table.Td ta="right">{numberText(read)}</Table.Td>
                  <Table.Td ta="right">{numberText(written)}</Table.Td>
                  <Table.Td ta="right">{numberText(removed)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )}
      </FactsCard>
    </SimpleGrid>
  );
}
