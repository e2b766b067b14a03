/** One resource: summary, JSON, what it uses and what uses it, and its recent runs. */
import { Alert, Badge, Button, Group, Stack, Tabs } from '@mantine/core';
import { ExternalLink } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { useParams, useSearchParams } from 'react-router';
import { useRead } from '../../../api/queries';
import { useAddressParameters } from '../../../parts/address-parameters';
import { FactsCard } from '../../../parts/facts';
import { wordsOf } from '../../../parts/format';
import { JsonView } from '../../../parts/json-view';
import { Loaded, Waiting } from '../../../parts/loaded';
import { PageHeader } from '../../../parts/page-header';
import { Time } from '../../../parts/time';
import { studioUrl, type DetailedResource, type Kind } from '../catalog';

const Relations = lazy(async () => ({ default: (await import('./relations')).Relations }));
const LineageView = lazy(async () => ({
  default: (await import('../../lineage/lineage-view')).LineageView,
}));
const ImpactList = lazy(async () => ({
  default: (await import('../../lineage/impact-list')).ImpactList,
}));
const RunsOfPipeline = lazy(async () => ({
  default: (await import('../../runs/runs-of-pipeline')).RunsOfPipeline,
}));

export function Page() {
  const { connectorId = '', resourceId = '' } = useParams();
  const [parameters] = useSearchParams();
  const removed = parameters.get('removed') === 'true';
  const resource = useRead('getResource', {
    params: { connectorId, resourceId },
    query: removed ? { removed: 'true' } : {},
  });
  return (
    <Loaded
      query={resource}
      rows={8}
      page={{ title: 'Resource', parents: [['Catalog', '/catalog']] }}
    >
      {(loaded) => <ResourceView connectorId={connectorId} resource={loaded} />}
    </Loaded>
  );
}

interface Props {
  readonly connectorId: string;
  readonly resource: DetailedResource;
}

/** Kinds that read or write themselves. */
const lineageKinds: readonly Kind[] = ['pipeline', 'activity', 'changeDataCapture'];
/** Kinds that lineage is computed from. */
const impactKinds: readonly Kind[] = [
  ...lineageKinds,
  'dataset',
  'linkedService',
  'dataFlow',
  'globalParameter',
  'trigger',
];

function ResourceView({ connectorId, resource }: Props) {
  const { kind, name, factory, removedAt, warnings = [] } = resource;
  const studio = studioUrl(resource);
  const [parameters, change] = useAddressParameters();
  const isPipeline = kind === 'pipeline';
  const hasLineage = !removedAt && lineageKinds.includes(kind);
  const hasImpact = !removedAt && impactKinds.includes(kind);
  const root = { resource: resource.id };
  return (
    <>
      <PageHeader
        title={name}
        parents={[
          ['Catalog', '/catalog'],
          [
            factory.name,
            `/catalog?connector=${connectorId}&factory=${encodeURIComponent(factory.id)}`,
          ],
          [wordsOf(kind), `/catalog?connector=${connectorId}&kind=${kind}`],
        ]}
        aside={
          <Badge variant="default" size="lg" tt="none">
            {wordsOf(kind)}
          </Badge>
        }
        actions={
          studio && (
            <Button
              component="a"
              href={studio}
              target="_blank"
              rel="noreferrer"
              variant="default"
              leftSection={<ExternalLink size={16} />}
            >
              Open in Data Factory Studio
            </Button>
          )
        }
      />
      <Stack gap="lg">
        {removedAt && (
          <Alert color="yellow" title="Removed from Data Factory">
            A sync run found it removed <Time value={removedAt} />. It is kept until it is purged.
          </Alert>
        )}
        {warnings.map((warning) => (
          <Alert color="yellow" key={warning}>
            {warning}
          </Alert>
        ))}
        <Tabs
          value={parameters.get('tab') ?? 'summary'}
          onChange={(tab) => change({ tab })}
          keepMounted={false}
        >
          <Tabs.List mb="lg" className="scrolling-tabs">
            <Tabs.Tab value="summary">Summary</Tabs.Tab>
            {!removedAt && <Tabs.Tab value="relations">Uses and used by</Tabs.Tab>}
            {hasLineage && <Tabs.Tab value="lineage">Lineage</Tabs.Tab>}
            {hasImpact && <Tabs.Tab value="impact">Impact</Tabs.Tab>}
            <Tabs.Tab value="json">JSON</Tabs.Tab>
            {isPipeline && <Tabs.Tab value="runs">Runs</Tabs.Tab>}
          </Tabs.List>
          <Tabs.Panel value="summary">
            <Summary resource={resource} />
          </Tabs.Panel>
          <Tabs.Panel value="relations">
            <Suspense fallback={<Waiting />}>
              <Relations connectorId={connectorId} resource={resource} key={resource.id} />
            </Suspense>
          </Tabs.Panel>
          {hasLineage && (
            <Tabs.Panel value="lineage">
              <Suspense fallback={<Waiting />}>
                <LineageView connectorId={connectorId} root={root} key={resource.id} />
              </Suspense>
            </Tabs.Panel>
          )}
          {hasImpact && (
            <Tabs.Panel value="impact">
              <Suspense fallback={<Waiting />}>
                <ImpactList connectorId={connectorId} root={root} key={resource.id} />
              </Suspense>
            </Tabs.Panel>
          )}
          <Tabs.Panel value="json">
            {resource.body === undefined ? (
              'The JSON is not known.'
            ) : (
              <JsonView value={resource.body} label={`JSON of ${name}`} />
            )}
          </Tabs.Panel>
          {isPipeline && (
            <Tabs.Panel value="runs">
              <Suspense fallback={<Waiting />}>
                <RunsOfPipeline connectorId={connectorId} factory={factory.id} pipeline={name} />
              </Suspense>
            </Tabs.Panel>
          )}
        </Tabs>
      </Stack>
    </>
  );
}

function Summary({ resource }: Pick<Props, 'resource'>) {
  const { factory, annotations = [], transformations = [], dependsOn = [], edges } = resource;
  const total = (counts: Readonly<Partial<Record<string, number>>> | undefined) =>
    Object.values(counts ?? {}).reduce<number>((sum, count) => sum + (count ?? 0), 0);
  return (
    <FactsCard
      title="Summary"
      facts={[
        ['Type', resource.type],
        ['Pipeline', resource.parent],
        ['Path', resource.path !== resource.name && resource.path],
        ['Folder', resource.folder],
        ['State', resource.state],
        ['Factory', factory.name],
        ['Resource group', factory.resourceGroup],
        ['Subscription', factory.subscriptionId],
        [
          'Annotations',
          annotations.length > 0 && (
            <Group gap={6}>
              {annotations.map((annotation) => (
                <Badge key={annotation} variant="default" tt="none">
                  {annotation}
                </Badge>
              ))}
            </Group>
          ),
        ],
        ['Runs after', dependsOn.map(({ activity }) => activity).join(', ')],
        ['Transformations', transformations.map(({ name }) => name).join(' → ')],
        ['Uses', edges && `${total(edges.out)} relations`],
        ['Used by', edges && `${total(edges.in)} relations`],
        ['Changed', <Time value={resource.updatedAt} key="changed" />],
        ['ID', resource.id],
      ]}
    />
  );
}
