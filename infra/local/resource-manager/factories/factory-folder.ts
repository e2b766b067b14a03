/**
 * Reads the factories in a folder: git repositories (`pipeline/*.json` and so on, at any depth),
 * Synapse workspaces, loose resource files, publish folders of Studio and ARM template exports.
 */
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { isTemplate, readTemplate } from './arm-template';
import { nameOfPath } from './factory-names';
import {
  isParametersFile,
  publishFolderOf,
  readPublishFolder,
  type JsonFile,
} from './publish-folder';
import { inner, isJson, textOf, type Json } from '../json';
import { kindOfFolder, kindOfType, type KindName } from './kinds';
import type { SourceFactory, SourceResource } from './source-factory';

interface Draft {
  /** Factory files. Each is a factory of its own with all resources of the folder. */
  readonly declared: Json[];
  readonly resources: SourceResource[];
}

/** Returns the factories ordered by path. Throws if there are none. */
export async function readFactories(folder: string): Promise<SourceFactory[]> {
  const drafts = new Map<string, Draft>();
  const templates: JsonFile[] = [];
  const parameters: JsonFile[] = [];
  for (const { file, text } of await readAll(resolve(folder))) {
    const json = parse(file, text);
    if (!isJson(json)) continue;
    if (isTemplate(json)) templates.push({ file, json });
    else if (isParametersFile({ file, json })) parameters.push({ file, json });
    else addResource(drafts, file, json);
  }
  const found = [
    ...readTemplates(templates, parameters),
    ...[...drafts].flatMap(([path, draft]) => toFactories(path, draft)),
  ].map(withUniqueNames);
  if (found.length === 0) throw new Error(`${folder} holds no resources of Data Factory.`);
  return found.sort((one, other) => (one.folder < other.folder ? -1 : 1));
}

function readTemplates(
  templates: readonly JsonFile[],
  parameters: readonly JsonFile[],
): SourceFactory[] {
  const published = new Map<string, JsonFile[]>();
  const found: SourceFactory[] = [];
  for (const template of templates) {
    const folder = publishFolderOf(template.file);
    const single = folder === undefined && readTemplate(template.file, template.json);
    if (single) found.push(single);
    if (folder !== undefined) published.set(folder, [...(published.get(folder) ?? []), template]);
  }
  for (const [folder, files] of published) {
    const own = parameters.filter(({ file }) => publishFolderOf(file) === folder);
    const factory = readPublishFolder(folder, files, own);
    if (factory) found.push(factory);
  }
  return found;
}

async function readAll(root: string): Promise<{ file: string; text: string }[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && /\.json$/i.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !/[\\/](node_modules|\.[^\\/]+)[\\/]/.test(file.slice(root.length)))
    .sort();
  return Promise.all(files.map(async (file) => ({ file, text: await readFile(file, 'utf8') })));
}

/** Outside the folders of a factory, invalid JSON is ignored, because it belongs to other tools. */
function parse(file: string, text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, '')) as unknown;
  } catch (error) {
    if (!kindOfFolder(basename(dirname(file)))) return undefined;
    throw new Error(`${file} is not valid JSON.`, { cause: error });
  }
}

function addResource(drafts: Map<string, Draft>, file: string, json: Json): void {
  const folder = dirname(file);
  const kind = kindOfFolder(basename(folder));
  const name = textOf(json['name']) || basename(file).replace(/\.json$/i, '');
  if (/^factory$/i.test(basename(folder)) && isJson(json['properties'] ?? {})) {
    draftOf(drafts, dirname(folder)).declared.push({ ...json, name });
  } else if (kind === 'managedPrivateEndpoint') {
    const network = networkOf(folder);
    const { properties } = json;
    draftOf(drafts, network.factory).resources.push({
      kind,
      name,
      properties,
      network: network.name,
    });
  } else if (kind === 'globalParameter') {
    const properties = isJson(json['properties']) ? json['properties'] : json;
    draftOf(drafts, dirname(folder)).resources.push({ kind, name: 'default', properties });
  } else {
    const sort = kind ?? kindOfResource(json);
    if (!sort) return;
    const owner = kind ? dirname(folder) : folder;
    draftOf(drafts, owner).resources.push({ kind: sort, name, properties: json['properties'] });
  }
}

/** Network of `managedVirtualNetwork/{network}/managedPrivateEndpoint`, or the default network. */
function networkOf(folder: string): { factory: string; name: string } {
  const above = dirname(folder);
  return kindOfFolder(basename(dirname(above))) === 'managedVirtualNetwork'
    ? { factory: dirname(dirname(above)), name: basename(above) }
    : { factory: above, name: 'default' };
}

/**
 * Kind of a resource outside a folder for its kind: from its type, or a pipeline if it has
 * activities.
 */
function kindOfResource(json: Json): KindName | undefined {
  if (!isJson(json['properties'])) return undefined;
  return (
    kindOfType(json['type']) ??
    (Array.isArray(json['properties']['activities']) ? 'pipeline' : undefined)
  );
}

function draftOf(drafts: Map<string, Draft>, folder: string): Draft {
  const draft = drafts.get(folder) ?? { declared: [], resources: [] };
  drafts.set(folder, draft);
  return draft;
}

function toFactories(folder: string, { declared, resources }: Draft): SourceFactory[] {
  const kept = new Map<string, Json>();
  const leftOut: string[] = [];
  for (const own of declared) {
    const name = textOf(own['name']) ?? '';
    const first = kept.get(name.toLowerCase());
    if (!first) kept.set(name.toLowerCase(), own);
    else
      leftOut.push(
        `${folder}: the factory ${name} is left out, because ${textOf(first['name'])} has the same name.`,
      );
  }
  const all: readonly Json[] = kept.size > 0 ? [...kept.values()] : [{}];
  return all.map((own, index) => ({
    ...(index === 0 && leftOut.length > 0 && { leftOut }),
    names: [...(typeof own['name'] === 'string' ? [own['name']] : []), nameOfPath(folder)],
    folder,
    declared: own,
    resources: [...resources, ...inlineGlobalParameters(own, resources)],
  }));
}

/**
 * Data Factory Studio stores global parameters in the factory file; the API lists them as one
 * resource.
 */
function inlineGlobalParameters(
  declared: Json,
  resources: readonly SourceResource[],
): SourceResource[] {
  const inline = inner(declared, 'properties')['globalParameters'];
  if (!isJson(inline) || resources.some(({ kind }) => kind === 'globalParameter')) return [];
  return [{ kind: 'globalParameter', name: 'default', properties: inline }];
}

/** Names in Data Factory are unique and case-insensitive, so only the first of a name is served. */
function withUniqueNames(factory: SourceFactory): SourceFactory {
  const kept = new Map<string, SourceResource>();
  const leftOut = [...(factory.leftOut ?? [])];
  for (const each of factory.resources) {
    const { kind, name, network = '' } = each;
    const key = `${kind} ${network} ${name}`.toLowerCase();
    const first = kept.get(key);
    if (!first) kept.set(key, each);
    else
      leftOut.push(
        `${factory.folder}: the ${kind} ${name} is left out, because ${first.name} has the same name.`,
      );
  }
  return { ...factory, resources: [...kept.values()], ...(leftOut.length > 0 && { leftOut }) };
}
