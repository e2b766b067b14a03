/** Activities that look at a dataset, or delete what it stands for. */
import { getField, isList, isObject } from '../../data-factory/json';
import type { LineageEndKind } from '../lineage-unit';
import type { ActivityContext } from './activity-context';
import { evidenceOf, withPatterns } from './copy-activity';
import { resolveDataset } from './dataset-reference';

export const datasetLineage = (kind: LineageEndKind) => (context: ActivityContext) => {
  const { body, scope, warn, activity } = context;
  const settings = getField(body, 'typeProperties');
  const [first] = listOf(getField(body, 'inputs'));
  const reference = getField(settings, 'dataset') ?? first;
  if (!isObject(reference)) return;
  const pointer = isObject(getField(settings, 'dataset')) ? '/typeProperties/dataset' : '/inputs/0';
  const patterns = getField(settings, 'storeSettings');
  const resolved = resolveDataset(context, reference, (location) =>
    withPatterns(location, patterns, scope, warn),
  );
  if (resolved) activity.addEnd(kind, resolved.named, evidenceOf(pointer, reference));
};

const listOf = (json: ReturnType<typeof getField>) => (isList(json) ? json : []);
