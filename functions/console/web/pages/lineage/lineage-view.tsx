/** Lineage of an asset or a resource: a graph, the evidence of what was chosen, and all steps. */
import { Group, SegmentedControl, Select, Stack, Switch, Text } from '@mantine/core';
import { Waypoints } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useNavigate } from 'react-router';
import { useList, type ListView } from '../../api/queries';
import { Empty } from '../../parts/empty';
import { GraphView } from '../../parts/graph/graph-view';
import { LoadMore } from '../../parts/load-more';
import { Waiting } from '../../parts/loaded';
import { ProblemAlert } from '../../parts/problem';
import { LineLegend } from './line-legend';
import {
  assetPath,
  edgeKeyOf,
  lineageGraph,
  mergeSteps,
  stepKey,
  type Root,
  type Step,
} from './lineage';
import { StepEvidence } from './step-evidence';
import { StepTable } from './step-table';

interface Props {
  readonly connectorId: string;
  readonly root: Root;
  /** Columns that can be followed. */
  readonly columns?: readonly string[];
}

type Direction = 'upstream' | 'downstream';
type Shown = 'both' | Direction;

const directions: readonly Direction[] = ['upstream', 'downstream'];
const depths = ['1', '2', '3', '5', '10', '20'];

export function LineageView({ connectorId, root, columns = [] }: Props) {
  const [shown, setShown] = useState<Shown>('both');
  const [depth, setDepth] = useState('5');
  const [withColumns, setWithColumns] = useState(false);
  const [column, setColumn] = useState<string | null>(null);
  return (
    <Stack gap="md">
      <Group gap="md" align="flex-end">
        <SegmentedControl
          value={shown}
          onChange={(value) => setShown(value as Shown)}
          data={[
            { value: 'upstream', label: 'Upstream' },
            { value: 'both', label: 'Both' },
            { value: 'downstream', label: 'Downstream' },
          ]}
          aria-label="Direction"
        />
        <Select
          label="Steps"
          value={depth}
          onChange={(value) => setDepth(value ?? '3')}
          data={depths}
          allowDeselect={false}
          w={90}
        />
        {columns.length > 0 && (
          <Select
            label="Follow a column"
            placeholder="All columns"
            value={column}
            onChange={setColumn}
            data={[...columns]}
            searchable
            clearable
            w={{ base: '100%', xs: 220 }}
          />
        )}
        <Switch
          label="Columns"
          checked={withColumns || column !== null}
          disabled={column !== null}
          onChange={({ currentTarget }) => setWithColumns(currentTarget.checked)}
          mb={8}
        />
      </Group>
      <Steps
        connectorId={connectorId}
        root={{ ...root, ...(column !== null && { column }) }}
        shown={shown}
        depth={Number(depth)}
        withColumns={withColumns || column !== null}
      />
    </Stack>
  );
}

interface StepsProps {
  readonly connectorId: string;
  readonly root: Root;
  readonly shown: Shown;
  readonly depth: number;
  readonly withColumns: boolean;
}

function useDirection(
  direction: Direction,
  { connectorId, root, shown, depth, withColumns }: StepsProps,
) {
  const columns = withColumns ? { columns: 'true' as const } : {};
  return useList(
    'getLineage',
    { params: { connectorId }, query: { ...root, direction, depth, limit: 100, ...columns } },
    { enabled: shown === 'both' || shown === direction, polls: false },
  );
}

function Steps(props: StepsProps) {
  const { connectorId, root, shown, depth } = props;
  const [chosen, setChosen] = useState<string>();
  const navigate = useNavigate();
  const lists = [useDirection('upstream', props), useDirection('downstream', props)].filter(
    (_, index) => shown === 'both' || shown === directions[index],
  );
  const steps = mergeSteps(...lists.map((list) => list.query.data ?? []));
  const currentId = 'asset' in root ? root.asset : undefined;
  const graph = useMemo(
    () => lineageGraph(steps, currentId),
    // The steps are the same as long as their keys are.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
    [steps.map(stepKey).join('|'), currentId],
  );
  const failed = lists.find((list) => list.query.isError);
  if (failed)
    return <ProblemAlert error={failed.query.error} onRetry={() => void failed.query.refetch()} />;
  if (lists.some((list) => list.query.data === undefined)) return <Waiting rows={6} />;
  if (steps.length === 0) return <NoLineage shown={shown} />;
  const endsAtDepth = steps.some(({ distance }) => distance === depth);
  return (
    <>
      <GraphView
        {...graph}
        label="Graph of lineage. The table below has the same content."
        onEdge={setChosen}
        onNode={(id) => void navigate(assetPath(connectorId, id, 'lineage'))}
      />
      <LineLegend />
      <Text size="sm" c="var(--app-muted)">
        Choose a line for its evidence, or a node to go on from there.
        {endsAtDepth && ' More may follow: choose more steps.'}
      </Text>
      <StepEvidence
        connectorId={connectorId}
        steps={steps.filter((step) => edgeKeyOf(step) === chosen)}
        onClose={() => setChosen(undefined)}
      />
      <StepTable
        connectorId={connectorId}
        steps={steps}
        onChoose={(step) => setChosen(edgeKeyOf(step))}
      />
      <LoadMore list={allOf(lists)} />
    </>
  );
}

/** One button reads the next page of both directions. */
const allOf = (lists: readonly ListView<Step>[]) => {
  const unread = lists.filter(({ hasMore }) => hasMore);
  return {
    hasMore: unread.length > 0,
    loadMore: () => unread.forEach(({ loadMore }) => loadMore()),
    isLoadingMore: lists.some(({ isLoadingMore }) => isLoadingMore),
  };
};

const nothing: Readonly<Record<Shown, string>> = {
  both: 'No activity brings data here or takes data from here, as far as the factories tell.',
  upstream: 'No activity brings data here, as far as the factories tell.',
  downstream: 'No activity takes data from here, as far as the factories tell.',
};

const NoLineage = ({ shown }: { readonly shown: Shown }) => (
  <>
    <Empty icon={Waypoints} title="No lineage" text={nothing[shown]} />
    <Text size="sm" c="var(--app-muted)" ta="center">
      Lineage is computed at the end of a sync run.
    </Text>
  </>
);
