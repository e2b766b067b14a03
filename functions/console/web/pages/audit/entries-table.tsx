/** Entries of the audit trail. One opens with its changes and hashes. */
import { Drawer, Stack, Text, UnstyledButton } from '@mantine/core';
import { useState } from 'react';
import type { ItemOf } from '../../api/endpoint-types';
import { DataTable } from '../../parts/data-table';
import { FactsCard } from '../../parts/facts';
import { wordsOf } from '../../parts/format';
import { JsonView } from '../../parts/json-view';
import { Pill, type Tone } from '../../parts/pill';
import { Time } from '../../parts/time';

export type Entry = ItemOf<'listAuditEntries'>;

const tones: Readonly<Record<Entry['outcome'], Tone>> = {
  succeeded: 'good',
  failed: 'bad',
  refused: 'warning',
  unchanged: 'neutral',
};

const resourceText = (
  { type, id = '', name }: NonNullable<Entry['resource']>,
  names: ReadonlyMap<string, string> = new Map(),
) => `${type} ${name ?? names.get(id) ?? id}`.trim();

function actorText({ actor }: Entry): string {
  if (actor.kind === 'person') return actor.displayName;
  return actor.kind === 'token' ? `Token ${actor.tokenId}` : 'System';
}

interface Props {
  readonly entries: readonly Entry[];
  /** Names of connectors by id. */
  readonly connectorNames?: ReadonlyMap<string, string>;
}

export function EntriesTable({ entries, connectorNames }: Props) {
  const [opened, setOpened] = useState<Entry>();
  return (
    <>
      <DataTable
        caption="Audit trail"
        rows={entries}
        keyOf={({ seq }) => String(seq)}
        columns={[
          {
            label: 'Action',
            cell: (entry) => (
              <UnstyledButton onClick={() => setOpened(entry)} className="link-button">
                {wordsOf(entry.action)}
              </UnstyledButton>
            ),
          },
          {
            label: 'Outcome',
            cell: ({ outcome }) => <Pill tone={tones[outcome]} label={wordsOf(outcome)} />,
          },
          {
            label: 'What',
            cell: ({ resource, detail }) => (
              <Text size="sm" className="breakable" lineClamp={2}>
                {[resource && resourceText(resource, connectorNames), detail]
                  .filter(Boolean)
                  .join(': ')}
              </Text>
            ),
          },
          { label: 'Who', cell: actorText },
          { label: 'When', cell: ({ occurredAt }) => <Time value={occurredAt} /> },
        ]}
      />
      <Drawer
        opened={opened !== undefined}
        onClose={() => setOpened(undefined)}
        title={opened && `Entry ${opened.seq}: ${wordsOf(opened.action)}`}
        position="right"
        size="lg"
      >
        {opened && <Detail entry={opened} />}
      </Drawer>
    </>
  );
}

function Detail({ entry }: { readonly entry: Entry }) {
  const { changes = [], occurredAt, linkedAt, requestId, ip, controls, hash, prevHash } = entry;
  return (
    <Stack>
      <FactsCard
        title="Entry"
        facts={[
          ['Who', actorText(entry)],
          ['When', <Time value={occurredAt} />],
          ['In the chain', <Time value={linkedAt} />],
          ['Detail', entry.detail],
          ['Request', requestId],
          ['Address', ip],
          ['Evidence for', controls.join(', ')],
          ['Hash', hash],
          ['Hash before', prevHash],
        ]}
      />
      {changes.length > 0 && (
        <DataTable
          caption="Changes"
          rows={changes}
          keyOf={({ path }) => path}
          columns={[
            { label: 'Attribute', cell: ({ path }) => path },
            { label: 'Before', cell: ({ before }) => textOf(before) },
            { label: 'After', cell: ({ after }) => textOf(after) },
          ]}
        />
      )}
      <JsonView value={entry} label="JSON of the entry" />
    </Stack>
  );
}

const textOf = (value: unknown) => {
  if (value === undefined || value === null) return '–';
  return typeof value === 'string' ? value : JSON.stringify(value);
};
