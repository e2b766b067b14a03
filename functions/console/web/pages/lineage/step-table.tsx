/** All steps of a lineage graph as a table, for the keyboard and for screen readers. */
import { Anchor, Text, UnstyledButton } from '@mantine/core';
import { Link } from 'react-router';
import { DataTable } from '../../parts/data-table';
import { wordsOf } from '../../parts/format';
import { resourcePath } from '../catalog/catalog';
import { jobLabel, stepKey, type Step } from './lineage';
import { AssetLink, ColumnPairs } from './step-evidence';

interface Props {
  readonly connectorId: string;
  readonly steps: readonly Step[];
  readonly onChoose: (step: Step) => void;
}

export const StepTable = ({ connectorId, steps, onChoose }: Props) => (
  <DataTable
    caption="Steps of the lineage"
    rows={steps}
    keyOf={stepKey}
    columns={[
      { label: 'Steps away', cell: ({ distance }) => distance },
      {
        label: 'From',
        cell: ({ source }) => (
          <Text component="div" size="sm" className="breakable">
            <AssetLink connectorId={connectorId} asset={source} />
          </Text>
        ),
      },
      {
        label: 'Through',
        cell: ({ job }) => (
          <Text component="div" size="sm" className="breakable">
            <Anchor component={Link} to={resourcePath(connectorId, job.resourceId)} inherit>
              {jobLabel(job)}
            </Anchor>
            <Text size="xs" c="var(--app-muted)">
              {job.activityType} of {job.document}
            </Text>
          </Text>
        ),
      },
      {
        label: 'To',
        cell: (step) => (
          <Text component="div" size="sm" className="breakable">
            <AssetLink connectorId={connectorId} asset={step.target} />
            <ColumnPairs step={step} />
          </Text>
        ),
      },
      {
        label: 'Known',
        cell: ({ confidence, type }) =>
          `${wordsOf(confidence)}${type === 'INDIRECT' ? ', indirect' : ''}`,
      },
      {
        label: 'Evidence',
        cell: (step) => (
          <UnstyledButton
            className="link-button"
            onClick={() => onChoose(step)}
            aria-label={`Evidence of ${jobLabel(step.job)}`}
          >
            Evidence
          </UnstyledButton>
        ),
      },
    ]}
  />
);
