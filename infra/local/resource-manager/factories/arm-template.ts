/** Reads an ARM template export as one factory. */
import { resolve, resolveName, type TemplateScope } from './arm-expression';
import { nameOfPath } from './factory-names';
import { inner, isJson, objects, textOf, type Json } from '../json';
import { kindOfType } from './kinds';
import type { SourceFactory, SourceResource } from './source-factory';

export const isTemplate = (json: unknown): json is Json =>
  isJson(json) &&
  Array.isArray(json['resources']) &&
  /deploymentTemplate\.json/i.test(textOf(json['$schema']));

/** Returns undefined if the template has no Data Factory resources. */
export function readTemplate(file: string, template: Json): SourceFactory | undefined {
  const scope: TemplateScope = {
    parameters: inner(template, 'parameters'),
    variables: inner(template, 'variables'),
  };
  const all = [...flatten(template['resources'], scope)];
  const factory = all.find(({ type }) => /^Microsoft\.DataFactory\/factories$/i.test(type));
  const resources = all.flatMap((found) => toResource(found, scope));
  if (!factory && resources.length === 0) return undefined;
  const deployedTo = [scope.parameters['factoryName'], scope.parameters['workspaceName']]
    .filter(isJson)
    .map((parameter) => textOf(parameter['defaultValue']));
  return {
    names: [...deployedTo, nameOfPath(file)],
    folder: file,
    declared: factory ? (resolve(factory.resource, scope) as Json) : {},
    resources,
  };
}

interface Found {
  readonly type: string;
  readonly path: readonly string[];
  readonly resource: Json;
}

/** Nested resources have type and name relative to their parent. */
function* flatten(resources: unknown, scope: TemplateScope, parent?: Found): Generator<Found> {
  for (const resource of objects(resources)) {
    const ownType = textOf(resource['type']);
    const ownPath = resolveName(textOf(resource['name']), scope);
    const found = {
      type: parent ? `${parent.type}/${ownType}` : ownType,
      path: parent ? [...parent.path, ...ownPath] : ownPath,
      resource,
    };
    yield found;
    yield* flatten(resource['resources'], scope, found);
  }
}

function toResource({ type, path, resource }: Found, scope: TemplateScope): SourceResource[] {
  const kind = kindOfType(type);
  const name = path.at(-1);
  if (!kind || !name) return [];
  const network = kind === 'managedPrivateEndpoint' ? { network: path.at(-2) ?? 'default' } : {};
  return [{ kind, name, properties: resolve(resource['properties'], scope), ...network }];
}
