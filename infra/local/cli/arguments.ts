/** Options of `npm start`. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from '../emulator/project-root';
import type { Delivery } from '../function-app/durable/delivery';

export interface Arguments {
  readonly port: number;
  readonly dataFolder: string;
  readonly factories: readonly string[];
  /** Origins whose pages may call the API. */
  readonly origins: readonly string[];
  /** Folder with host.json and the bundle. Absent: the project folder. */
  readonly scriptRoot?: string;
  readonly latencyMs: number;
  /** Processes of the Functions host. */
  readonly workers: number;
  /** How unkind the queues of Durable Functions are. */
  readonly delivery: Delivery;
  readonly fresh: boolean;
  /** Keep storage in memory only. */
  readonly inMemory: boolean;
  /** Create the sample connector and sync it. */
  readonly sampleSync: boolean;
  /** Profile of the provisioning connection that is created with a token. Absent: none is created. */
  readonly scimProfile?: ScimProfile;
  /** Debugger port of the Functions host. Absent: no debugger. */
  readonly inspectPort?: number;
  /** Print the log of the Functions host instead of only writing it to a file. */
  readonly verbose: boolean;
  /** Print the options and end. */
  readonly help: boolean;
  /** End after the sample sync. */
  readonly demo: boolean;
  /** Delete the data folder at the end: it is a temporary one. */
  readonly deletesDataFolder: boolean;
  /** Also run the bundle under Azure Functions Core Tools. */
  readonly coreTools: boolean;
}

const maxWorkers = 8;
const scimProfiles = ['entra', 'okta', 'strict'] as const;
export type ScimProfile = (typeof scimProfiles)[number];

export const usage = `Usage: npm start -- [options]
  --port N          port of the API (7071, or the next free one)
  --data DIR        data folder (.local)
  --factories DIR   serve the factories in DIR instead of the sample; repeatable
  --origin URL      let pages of this origin call the API (CORS); repeatable
  --app DIR         run the app in DIR, such as dist/package, instead of the last build
  --latency MS      delay of each response of Resource Manager (0)
  --workers N       run N workers behind a front that alternates between them (1)
  --hop MS-MS       latency of each message in a queue of Durable Functions (0)
  --redeliver SHARE deliver this share of the steps twice, seconds apart (0)
  --fresh           delete the content of the data folder first
  --in-memory       keep storage in memory only, so that nothing is left after the stop
  --no-sample-sync  do not create and sync the sample connector
  --scim-profile P  profile of the provisioning connection: entra, okta or strict (entra)
  --no-scim         do not create a provisioning connection
  --inspect PORT    open a debugger port of the Functions host
  --verbose         print the log of the Functions host
  --help            print these options`;

/** Throws an Error with a message for the user. */
export function readArguments(argv: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      port: { type: 'string', default: process.env['PORT'] ?? '7071' },
      data: { type: 'string' },
      factories: { type: 'string', multiple: true, default: [] },
      origin: { type: 'string', multiple: true, default: [] },
      app: { type: 'string' },
      latency: { type: 'string', default: '0' },
      workers: { type: 'string', default: '1' },
      hop: { type: 'string' },
      redeliver: { type: 'string' },
      fresh: { type: 'boolean', default: false },
      'in-memory': { type: 'boolean', default: false },
      'no-sample-sync': { type: 'boolean', default: false },
      'scim-profile': { type: 'string', default: 'entra' },
      'no-scim': { type: 'boolean', default: false },
      inspect: { type: 'string' },
      verbose: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      demo: { type: 'boolean', default: false },
      func: { type: 'boolean', default: false },
    },
  });
  return {
    port: parseWholeNumber('--port', values.port, 65_535),
    dataFolder: resolve(
      values.data ?? (values.demo ? newTemporaryFolder() : join(projectRoot(), '.local')),
    ),
    factories: values.factories.map((folder) => resolve(folder)),
    origins: values.origin.map(parseOrigin),
    ...(values.app !== undefined && { scriptRoot: resolve(values.app) }),
    latencyMs: parseWholeNumber('--latency', values.latency, 60_000),
    workers: parseWorkers(values.workers),
    delivery: {
      ...(values.hop !== undefined && { hopMs: parseHop(values.hop) }),
      ...(values.redeliver !== undefined && { redeliver: parseShare(values.redeliver) }),
    },
    fresh: values.fresh,
    inMemory: values['in-memory'],
    sampleSync: !values['no-sample-sync'],
    ...(!values['no-scim'] && { scimProfile: parseProfile(values['scim-profile']) }),
    ...(values.inspect !== undefined && {
      inspectPort: parseWholeNumber('--inspect', values.inspect, 65_535),
    }),
    verbose: values.verbose,
    help: values.help,
    demo: values.demo,
    deletesDataFolder: values.demo && values.data === undefined,
    coreTools: values.func,
  };
}

const newTemporaryFolder = () => mkdtempSync(join(tmpdir(), 'adf-connect-demo-'));

/** Browsers compare origins exactly, so a path or a trailing slash would match nothing. */
function parseOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.origin !== text || !/^https?:$/.test(url.protocol))
    throw new Error('--origin takes an origin without a path, such as http://localhost:3000.');
  return text;
}

function parseProfile(text: string): ScimProfile {
  const profile = scimProfiles.find((one) => one === text);
  if (!profile) throw new Error(`--scim-profile takes ${scimProfiles.join(', ')}.`);
  return profile;
}

function parseWorkers(text: string): number {
  const workers = parseWholeNumber('--workers', text, maxWorkers);
  if (workers === 0) throw new Error('--workers takes at least 1.');
  return workers;
}

function parseHop(text: string): [min: number, max: number] {
  const [, min, max = min] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  if (min === undefined || Number(min) > Number(max))
    throw new Error('--hop takes milliseconds or their range, such as 30-200.');
  return [Number(min), Number(max)];
}

function parseShare(text: string): number {
  if (!/^(0(\.\d+)?|1(\.0+)?)$/.test(text))
    throw new Error('--redeliver takes a share from 0 to 1, such as 0.1.');
  return Number(text);
}

function parseWholeNumber(name: string, text: string, max: number): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number > max)
    throw new Error(`${name} takes a whole number from 0 to ${max}.`);
  return number;
}
