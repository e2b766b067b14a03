/**
 * Publish folders of Data Factory Studio, the branch `adf_publish`: the template of a factory, its
 * parameters, and the same resources again as linked templates. All of it is one factory.
 */
import { basename, dirname, join } from 'node:path';
import { readTemplate } from './arm-template';
import { nameOfPath } from './factory-names';
import { isJson, type Json } from '../json';
import type { SourceFactory, SourceResource } from './source-factory';

export interface JsonFile {
  readonly file: string;
  readonly json: Json;
}

const linkedFolder = /^linkedTemplates$/i;
/** With the name of the factory before it, if a folder holds several. */
const mainTemplate = /^(?:(.+)_)?ARMTemplateForFactory\.json$/i;
const parametersOfMain = /^(?:(.+)_)?ARMTemplateParametersForFactory\.json$/i;

/** Key of the publish folder that a file belongs to. Undefined for any other file. */
export function publishFolderOf(file: string): string | undefined {
  const folder = dirname(file);
  if (linkedFolder.test(basename(folder))) return dirname(folder);
  const main = mainTemplate.exec(basename(file)) ?? parametersOfMain.exec(basename(file));
  return main ? join(folder, main[1] ?? '') : undefined;
}

export const isParametersFile = ({ json }: JsonFile): boolean =>
  /deploymentParameters\.json/i.test(String(json['$schema'])) && isJson(json['parameters']);

/** Merges the templates of a publish folder. A resource that two of them have counts once. */
export function readPublishFolder(
  folder: string,
  templates: readonly JsonFile[],
  parameters: readonly JsonFile[],
): SourceFactory | undefined {
  const values = Object.assign({}, ...parameters.map(valuesOf)) as Json;
  const ordered = [...templates].sort((one, other) => rank(one) - rank(other));
  const read = ordered.flatMap(
    ({ file, json }) => readTemplate(file, withValues(json, values)) ?? [],
  );
  const [first] = read;
  if (!first) return undefined;
  const resources = new Map<string, SourceResource>();
  for (const each of read.flatMap((factory) => factory.resources)) {
    const key = `${each.kind}|${each.network ?? ''}|${each.name}`;
    if (!resources.has(key)) resources.set(key, each);
  }
  return {
    names: [...first.names.slice(0, -1), nameOfPath(folder)],
    folder,
    declared: read.find(({ declared }) => Object.keys(declared).length > 0)?.declared ?? {},
    resources: [...resources.values()],
  };
}

/** The template of the whole factory first. */
const rank = ({ file }: JsonFile) => (mainTemplate.test(basename(file)) ? 0 : 1);

/** Secrets have an empty value, or a reference to Key Vault, and stay expressions. */
function valuesOf({ json }: JsonFile): Json {
  const given = Object.entries(json['parameters'] as Json).flatMap(([name, parameter]) => {
    const value = isJson(parameter) ? parameter['value'] : undefined;
    return value === undefined || value === null || value === '' ? [] : [[name, value] as const];
  });
  return Object.fromEntries(given);
}

function withValues(template: Json, values: Json): Json {
  const parameters = isJson(template['parameters']) ? template['parameters'] : {};
  const valued = Object.entries(parameters).map(([name, parameter]) => [
    name,
    isJson(parameter) && name in values ? { ...parameter, defaultValue: values[name] } : parameter,
  ]);
  return { ...template, parameters: Object.fromEntries(valued) as Json };
}
