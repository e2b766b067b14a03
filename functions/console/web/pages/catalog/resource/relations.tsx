/** What a resource uses and what uses it: as a graph, and as lists. */
import { Anchor, Card, Group, List, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useQueries } from '@tanstack/react-query';
import { Waypoints } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'react-router';
import { call } from '../../../api/call';
import { Empty } from '../../../parts/empty';
import { wordsOf } from '../../../parts/format';
import { Waiting } from '../../../parts/loaded';
import { ProblemAlert } from '../../../parts/problem';
import {
  relationLabels,
  resourcePath,
  type DetailedResource,
  type Edge,
  type End,
} from '../catalog';
import { keyOf } from './graph';
import { RelationGraph } from './relation-graph';

interface Props {
  readonly connectorId: string;
  readonly resource: DetailedResource;
}

/** More would neither fit on a screen nor be read. */
const maxEdges = 100;

export function Relations({ connectorId, resource }: Props) {
  const [expanded, setExpanded] = useState<readonly string[]>([resource.id]);
  const queries = useQueries({
    queries: expanded.flatMap((id) =>
      (['source', 'target'] as const).map((end) => ({
        queryKey: ['listEdges', connectorId, end, id],
        queryFn: async ({ signal }: { readonly signal: AbortSignal }) => ({
          id,
          end,
          page: await call(
            'listEdges',
            { params: { connectorId }, query: { [end]: id, limit: maxEdges } },
            { signal },
          ),
        }),
        staleTime: 60_000,
      })),
    ),
  });
  const failed = queries.find(({ isError }) => isError);
  const loaded = queries.flatMap(({ data }) => (data ? [data] : []));
  if (failed) return <ProblemAlert error={failed.error} onRetry={() => void failed.refetch()} />;
  if (loaded.length === 0) return <Waiting />;
  const relations = loaded.flatMap(({ page }) => page.items);
  const edgesOf = (end: 'source' | 'target') =>
    loaded.find((each) => each.id === resource.id && each.end === end)?.page;
  if (relations.length === 0)
    return (
      <Empty icon={Waypoints} title="No relation" text="It uses nothing, and nothing uses it." />
    );
  return (
    <Stack gap="lg">
      <RelationGraph
        relations={relations}
        currentKey={resource.id}
        onExpand={(id) => setExpanded((ids) => (ids.includes(id) ? ids : [...ids, id]))}
      />
      <Text size="sm" c="var(--app-muted)">
        Choose a node to add its own relations. The lists below open each resource.
      </Text>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
        <RelationList
          title="Uses"
          connectorId={connectorId}
          page={edgesOf('source')}
          endOf={({ target }) => target}
          labelOf={({ kind }) => relationLabels[kind][0]}
        />
        <RelationList
          title="Used by"
          connectorId={connectorId}
          page={edgesOf('target')}
          endOf={({ source }) => source}
          labelOf={({ kind }) => relationLabels[kind][1]}
        />
      </SimpleGrid>
    </Stack>
  );
}

interface ListProps {
  readonly title: string;
  readonly connectorId: string;
  readonly page:
    { readonly items: readonly Edge[]; readonly nextLink?: string | undefined } | undefined;
  readonly endOf: (edge: Edge) => End;
  readonly labelOf: (edge: Edge) => string;
}

function RelationList({ title, connectorId, page, endOf, labelOf }: ListProps) {
  return (
    <Card withBorder radius="md" padding="lg">
      <Title order={2} size="h4" mb="sm">
        {title}
      </Title>
      {!page || page.items.length === 0 ? (
        <Text size="sm">Nothing.</Text>
      ) : (
        <List listStyleType="none" spacing={6} size="sm">
          {page.items.map((edge) => {
            const end = endOf(edge);
            return (
              <List.Item key={`${labelOf(edge)} ${keyOf(end)}`}>
                <Group gap={6}>
                  <Text span size="sm" c="var(--app-muted)">
                    {labelOf(edge)}
                  </Text>
                  {end.id === undefined ? (
                    <Text span size="sm" className="breakable">
                      {end.name}
                    </Text>
                  ) : (
                    <Anchor
                      component={Link}
                      to={`${resourcePath(connectorId, end.id)}?tab=relations`}
                      size="sm"
                      className="breakable"
                    >
                      {end.name}
                    </Anchor>
                  )}
                  <Text span size="xs" c="var(--app-muted)">
                    {wordsOf(end.kind)}
                    {end.missing ? ', missing' : ''}
                    {end.template ? ', known at run time' : ''}
                  </Text>
                </Group>
              </List.Item>
            );
          })}
        </List>
      )}
      {page?.nextLink && (
        <Text size="sm" mt="sm">
          Only the first {maxEdges} are shown.
        </Text>
      )}
    </Card>
  );
}
