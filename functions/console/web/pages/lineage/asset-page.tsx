/** One asset: lineage, impact, and the activities that use it. */
import { Anchor, Badge, Stack, Tabs, Text } from '@mantine/core';
import { Link, useParams, useSearchParams } from 'react-router';
import { useRead } from '../../api/queries';
import { DataTable } from '../../parts/data-table';
import { FactsCard } from '../../parts/facts';
import { numberText, wordsOf } from '../../parts/format';
import { Loaded } from '../../parts/loaded';
import { PageHeader } from '../../parts/page-header';
import { resourcePath } from '../catalog/catalog';
import { ImpactList } from './impact-list';
import { LineageView } from './lineage-view';
import { assetsPath, confidenceTexts, jobLabel, shortName, type DetailedAsset } from './lineage';

export function Page() {
  const { connectorId = '', assetId = '' } = useParams();
  const asset = useRead('getAsset', { params: { connectorId, assetId } }, { polls: false });
  return (
    <Loaded query={asset} rows={8} page={{ title: 'Asset', parents: [['Lineage', '/lineage']] }}>
      {(loaded) => <AssetView key={loaded.id} connectorId={connectorId} asset={loaded} />}
    </Loaded>
  );
}

interface Props {
  readonly connectorId: string;
  readonly asset: DetailedAsset;
}

function AssetView({ connectorId, asset }: Props) {
  const [parameters, setParameters] = useSearchParams();
  const { id, kind, columns } = asset;
  return (
    <>
      <PageHeader
        title={shortName(asset)}
        description={asset.namespace}
        parents={[['Lineage', assetsPath(connectorId)]]}
        aside={
          <Badge variant="default" size="lg" tt="none">
            {kind === 'template' ? 'Template' : asset.type}
          </Badge>
        }
      />
      <Tabs
        value={parameters.get('tab') ?? 'lineage'}
        onChange={(tab) => setParameters({ tab: tab ?? 'lineage' }, { replace: true })}
        keepMounted={false}
      >
        <Tabs.List mb="lg" className="scrolling-tabs">
          <Tabs.Tab value="lineage">Lineage</Tabs.Tab>
          <Tabs.Tab value="impact">Impact</Tabs.Tab>
          <Tabs.Tab value="details">Details</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="lineage">
          <LineageView connectorId={connectorId} root={{ asset: id }} columns={columns} />
        </Tabs.Panel>
        <Tabs.Panel value="impact">
          <ImpactList connectorId={connectorId} root={{ asset: id }} columns={columns} />
        </Tabs.Panel>
        <Tabs.Panel value="details">
          <Details connectorId={connectorId} asset={asset} />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}

function Details({ connectorId, asset }: Props) {
  const { ends, endsOmitted, aliases, columns, secretName } = asset;
  return (
    <Stack gap="lg">
      <FactsCard
        title="Asset"
        facts={[
          ['Name', asset.name],
          ['Namespace', asset.namespace],
          ['Type', asset.type],
          [
            'Kind',
            asset.kind === 'template'
              ? 'Template: it stands for assets whose names are known at run time only'
              : 'Asset',
          ],
          ['Other names', aliases.join(', ')],
          ['Host in the secret', secretName],
          ['Columns', columns.join(', ')],
          ['ID', asset.id],
        ]}
      />
      <DataTable
        caption="Activities that use the asset"
        rows={ends}
        keyOf={({ job, kind, pointer }) => `${job.resourceId} ${kind} ${pointer}`}
        columns={[
          {
            label: 'Activity',
            cell: ({ job }) => (
              <>
                <Anchor
                  component={Link}
                  to={resourcePath(connectorId, job.resourceId)}
                  fw={600}
                  className="breakable"
                >
                  {jobLabel(job)}
                </Anchor>
                <Text size="xs" c="var(--app-muted)">
                  {job.activityType} of {job.document}
                </Text>
              </>
            ),
          },
          {
            label: 'Use',
            cell: ({ kind, mark }) => `${wordsOf(kind)}${mark === undefined ? '' : ` (${mark})`}`,
          },
          {
            label: 'Known',
            cell: ({ confidence, reason }) => (
              <Text size="sm" maw={420} className="breakable">
                {reason ?? confidenceTexts[confidence]}
              </Text>
            ),
          },
        ]}
      />
      {endsOmitted > 0 && <Text size="sm">{numberText(endsOmitted)} more activities use it.</Text>}
    </Stack>
  );
}
