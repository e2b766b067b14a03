/** Results as a list. Arrow keys move between them. */
import { Anchor, Badge, Card, Group, List, Text } from '@mantine/core';
import { useRef, type KeyboardEvent } from 'react';
import { Link } from 'react-router';
import { wordsOf } from '../../parts/format';
import { resourcePath } from '../catalog/catalog';
import { assetsPath } from '../lineage/lineage';
import { fieldsText, nextPosition, type Hit } from './search';

/** More names would hide the next result. */
const maxAssets = 4;

export function Results({ hits }: { readonly hits: readonly Hit[] }) {
  const list = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent) => {
    const links = [...list.current!.querySelectorAll<HTMLElement>('a[data-result]')];
    const current = links.indexOf(document.activeElement as HTMLElement);
    const next = nextPosition(event.key, current, links.length);
    if (next === undefined || current < 0) return;
    event.preventDefault();
    links[next]!.focus();
  };
  return (
    <div ref={list} onKeyDown={move} role="presentation">
      <List
        listStyleType="none"
        spacing="sm"
        aria-label="Results"
        styles={{ itemWrapper: { width: '100%' }, itemLabel: { width: '100%' } }}
      >
        {hits.map((hit) => (
          <List.Item key={`${hit.connectorId} ${hit.id}`}>
            <Result hit={hit} />
          </List.Item>
        ))}
      </List>
    </div>
  );
}

function Result({ hit }: { readonly hit: Hit }) {
  const { connectorId, id, kind, name, type, parent, folder, description, factory } = hit;
  const { fields } = hit;
  // The root of a store has no name of its own.
  const assets = (hit.assets ?? []).filter((asset) => asset !== '/');
  const places = [parent && `in ${parent}`, folder && `folder ${folder}`, factory.name];
  return (
    <Card withBorder radius="md" padding="md">
      <Group justify="space-between" gap="xs" wrap="nowrap" align="flex-start">
        <Anchor
          component={Link}
          to={resourcePath(connectorId, id)}
          fw={600}
          className="breakable"
          data-result
        >
          {name}
        </Anchor>
        <Badge variant="default" tt="none" style={{ flex: 'none' }}>
          {wordsOf(kind)}
        </Badge>
      </Group>
      <Text size="sm" c="var(--app-muted)" className="breakable">
        {[type, ...places].filter(Boolean).join(' · ')}
      </Text>
      {description && (
        <Text size="sm" mt={4} lineClamp={2} className="breakable">
          {description}
        </Text>
      )}
      {assets.length > 0 && (
        <Text size="sm" mt={4} className="breakable">
          Tables and files:{' '}
          {assets.slice(0, maxAssets).map((asset, index) => (
            <span key={asset}>
              {index > 0 && ', '}
              <Anchor component={Link} to={assetsPath(connectorId, asset)} size="sm">
                {asset}
              </Anchor>
            </span>
          ))}
          {assets.length > maxAssets && ` and ${assets.length - maxAssets} more`}
        </Text>
      )}
      <Text size="xs" c="var(--app-muted)" mt={4}>
        Found in {fieldsText(fields)}
      </Text>
    </Card>
  );
}
