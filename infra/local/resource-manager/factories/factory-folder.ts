/**
 * Reads the factories in a folder: git repositories (`pipeline/*.json` and so on, at any depth),
 * Synapse workspaces, loose resource files and ARM template exports.
 */
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { isTemplate, readTemplate } from './arm-template';
import { nameOfPath } from './factory-names';
import { inner, isJson, textOf, type Json } from '../json';
import { kindOfFolder, kindOfType, type KindName } from './kinds';
import type { SourceFactory, SourceResource } from './source-factory';

interface Draft {
  declared: Json;
  readonly resources: SourceResource[];
}

/** Returns the factories ordered by path. Throws if there are none. */
export async function readFactories(folder: string): Promise<SourceFactory[]> {
  const drafts = new Map<string, Draft>();
  const templates: SourceFactory[] = [];
  for (const { file, text } of await readAll(resolve(folder))) {
    const json = parse(file, text);
    if (!isJson(json)) continue;
    const template = isTemplate(json) ? readTemplate(file, json) : undefined;
    if (template) templates.push(template);
    else if (!isTemplate(json)) addResource(drafts, file, json);
  }
  const found = [...templates, ...[...drafts].map(([path, draft]) => toFactory(path, draft))];
  if (found.length === 0) throw new Error(`${folder} holds no resources of Data Factory.`);
  for (const factory of found) assertUniqueNames(factory);
  return found.sort((one, other) => (one.folder < other.folder ? -1 : 1));
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
    draftOf(drafts, dirname(folder)).declared = json;
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
  const draft = drafts.get(folder) ?? { declared: {}, resources: [] };
  drafts.set(folder, draft);
  return draft;
}

function toFactory(folder: string, { declared, resources }: Draft): SourceFactory {
  const own = typeof declared['name'] === 'string' ? [declared['name']] : [];
  return {
    names: [...own, nameOfPath(folder)],
    folder,
    declared,
    resources: [...resources, ...inlineGlobalParameters(declared, resources)],
  };
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

/** Names in Data Factory are unique and case-insensitive. */
function assertUniqueNames({ folder, resources }: SourceFactory): void {
  const seen = new Set<string>();
  for (const { kind, name, network = '' } of resources) {
    const key = `${kind} ${network} ${name}`.toLowerCase();
    if (seen.has(key))
      throw new Error(`${folder} holds two resources of kind ${kind} named ${name}.`);
    seen.add(key);
  }
}
