/** Evidence of the steps between two assets: where the JSON says so, and how sure that is. */
import {
  Anchor,
  Badge,
  Card,
  CloseButton,
  Code,
  Group,
  List,
  Stack,
  Text,
  Title,
} from '@mantine/core';
import { useEffect, useRef } from 'react';
import { Link } from 'react-router';
import { resourcePath } from '../catalog/catalog';
import {
  assetPath,
  columnStateTexts,
  confidenceTexts,
  jobLabel,
  shortName,
  stepKey,
  type Step,
} from './lineage';

interface Props {
  readonly connectorId: string;
  /** Between the same two assets. Nothing is shown without one. */
  readonly steps: readonly Step[];
  readonly onClose: () => void;
}

export function StepEvidence({ connectorId, steps, onClose }: Props) {
  const card = useRef<HTMLDivElement>(null);
  const [first] = steps;
  const shown = first && stepKey(first);
  useEffect(() => {
    if (shown !== undefined) card.current?.focus();
  }, [shown]);
  if (!first) return null;
  return (
    <Card
      withBorder
      radius="md"
      padding="lg"
      ref={card}
      tabIndex={-1}
      component="section"
      aria-label="Evidence"
    >
      <Group justify="space-between" wrap="nowrap" align="flex-start" mb="sm">
        <Title order={2} size="h4" className="breakable">
          <AssetLink connectorId={connectorId} asset={first.source} /> →{' '}
          <AssetLink connectorId={connectorId} asset={first.target} />
        </Title>
        <CloseButton onClick={onClose} aria-label="Close the evidence" />
      </Group>
      <Stack gap="lg">
        {steps.map((step) => (
          <Evidence key={stepKey(step)} connectorId={connectorId} step={step} />
        ))}
      </Stack>
    </Card>
  );
}

interface LinkProps {
  readonly connectorId: string;
  readonly asset: Step['source'];
}

export const AssetLink = ({ connectorId, asset }: LinkProps) => (
  <Anchor component={Link} to={assetPath(connectorId, asset.id, 'lineage')} inherit>
    {shortName(asset)}
  </Anchor>
);

function Evidence({ connectorId, step }: { readonly connectorId: string; readonly step: Step }) {
  const { job, type, confidence, columnState, pointer, expression, reason } = step;
  return (
    <Stack gap={6}>
      <Group gap="xs">
        <Anchor component={Link} to={resourcePath(connectorId, job.resourceId)} fw={600}>
          {jobLabel(job)}
        </Anchor>
        <Text size="sm" c="var(--app-muted)">
          {job.activityType} of {job.document}
        </Text>
        {type === 'INDIRECT' && (
          <Badge variant="default" tt="none">
            Indirect
          </Badge>
        )}
        {job.inactive && (
          <Badge variant="default" tt="none">
            Deactivated
          </Badge>
        )}
      </Group>
      {reason && <Text size="sm">{reason}</Text>}
      <Text size="sm">{confidenceTexts[confidence]}</Text>
      <Text size="sm" className="breakable">
        Place in the activity: <Code>{pointer}</Code>
      </Text>
      {expression && (
        <Text size="sm" className="breakable">
          Expression: <Code>{expression}</Code>
        </Text>
      )}
      <Text size="sm">Columns: {columnStateTexts[columnState]}</Text>
      <ColumnPairs step={step} />
    </Stack>
  );
}

export function ColumnPairs({ step: { columns = [], columnsOmitted } }: { readonly step: Step }) {
  if (columns.length === 0) return null;
  return (
    <List size="sm" aria-label="Columns">
      {columns.map(({ source, target, type, transformation }) => (
        <List.Item key={`${source} ${target} ${transformation ?? ''}`} className="breakable">
          {source} → {target === '*' ? 'which rows are written' : target}
          {transformation && (
            <Text span size="xs" c="var(--app-muted)">
              {' '}
              {transformation}
            </Text>
          )}
          {type === 'INDIRECT' && target !== '*' && (
            <Text span size="xs" c="var(--app-muted)">
              {' '}
              indirect
            </Text>
          )}
        </List.Item>
      ))}
      {columnsOmitted !== undefined && <List.Item>{columnsOmitted} more</List.Item>}
    </List>
  );
}
