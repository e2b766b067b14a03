/** What runs, what failed and what is late, as tiles that lead to the list behind them. */
import { Card, SimpleGrid, Text, UnstyledButton } from '@mantine/core';
import { useRead } from '../../api/queries';
import { durationText, numberText } from '../../parts/format';
import { Loaded } from '../../parts/loaded';
import { Time } from '../../parts/time';
import type { OrchestrationStatus } from './orchestration';

export function Tiles({
  onSelect,
}: {
  readonly onSelect: (statuses: readonly OrchestrationStatus[]) => void;
}) {
  const summary = useRead('opsSummary', {});
  return (
    <Loaded query={summary} rows={2}>
      {({ orchestrations, syncs, staleConnectors, throttledFactories, outbox, drift }) => {
        const more = orchestrations.isComplete ? '' : '+';
        const failedSyncs = (syncs.failed ?? 0) + (syncs.partial ?? 0);
        const stale = staleConnectors.items.map(({ name }) => name).join(', ');
        return (
          <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }} mb="lg">
            <Tile
              label="Running"
              value={`${numberText(orchestrations.active)}${more}`}
              text={`${(syncs.running ?? 0) + (syncs.queued ?? 0)} syncs`}
              onClick={() => onSelect(['Pending', 'Running', 'Suspended'])}
            />
            <Tile
              label="Failed in 24 hours"
              value={`${numberText(orchestrations.failed)}${more}`}
              text={`${failedSyncs} syncs failed or partial`}
              isBad={orchestrations.failed + failedSyncs > 0}
              onClick={() => onSelect(['Failed'])}
            />
            <Tile
              label="Stale connectors"
              value={numberText(staleConnectors.count)}
              text={stale || 'Each was synced in time'}
              isBad={staleConnectors.count > 0}
            />
            <Tile
              label="Throttled factories"
              value={numberText(throttledFactories)}
              text="Waiting for the quota of Azure"
            />
            <Tile
              label="Oldest event to relay"
              value={outbox.oldestAt === null ? 'None' : durationText(outbox.ageMs)}
              text="Age of the outbox"
              isBad={outbox.ageMs > 300_000}
            />
            <Tile
              label="Drift of roles"
              value={numberText(drift.missing + drift.unwanted)}
              text={
                drift.reconciledAt === null ? (
                  'Not reconciled yet'
                ) : (
                  <>
                    Reconciled <Time value={drift.reconciledAt} />
                  </>
                )
              }
              isBad={drift.missing + drift.unwanted > 0}
            />
          </SimpleGrid>
        );
      }}
    </Loaded>
  );
}

interface TileProps {
  readonly label: string;
  readonly value: string;
  readonly text: React.ReactNode;
  readonly isBad?: boolean;
  readonly onClick?: () => void;
}

function Tile({ label, value, text, isBad = false, onClick }: TileProps) {
  const content = (
    <>
      <Text size="sm" c="var(--app-muted)">
        {label}
      </Text>
      <Text fw={700} fz={26} lh={1.3}>
        {value}
        {isBad && (
          <Text component="span" size="sm" fw={600} ml={6}>
            needs attention
          </Text>
        )}
      </Text>
      <Text size="xs" c="var(--app-muted)" component="div" lineClamp={2}>
        {text}
      </Text>
    </>
  );
  return (
    <Card withBorder radius="md" padding="md" className={isBad ? 'tile tile-bad' : 'tile'}>
      {onClick ? <UnstyledButton onClick={onClick}>{content}</UnstyledButton> : content}
    </Card>
  );
}
