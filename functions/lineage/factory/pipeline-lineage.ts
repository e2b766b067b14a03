/** Lineage of one pipeline: its activities at any depth, for each binding of its parameters. */
import { extractActivities, type ActivityAtPath } from '../../data-factory/activities';
import { evaluate } from '../../data-factory/expressions/evaluate';
import type { Scope, Values } from '../../data-factory/expressions/scope';
import { atBest, known, textOf, type Value } from '../../data-factory/expressions/value';
import { getField, getText, isList, isObject, type Json } from '../../data-factory/json';
import { rowKeyOf } from '../../data-factory/resource-id';
import type { ActivityContext } from '../activities/activity-context';
import { copyLineage, lookupLineage, typeOf } from '../activities/copy-activity';
import { dataFlowLineage } from '../activities/data-flow-activity';
import {
  executedLineage,
  isExecuting,
  procedureLineage,
  scriptLineage,
  webLineage,
} from '../activities/executed-target';
import type { FixedDatasets } from '../activities/fixed-datasets';
import { datasetLineage } from '../activities/other-activities';
import { ActivityBuilder, UnitBuilder } from '../activities/unit-builder';
import { UnitDocuments, type FactoryDocuments } from '../documents';
import type { LineageUnit, PipelineCall } from '../lineage-unit';
import type { SqlParser } from '../sql/sql-parser';
import { bindingDigest, bindingsOf, maxBindings } from './bindings';
import { CallArguments, type PassedValues } from './call-arguments';
import { RecordedValues, ResultsByValues } from './recorded-values';
import { PipelineVariables } from './variables';

export interface PipelineInput {
  readonly rowKey: string;
  readonly hash: string;
  readonly body: Json;
  /** Calls by other pipelines and triggers. */
  readonly calls: readonly PipelineCall[];
  /** Whether the pipeline calls itself, possibly through others. */
  readonly isCyclic: boolean;
}

type Reader = (context: ActivityContext) => void;

/** By lower-case type. */
const readers: Readonly<Record<string, Reader>> = {
  copy: copyLineage,
  lookup: lookupLineage,
  getmetadata: datasetLineage('inspects'),
  validation: datasetLineage('inspects'),
  delete: datasetLineage('deletes'),
  executedataflow: dataFlowLineage,
  executewranglingdataflow: dataFlowLineage,
  script: scriptLineage,
  sqlserverstoredprocedure: procedureLineage,
  sqlpoolstoredprocedure: procedureLineage,
  webactivity: webLineage,
  webhook: webLineage,
};

const readerOf = (type: string): Reader | undefined => {
  const key = type.toLowerCase();
  if (Object.hasOwn(readers, key)) return readers[key];
  return isExecuting(type) ? executedLineage : undefined;
};

/** Activities whose output others use. They are read first. */
const isSource = (type: string) => /^(lookup|getmetadata|script)$/i.test(type);

export function pipelineLineage(
  input: PipelineInput,
  documents: FactoryDocuments,
  sql: SqlParser,
  fixedDatasets: FixedDatasets,
): LineageUnit {
  const { body, rowKey, hash } = input;
  const own = new UnitDocuments(documents);
  const unit = new UnitBuilder();
  const name = getText(body, 'name') ?? rowKey;
  const scope: Scope = {
    pipelineName: name,
    factoryName: documents.factory.name,
    globalParameters: globals(documents, own),
  };
  if (input.isCyclic) unit.warn('The pipeline calls itself, possibly through other pipelines.');
  const declared = getField(getField(body, 'properties'), 'parameters');
  const bindings = bindingsOf(declared, input.calls, scope, unit.warn);
  const activities = extractActivities(body);
  const byPath = new Map(activities.map((each) => [each.path, each]));
  const declaredVariables = getField(getField(body, 'properties'), 'variables');
  const variables = new PipelineVariables(declaredVariables, activities, unit.warn);
  const inactive = new Set<string>();
  const builders = new Map<string, ActivityBuilder>();
  const outputs = new Map<string, readonly string[]>();
  for (const { path, body: json, container } of activities) {
    const isInactive = getText(json, 'state')?.toLowerCase() === 'inactive';
    if (isInactive || (container !== undefined && inactive.has(container))) inactive.add(path);
    builders.set(path, new ActivityBuilder(unit, path, typeOf(json), inactive.has(path)));
  }
  const sorted = [
    ...activities.filter(({ body: json }) => isSource(typeOf(json))),
    ...activities.filter(({ body: json }) => !isSource(typeOf(json))),
  ];
  for (const each of sorted) {
    const builder = builders.get(each.path)!;
    builder.omitted = bindings.omitted;
    const reader = readerOf(typeOf(each.body));
    const isCall = typeOf(each.body).toLowerCase() === 'executepipeline';
    if (!reader && !isCall) continue;
    const passed = new CallArguments(isCall ? parametersOf(each.body) : undefined);
    // An activity has the same lineage for equal values of the parameters that it uses.
    const distinct = new ResultsByValues<true>();
    for (const { values, texts } of bindings.list) {
      if (distinct.find(texts)) continue;
      const used = new Set<string>();
      distinct.add(texts, used, true);
      const pipelineParameters = new RecordedValues(values, (parameter) => used.add(parameter));
      const bound = { ...scope, pipelineParameters };
      for (const items of itemScopes(each, byPath, bound, variables, unit, builder)) {
        const at = { ...items, variables: variables.readBy(each) };
        const context: ActivityContext = {
          documents: own,
          fixedDatasets,
          scope: at,
          sql,
          unit,
          activity: builder,
          body: each.body,
          outputs,
          pipelineKey: `${documents.factory.name}/${name}`,
          factoryKey: documents.factory.name,
          warn: unit.warn,
        };
        if (isCall) addCall(context, () => passed.values(at, texts, unit.warn));
        else reader?.(context);
      }
    }
    builder.addControls(outputs);
    const simple = getText(each.body, 'name')?.toLowerCase();
    if (isSource(typeOf(each.body)) && simple !== undefined)
      outputs.set(simple, builder.dataRead());
  }
  const lineages = activities
    .map(({ path }) => builders.get(path)!.result())
    .filter(({ ends, pairs }) => ends.length + pairs.length > 0);
  return {
    rowKey,
    name,
    hash,
    dependsOn: [...own.read].sort(),
    binding: bindingDigest(input.calls),
    calls: unit.calls,
    activities: lineages,
    assets: [...unit.assets.values()],
    warnings: unit.warnings,
  };
}

/** Global parameters by lower-case name. Records those that are used. */
function globals(documents: FactoryDocuments, used: UnitDocuments): Values {
  const values = new Map(
    [...documents.globalParameters()].map(([name, value]) => [
      name.toLowerCase(),
      known(value, 'defaulted'),
    ]),
  );
  return new RecordedValues(values, (name) => used.read.add(rowKeyOf('globalParameter', name)));
}

/** A scope per item if the nearest ForEach runs over a known list. */
function itemScopes(
  activity: ActivityAtPath,
  byPath: ReadonlyMap<string, ActivityAtPath>,
  scope: Scope,
  variables: PipelineVariables,
  unit: UnitBuilder,
  builder: ActivityBuilder,
): readonly Scope[] {
  let container = activity.container;
  while (container !== undefined) {
    const at = byPath.get(container);
    if (!at) return [scope];
    if (typeOf(at.body).toLowerCase() !== 'foreach') {
      container = at.container;
      continue;
    }
    const items = getField(getField(at.body, 'typeProperties'), 'items');
    const outer = itemScopes(at, byPath, scope, variables, unit, builder);
    return outer.flatMap((each) => {
      const value = evaluate(items, { ...each, variables: variables.readBy(at) }, unit.warn);
      return itemsOf(value, builder).map((item): Scope => ({ ...each, item }));
    });
  }
  return [scope];
}

function itemsOf(value: Value, builder: ActivityBuilder): readonly Value[] {
  if (value.kind === 'known' && isList(value.value)) {
    builder.omitted += Math.max(0, value.value.length - maxBindings);
    return value.value
      .slice(0, maxBindings)
      .map((item) => atBest(known(item, value.confidence, value.reads), 'defaulted'));
  }
  return [{ kind: 'pattern', parts: [{ name: 'item', local: true }], reads: value.reads }];
}

const parametersOf = (activity: Json) =>
  getField(getField(activity, 'typeProperties'), 'parameters');

function addCall(context: ActivityContext, values: () => PassedValues): void {
  const { body, scope, warn, unit, documents } = context;
  const settings = getField(body, 'typeProperties');
  const reference = getField(settings, 'pipeline');
  const name = evaluate(getField(reference, 'referenceName'), scope, warn);
  if (name.kind === 'pattern' || name.value === null) {
    warn('The pipeline that an activity calls is known at run time only.');
    return;
  }
  const callee = textOf(name.value);
  if (documents.properties('pipeline', callee) === undefined)
    warn(`The factory has no pipeline "${callee}".`);
  const rowKey = rowKeyOf('pipeline', callee);
  if (!unit.hasAllCallsOf(rowKey)) unit.addCall({ callee: rowKey, values: values() });
}

/** Calls of a trigger. Both forms are read: a list, and the one pipeline of a tumbling window. */
export function triggerLineage(
  { rowKey, hash, body }: Pick<PipelineInput, 'rowKey' | 'hash' | 'body'>,
  documents: FactoryDocuments,
): LineageUnit {
  const properties = getField(body, 'properties');
  const list = getField(properties, 'pipelines');
  const unit = new UnitBuilder();
  const own = new UnitDocuments(documents);
  const scope: Scope = {
    factoryName: documents.factory.name,
    globalParameters: globals(documents, own),
  };
  const all = [...(isList(list) ? list : []), getField(properties, 'pipeline')];
  const calls = all.flatMap((each): PipelineCall[] => {
    if (!isObject(each)) return [];
    const name = getText(getField(each, 'pipelineReference') ?? each, 'referenceName');
    const passed = new CallArguments(getField(each, 'parameters'));
    const values = passed.values(scope, new Map(), unit.warn);
    return name === undefined ? [] : [{ callee: rowKeyOf('pipeline', name), values }];
  });
  return {
    rowKey,
    name: getText(body, 'name') ?? rowKey,
    hash,
    dependsOn: [...own.read].sort(),
    binding: '',
    calls,
    activities: [],
    assets: [],
    warnings: unit.warnings,
  };
}
