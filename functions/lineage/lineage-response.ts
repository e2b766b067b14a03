/** Responses about lineage. */
import { z } from 'zod';
import { confidences } from '../data-factory/expressions/value';
import { resourceKind } from '../data-factory/resource';
import { kindOf, resourceId } from '../data-factory/resource-id';
import type { GraphAsset, Job } from './graph/lineage-graph';
import type { Impact } from './graph/impact';
import type { LineageStep } from './graph/traversal';
import { endKinds } from './lineage-unit';

const confidence = z
  .enum(confidences)
  .describe('How the name is known: from the JSON alone, by defaults, or at run time only.');

const assetSummary = z
  .strictObject({
    id: z.string(),
    kind: z
      .enum(['asset', 'template'])
      .describe('A template stands for assets whose name is known at run time only.'),
    namespace: z.string().describe('Namespace by the naming rules of OpenLineage.'),
    name: z.string().describe('Name. Placeholders of a template are in braces.'),
    type: z.string().describe('Type of the linked service or activity, as Data Factory names it.'),
    secretName: z
      .string()
      .optional()
      .describe('Name of the Key Vault secret that holds the host, which is unknown.'),
  })
  .meta({ id: 'AssetSummary' });

const jobResponse = z.strictObject({
  resourceId: z.string().describe('Resource id of the activity or change data capture.'),
  document: z.string().describe('Name of the pipeline or change data capture.'),
  path: z.string().optional().describe('Path of the activity through its containers.'),
  activityType: z.string(),
  inactive: z.boolean().optional().describe('True if the activity is deactivated.'),
});

const evidence = {
  pointer: z.string().describe('JSON pointer (RFC 6901) into the activity.'),
  expression: z.string().optional().describe('Expression that the name comes from.'),
};

const assetEnd = z.strictObject({
  kind: z.enum(endKinds),
  job: jobResponse,
  confidence,
  ...evidence,
  mark: z
    .enum(['staging', 'log', 'control'])
    .optional()
    .describe('A staged copy, a log, or data that decides what the activity does.'),
  reason: z.string().optional().describe('Why the end is not exact.'),
});

export const assetItem = z
  .strictObject({
    ...assetSummary.shape,
    aliases: z.array(z.string()).describe('Other names of the same asset.'),
    readers: z.int().describe('Number of activities that read, inspect or execute it.'),
    writers: z.int().describe('Number of activities that write or delete it.'),
  })
  .meta({ id: 'AssetItem' });

export const assetResponse = z
  .strictObject({
    ...assetItem.shape,
    ends: z.array(assetEnd).describe('Activities that use the asset, at most 200.'),
    endsOmitted: z.int().describe('Number of activities that are left out.'),
    columns: z.array(z.string()).describe('Columns that lineage knows, at most 500.'),
  })
  .meta({ id: 'Asset' });

const columnPair = z.strictObject({
  source: z.string(),
  target: z.string().describe('Column, or "*" if the source decides which rows are written.'),
  type: z.enum(['DIRECT', 'INDIRECT']),
  transformation: z.string().optional(),
});

export const lineageItem = z
  .strictObject({
    distance: z.int().describe('Number of steps from the start. 0 within the resource itself.'),
    source: assetSummary,
    target: assetSummary,
    job: jobResponse,
    type: z.enum(['DIRECT', 'INDIRECT']).describe('Whether data flows, or only decides.'),
    confidence,
    columnState: z
      .enum(['explicit', 'inferred', 'open', 'dynamic', 'unknown'])
      .describe('How columns are known. Open: columns that are not declared pass, too.'),
    columns: z.array(columnPair).optional().describe('Absent unless columns=true. At most 500.'),
    columnsOmitted: z.int().optional().describe('Number of column pairs that are left out.'),
    ...evidence,
    reason: z.string().optional().describe('Why the step is not exact.'),
  })
  .meta({ id: 'LineageStep' });

export const impactItem = z
  .strictObject({
    distance: z.int().describe('Number of activities between the change and this item.'),
    asset: assetSummary.optional(),
    resource: z
      .strictObject({
        id: z.string(),
        kind: resourceKind,
        pipeline: z.string().describe('Name of the pipeline, trigger or change data capture.'),
        path: z.string().optional().describe('Path of an activity. Absent for other kinds.'),
      })
      .optional(),
  })
  .meta({ id: 'ImpactItem' });

const maxEnds = 200;
const maxColumns = 500;

const toAssetSummary = ({ asset }: GraphAsset) => ({
  id: asset.id,
  kind: asset.kind,
  namespace: asset.namespace,
  name: asset.name,
  type: asset.type,
  secretName: asset.secretName,
});

const toJob = ({ factory, rowKey, documentName, path, lineage }: Job) => ({
  resourceId: resourceId(factory, rowKey),
  document: documentName,
  ...(path !== '' && { path }),
  activityType: lineage.type,
  inactive: lineage.inactive,
});

export function toAssetItem(item: GraphAsset): z.input<typeof assetItem> {
  const isWrite = (kind: string) => kind === 'writes' || kind === 'deletes';
  const jobs = (writes: boolean) =>
    new Set(item.ends.filter(({ end }) => isWrite(end.kind) === writes).map(({ job }) => job)).size;
  return {
    ...toAssetSummary(item),
    aliases: [...item.aliases],
    readers: jobs(false),
    writers: jobs(true),
  };
}

export const toAssetResponse = (item: GraphAsset): z.input<typeof assetResponse> => ({
  ...toAssetItem(item),
  ends: item.ends.slice(0, maxEnds).map(({ job, end }) => ({
    kind: end.kind,
    job: toJob(job),
    confidence: end.confidence,
    pointer: end.pointer,
    expression: end.expression,
    mark: end.mark,
    reason: end.reason,
  })),
  endsOmitted: Math.max(0, item.ends.length - maxEnds),
  columns: columnsOf(item),
});

function columnsOf({ incoming, outgoing }: GraphAsset): string[] {
  const names = new Map<string, string>();
  const add = (name: string) => {
    if (name !== '*' && !names.has(name.toLowerCase())) names.set(name.toLowerCase(), name);
  };
  for (const { pair } of incoming) pair.columns?.forEach(({ target }) => add(target));
  for (const { pair } of outgoing) pair.columns?.forEach(({ source }) => add(source));
  return [...names.values()].sort().slice(0, maxColumns);
}

export const toLineageItem =
  (withColumns: boolean) =>
  ({ distance, source, target, job, pair, columns }: LineageStep): z.input<typeof lineageItem> => ({
    distance,
    source: toAssetSummary(source),
    target: toAssetSummary(target),
    job: toJob(job),
    type: pair.type,
    confidence: pair.confidence,
    columnState: pair.columnState,
    ...(withColumns && {
      columns: columns.slice(0, maxColumns).map((each) => ({
        source: each.source,
        target: each.target,
        type: each.type,
        transformation: each.transformation,
      })),
    }),
    ...(withColumns &&
      columns.length > maxColumns && { columnsOmitted: columns.length - maxColumns }),
    pointer: pair.pointer,
    expression: pair.expression,
    reason: pair.reason,
  });

export const toImpactItem = ({
  distance,
  asset,
  resource,
}: Impact): z.input<typeof impactItem> => ({
  distance,
  ...(asset && { asset: toAssetSummary(asset) }),
  ...(resource && {
    resource: {
      id: resourceId(resource.factory, resource.rowKey),
      kind: kindOf(resource.rowKey),
      pipeline: resource.pipeline,
      path: resource.path,
    },
  }),
});
