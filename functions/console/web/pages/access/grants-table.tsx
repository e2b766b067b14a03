/** Who has which role where, since when and why. */
import { Anchor, Text } from '@mantine/core';
import { Link } from 'react-router';
import { DataTable } from '../../parts/data-table';
import { wordsOf } from '../../parts/format';
import { Pill } from '../../parts/pill';
import { Time } from '../../parts/time';
import { grantPills, roleTexts, scopeName, type Grant } from './grant';

interface Props {
  readonly grants: readonly Grant[];
  readonly connectionId: string;
  /** The page is about the subject already. */
  readonly withoutSubject?: boolean;
}

export function GrantsTable({ grants, connectionId, withoutSubject = false }: Props) {
  return (
    <DataTable
      caption="Grants"
      rows={grants}
      keyOf={({ roleAssignment, subject }) => `${subject.id} ${roleAssignment}`}
      columns={[
        ...(withoutSubject
          ? []
          : [
              {
                label: 'Who',
                cell: ({ subject: { kind, id, name } }: Grant) => (
                  <Anchor
                    component={Link}
                    to={`/access/${connectionId}/${kind}/${id}`}
                    fw={600}
                    className="breakable"
                  >
                    {name ?? `Deleted ${kind}`}
                  </Anchor>
                ),
              },
            ]),
        {
          label: 'Role',
          cell: ({ role, scope }) => (
            <>
              <Text size="sm">{roleTexts[role]}</Text>
              <Text size="xs" c="var(--app-muted)" className="breakable" title={scope}>
                on {scopeName(scope)}
              </Text>
            </>
          ),
        },
        {
          label: 'State in Azure',
          cell: ({ status, problem, assignedAt }) => (
            <>
              <Pill {...grantPills[status]} />
              {assignedAt && (
                <Text size="xs" component="div">
                  <Time value={assignedAt} />
                </Text>
              )}
              {problem && <Text size="xs">{wordsOf(problem)}</Text>}
            </>
          ),
        },
        {
          label: 'Why',
          cell: ({ reasons, wantedAt }) => (
            <Text size="sm" component="div">
              {reasons.length === 0
                ? 'No reason is left'
                : `Rule ${[...new Set(reasons.map(({ ruleId }) => ruleId))].join(', ')}`}
              <Text size="xs" c="var(--app-muted)" component="div">
                since <Time value={wantedAt} />
              </Text>
            </Text>
          ),
        },
      ]}
    />
  );
}
