/** What an activity executes outside of Data Factory: procedure, notebook, script, package, URL. */
import {
  joinTexts,
  known,
  textOf,
  unknown,
  type Value,
} from '../../data-factory/expressions/value';
import { getField, isList, isObject, type Json } from '../../data-factory/json';
import { toAsset } from '../assets/asset';
import { splitAddress, storeOf } from '../assets/stores';
import type { ActivityContext } from './activity-context';
import { evaluateField, typeOf } from './copy-activity';
import { poolEndpoint, resolveService } from './dataset-reference';
import { addSql, procedure } from './sql-ends';
import { expressionIn } from './unit-builder';

export function procedureLineage(context: ActivityContext): void {
  const settings = getField(context.body, 'typeProperties');
  const name = evaluateField(context, settings, 'storedProcedureName');
  if (!name) return;
  const endpoint =
    poolEndpoint(context, getField(context.body, 'sqlPool'), context.scope) ??
    serviceEndpoint(context, 'SqlServer');
  context.activity.addEnd('executes', procedure(context, endpoint, name), {
    pointer: '/typeProperties/storedProcedureName',
    ...expressionOf(getField(settings, 'storedProcedureName')),
  });
}

export function scriptLineage(context: ActivityContext): void {
  const scripts = getField(getField(context.body, 'typeProperties'), 'scripts');
  const endpoint = serviceEndpoint(context, 'SqlServer');
  if (!isList(scripts)) return;
  scripts.forEach((script, index) => {
    const text = evaluateField(context, script, 'text');
    const pointer = `/typeProperties/scripts/${index}/text`;
    if (text)
      addSql(
        context,
        endpoint,
        text,
        { pointer, ...expressionOf(getField(script, 'text')) },
        { kind: 'executes', name: 'script' },
      );
  });
}

/** Fields that name what is executed, by lower-case type of the activity. The first one counts. */
const targetFields: Readonly<Record<string, readonly string[]>> = {
  databricksnotebook: ['notebookPath'],
  databrickssparkjar: ['mainClassName'],
  databrickssparkpython: ['pythonFile'],
  databricksjob: ['jobId'],
  synapsenotebook: ['notebook/referenceName'],
  sparkjob: ['sparkJob/referenceName', 'file'],
  tridentnotebook: ['notebookId'],
  hdinsighthive: ['scriptPath'],
  hdinsightpig: ['scriptPath'],
  hdinsightmapreduce: ['className', 'jarFilePath'],
  hdinsightstreaming: ['mapper'],
  hdinsightspark: ['entryFilePath'],
  azuremlexecutepipeline: ['mlPipelineId', 'mlPipelineEndpointId'],
  azuremlbatchexecution: ['webServiceOutputs'],
  azuremlupdateresource: ['trainedModelName'],
  custom: ['command'],
  executessispackage: ['packageLocation/packagePath'],
  'datalakeanalyticsu-sql': ['scriptPath'],
  azurefunctionactivity: ['functionName'],
};

export const isExecuting = (type: string): boolean =>
  Object.hasOwn(targetFields, type.toLowerCase());

export function executedLineage(context: ActivityContext): void {
  const { body, activity } = context;
  const type = typeOf(body);
  const settings = getField(body, 'typeProperties');
  for (const path of targetFields[type.toLowerCase()] ?? []) {
    const keys = path.split('/');
    const holder = keys.slice(0, -1).reduce<Json | undefined>(getField, settings);
    const value = evaluateField(context, holder, keys.at(-1)!);
    if (!value) continue;
    // The command line of a program may hold more than its name.
    const name = type.toLowerCase() === 'custom' ? firstWord(value) : value;
    const reference = getField(body, 'linkedServiceName');
    const namespace = isObject(reference)
      ? serviceNamespace(context, type)
      : known(`${type.toLowerCase()}://${context.factoryKey}`);
    const named = toAsset({ namespace, name, type, ignoresCase: false }, context.pipelineKey);
    const pointer = `/typeProperties/${path}`;
    return activity.addEnd('executes', named, {
      pointer,
      ...expressionOf(getField(holder, keys.at(-1)!)),
    });
  }
}

/** Host and path of the address, without query and fragment. */
export function webLineage(context: ActivityContext): void {
  const settings = getField(context.body, 'typeProperties');
  const url = evaluateField(context, settings, 'url');
  if (!url) return;
  const address = withoutQuery(url);
  const { namespace, name } = splitUrl(address);
  const type = typeOf(context.body);
  const named = toAsset({ namespace, name, type, ignoresCase: false }, context.pipelineKey);
  context.activity.addEnd('executes', named, {
    pointer: '/typeProperties/url',
    ...expressionOf(getField(settings, 'url')),
  });
}

const serviceEndpoint = (context: ActivityContext, type: string) =>
  resolveService(context, getField(context.body, 'linkedServiceName'), context.scope, { type });

function serviceNamespace(context: ActivityContext, type: string): Value {
  const endpoint = serviceEndpoint(context, type);
  const { scheme } = storeOf(endpoint.type);
  const host = endpoint.isUnknown ? endpoint.host : splitAddress(endpoint.host).host;
  return joinTexts([known(`${scheme}://`), host]);
}

const firstWord = (value: Value): Value =>
  value.kind === 'known'
    ? { ...value, value: textOf(value.value).trim().split(/\s/)[0] ?? '' }
    : unknown('command', value.reads);

function withoutQuery(url: Value): Value {
  if (url.kind === 'known') return { ...url, value: textOf(url.value).replace(/[?#].*$/s, '') };
  const end = url.parts.findIndex((part) => typeof part === 'string' && /[?#]/.test(part));
  if (end < 0) return url;
  const last = url.parts[end] as string;
  const rest = last.replace(/[?#].*$/s, '');
  return joinTexts(
    [...url.parts.slice(0, end), ...(rest === '' ? [] : [rest])].map((part): Value =>
      typeof part === 'string'
        ? known(part, 'defaulted')
        : { kind: 'pattern', parts: [part], reads: url.reads },
    ),
  );
}

function splitUrl(url: Value): { readonly namespace: Value; readonly name: Value } {
  if (url.kind === 'pattern') return splitPattern(url);
  const text = textOf(url.value);
  const [, scheme = 'https', host = '', path = '/'] =
    /^(?:([a-z][\w+.-]*):\/\/)?(?:[^/@]*@)?([^/]*)(\/.*)?$/is.exec(text) ?? [];
  const own = (value: string): Value => ({ ...url, value });
  return { namespace: own(`${scheme.toLowerCase()}://${host.toLowerCase()}`), name: own(path) };
}

/** The host is known if a path begins in front of the first placeholder. */
function splitPattern(url: Value & { kind: 'pattern' }) {
  const [first, ...rest] = url.parts;
  const [, origin, path] =
    typeof first === 'string' ? (/^([a-z][\w+.-]*:\/\/[^/@]+)(\/.*)$/is.exec(first) ?? []) : [];
  if (origin === undefined || path === undefined)
    return { namespace: known('https://'), name: url };
  return {
    namespace: known(origin.toLowerCase(), 'defaulted'),
    name: { ...url, parts: [path, ...rest] },
  };
}

const expressionOf = (json: Json | undefined) => {
  const expression = expressionIn(json);
  return expression === undefined ? {} : { expression };
};
