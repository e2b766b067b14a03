/** Everything that a change of an asset or a resource reaches, by distance. */
import { Anchor, Card, List, Select, Stack, Text, Title } from '@mantine/core';
import { Waypoints } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'react-router';
import { useList } from '../../api/queries';
import { Empty } from '../../parts/empty';
import { wordsOf } from '../../parts/format';
import { LoadMore } from '../../parts/load-more';
import { Loaded } from '../../parts/loaded';
import { resourcePath } from '../catalog/catalog';
import { byDistance, type Impact, type Root } from './lineage';
import { AssetLink } from './step-evidence';

interface Props {
  readonly connectorId: string;
  readonly root: Root;
  /** Columns that the question can be about. */
  readonly columns?: readonly string[];
}

export function ImpactList({ connectorId, root, columns = [] }: Props) {
  const [column, setColumn] = useState<string | null>(null);
  const query = { ...root, depth: 20, limit: 100, ...(column !== null && { column }) };
  const list = useList('getImpact', { params: { connectorId }, query }, { polls: false });
  return (
    <Stack gap="md">
      {columns.length > 0 && (
        <Select
          label="Column that changes"
          placeholder="Any column"
          value={column}
          onChange={setColumn}
          data={[...columns]}
          searchable
          clearable
          w={{ base: '100%', xs: 260 }}
        />
      )}
      <Loaded query={list.query}>
        {(items) =>
          items.length === 0 ? (
            <Empty
              icon={Waypoints}
              title="Nothing depends on it"
              text="A change reaches no activity and no other table or file, as far as the factories tell."
            />
          ) : (
            <>
              {byDistance(items).map(([distance, own]) => (
                <Level key={distance} distance={distance} items={own} connectorId={connectorId} />
              ))}
              <LoadMore list={list} />
            </>
          )
        }
      </Loaded>
    </Stack>
  );
}

interface LevelProps {
  readonly distance: number;
  readonly items: readonly Impact[];
  readonly connectorId: string;
}

const Level = ({ distance, items, connectorId }: LevelProps) => (
  <Card withBorder radius="md" padding="lg" component="section">
    <Title order={2} size="h4" mb="sm">
      {distance === 1 ? '1 activity away' : `${distance} activities away`}
    </Title>
    <List listStyleType="none" spacing={6} size="sm">
      {items.map(({ asset, resource }) => (
        <List.Item key={asset?.id ?? resource?.id} className="breakable">
          {asset && (
            <>
              <AssetLink connectorId={connectorId} asset={asset} />{' '}
              <Text span size="xs" c="var(--app-muted)">
                {asset.type}
                {asset.kind === 'template' ? ', template' : ''}
              </Text>
            </>
          )}
          {resource && (
            <>
              <Anchor
                component={Link}
                to={resourcePath(connectorId, resource.id)}
                size="sm"
                underline="always"
              >
                {resource.path ?? resource.pipeline}
              </Anchor>{' '}
              <Text span size="xs" c="var(--app-muted)">
                {resource.path === undefined
                  ? wordsOf(resource.kind)
                  : `Activity of ${resource.pipeline}`}
              </Text>
            </>
          )}
        </List.Item>
      ))}
    </List>
  </Card>
);
