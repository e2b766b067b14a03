/** Resolves a reference to a dataset or a linked service to the physical asset behind it. */
import { evaluate, hasExpression } from '../../data-factory/expressions/evaluate';
import type { Scope } from '../../data-factory/expressions/scope';
import {
  atBest,
  joinTexts,
  known,
  labelOf,
  textOf,
  unknown,
  type Value,
} from '../../data-factory/expressions/value';
import { getField, getText, isList, isObject, type Json } from '../../data-factory/json';
import { toAsset } from '../assets/asset';
import { assetName } from '../assets/asset-name';
import { datasetLocation, type DatasetLocation } from '../assets/dataset-location';
import { endpointOf, unknownEndpoint, type Endpoint } from '../assets/endpoint';
import { serviceTypeOf } from '../assets/stores';
import type { ActivityContext } from './activity-context';
import { passesValues, type ResolvedDataset } from './fixed-datasets';

/** Undefined if the dataset does not exist. */
export function resolveDataset(
  context: ActivityContext,
  reference: Json,
  override: (location: DatasetLocation, scope: Scope) => DatasetLocation = (location) => location,
): ResolvedDataset | undefined {
  const name = evaluate(getField(reference, 'referenceName'), context.scope, context.warn);
  if (name.kind === 'pattern') return dynamicDataset(context, name);
  const dataset = textOf(name.value);
  const properties = context.documents.properties('dataset', dataset);
  if (properties === undefined) {
    context.warn(`The factory has no dataset "${dataset}".`);
    return undefined;
  }
  const given = getField(reference, 'parameters');
  const fixed = passesValues(given)
    ? undefined
    : context.fixedDatasets.find(properties, context.documents);
  return overridden(context, fixed ?? resolveProperties(context, properties, given), override);
}

/** Another location has another name. */
function overridden(
  context: ActivityContext,
  resolved: ResolvedDataset,
  override: (location: DatasetLocation, scope: Scope) => DatasetLocation,
): ResolvedDataset {
  const location = override(resolved.location, context.scope);
  if (location === resolved.location) return resolved;
  const named = nameOf(context, resolved.endpoint, location);
  return { ...resolved, location, named };
}

const nameOf = (context: ActivityContext, endpoint: Endpoint, location: DatasetLocation) =>
  toAsset(assetName(endpoint, location, context.factoryKey), context.pipelineKey);

function resolveProperties(
  context: ActivityContext,
  properties: Json,
  given: Json | undefined,
): ResolvedDataset {
  const datasetParameters = parameterValues(
    getField(properties, 'parameters'),
    given,
    context.scope,
    context,
  );
  const { factoryName, globalParameters } = context.scope;
  const scope: Scope = {
    datasetParameters,
    ...(factoryName !== undefined && { factoryName }),
    ...(globalParameters && { globalParameters }),
  };
  const location = datasetLocation(properties, scope, context.warn);
  const service = getField(properties, 'linkedServiceName');
  const endpoint =
    poolEndpoint(context, getField(properties, 'sqlPool'), scope) ??
    resolveService(context, service, scope, location);
  const named = nameOf(context, endpoint, location);
  const resolved = { named, endpoint, location, columns: declaredColumns(properties) };
  if (!passesValues(given)) context.fixedDatasets.add(properties, resolved, context.documents);
  return resolved;
}

/** A linked service without a dataset, as data flows and scripts use it. */
export function resolveService(
  context: ActivityContext,
  reference: Json | undefined,
  scope: Scope,
  location: Pick<DatasetLocation, 'type' | 'locationType'>,
): Endpoint {
  const name = evaluate(getField(reference, 'referenceName'), scope, context.warn);
  const type = serviceTypeOf(location.type, location.locationType);
  // A parameter of an ARM template is known before any run: it stands for one linked service.
  const isDeployed = getText(reference, 'referenceName')?.startsWith('[');
  if (name.kind === 'pattern')
    return unknownEndpoint(isDeployed ? known(labelOf(name)) : name, type);
  if (name.value === null) return unknownEndpoint(unknown('linked service'), type);
  const service = textOf(name.value);
  const properties = context.documents.properties('linkedService', service);
  if (properties === undefined) {
    context.warn(`The factory has no linked service "${service}".`);
    return unknownEndpoint(name, type);
  }
  const linkedServiceParameters = parameterValues(
    getField(properties, 'parameters'),
    getField(reference, 'parameters'),
    scope,
    context,
  );
  const { factoryName, globalParameters } = scope;
  return endpointOf(
    service,
    properties,
    {
      linkedServiceParameters,
      ...(factoryName !== undefined && { factoryName }),
      ...(globalParameters && { globalParameters }),
    },
    context.warn,
  );
}

/** A dedicated pool of the Synapse workspace itself, which has no linked service. */
export function poolEndpoint(
  { factoryKey, warn }: Pick<ActivityContext, 'factoryKey' | 'warn'>,
  reference: Json | undefined,
  scope: Scope,
): Endpoint | undefined {
  const pool = evaluate(getField(reference, 'referenceName'), scope, warn);
  if (pool.kind === 'known' && (pool.value === null || pool.value === '')) return undefined;
  const host = known(`${factoryKey.toLowerCase()}.sql.azuresynapse.net`);
  return { type: 'AzureSqlDW', host, database: pool };
}

function dynamicDataset(context: ActivityContext, name: Value): ResolvedDataset {
  const endpoint: Endpoint = { type: 'dataset', host: unknown('dataset') };
  const template = { namespace: known('dataset://'), type: 'dataset', ignoresCase: true };
  return {
    named: toAsset({ ...template, name: joinTexts([name]) }, context.pipelineKey),
    endpoint,
    location: { type: 'dataset' },
    columns: [],
  };
}

/** Given values, or defaults. A given literal is a binding; a default is one of its own class. */
export function parameterValues(
  declared: Json | undefined,
  given: Json | undefined,
  scope: Scope,
  { warn }: Pick<ActivityContext, 'warn'>,
): ReadonlyMap<string, Value> {
  const values = new Map<string, Value>();
  if (isObject(declared))
    for (const [name, parameter] of Object.entries(declared)) {
      const usual = getField(parameter, 'defaultValue');
      if (usual !== undefined && usual !== null)
        values.set(name.toLowerCase(), atBest(evaluate(usual, scope, warn), 'defaulted'));
    }
  if (isObject(given))
    for (const [name, json] of Object.entries(given)) {
      const value = evaluate(json, scope, warn);
      const confidence = hasExpression(json) ? 'defaulted' : 'literal-params';
      values.set(name.toLowerCase(), atBest(value, confidence));
    }
  return values;
}

/** Names in `schema`, or in `structure` of older datasets. */
function declaredColumns(properties: Json): string[] {
  const schema = getField(properties, 'schema');
  const columns = isList(schema) && schema.length > 0 ? schema : getField(properties, 'structure');
  return isList(columns) ? columns.flatMap((column) => getText(column, 'name') ?? []) : [];
}
