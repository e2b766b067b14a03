/** Numbers of results by kind and by factory. One of each can be chosen. */
import { Group, Stack, Text, Title, UnstyledButton } from '@mantine/core';
import { numberText, wordsOf } from '../../parts/format';
import type { Asked, Facets } from './search';

interface Props {
  readonly facets: Facets;
  readonly asked: Asked;
  readonly onChoose: (by: Partial<Asked>) => void;
}

export function FacetList({ facets: { kinds, factories }, asked, onChoose }: Props) {
  return (
    <Stack gap="lg">
      <Facet
        title="Kind"
        choices={kinds.map(({ kind, count }) => ({
          key: kind,
          label: wordsOf(kind),
          count,
          isChosen: asked.kind === kind,
          choose: () => onChoose({ kind: asked.kind === kind ? undefined : kind }),
        }))}
      />
      <Facet
        title="Factory"
        choices={factories.map(({ connectorId, factory: { id, name }, count }) => {
          const isChosen = asked.factory === id && asked.connectorId === connectorId;
          return {
            key: `${connectorId} ${id}`,
            label: name,
            count,
            isChosen,
            choose: () =>
              onChoose(
                isChosen
                  ? { factory: undefined, connectorId: undefined }
                  : { factory: id, connectorId },
              ),
          };
        })}
      />
    </Stack>
  );
}

interface Choice {
  readonly key: string;
  readonly label: string;
  readonly count: number;
  readonly isChosen: boolean;
  readonly choose: () => void;
}

function Facet({
  title,
  choices,
}: {
  readonly title: string;
  readonly choices: readonly Choice[];
}) {
  if (choices.length === 0) return null;
  return (
    <div role="group" aria-label={title}>
      <Title order={2} size="h5" mb={6}>
        {title}
      </Title>
      {choices.map(({ key, label, count, isChosen, choose }) => (
        <UnstyledButton key={key} className="facet" aria-pressed={isChosen} onClick={choose}>
          <Group justify="space-between" gap="xs" wrap="nowrap">
            <Text size="sm" fw={isChosen ? 700 : 400} className="breakable">
              {label}
            </Text>
            <Text size="xs" c="var(--app-muted)">
              {numberText(count)}
            </Text>
          </Group>
        </UnstyledButton>
      ))}
    </div>
  );
}
