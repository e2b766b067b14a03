/** What `npm start` understands. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from '../emulator/project-root';

export interface Arguments {
  readonly port: number;
  readonly dataFolder: string;
  readonly factories: readonly string[];
  readonly latencyMs: number;
  readonly fresh: boolean;
  /** Create the sample connector and sync it. */
  readonly sampleSync: boolean;
  /** Debugger port of the Functions host. Absent: no debugger. */
  readonly inspectPort?: number;
  /** Run the main job and end; without a folder of its own, leave nothing behind. */
  readonly demo: boolean;
  readonly deletesDataFolder: boolean;
  /** Hand the bundle to Azure Functions Core Tools instead of the local host. */
  readonly coreTools: boolean;
}

export const usage = `Usage: npm start -- [options]
  --port N          port of the API (7071, or the next free one)
  --data DIR        folder for everything the stack remembers (.local)
  --factories DIR   serve the factories found in DIR instead of the sample; may be repeated
  --latency MS      time that Resource Manager takes for an answer (0)
  --fresh           forget everything from before
  --no-sample-sync  do not create and sync the sample connector`;

/** Throws an Error that a person can read. */
export function readArguments(argv: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      port: { type: 'string', default: process.env['PORT'] ?? '7071' },
      data: { type: 'string' },
      factories: { type: 'string', multiple: true, default: [] },
      latency: { type: 'string', default: '0' },
      fresh: { type: 'boolean', default: false },
      'no-sample-sync': { type: 'boolean', default: false },
      inspect: { type: 'string' },
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
    latencyMs: parseWholeNumber('--latency', values.latency, 60_000),
    fresh: values.fresh,
    sampleSync: !values['no-sample-sync'],
    ...(values.inspect !== undefined && {
      inspectPort: parseWholeNumber('--inspect', values.inspect, 65_535),
    }),
    demo: values.demo,
    deletesDataFolder: values.demo && values.data === undefined,
    coreTools: values.func,
  };
}

const newTemporaryFolder = () => mkdtempSync(join(tmpdir(), 'adf-connect-demo-'));

function parseWholeNumber(name: string, text: string, most: number): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number > most)
    throw new Error(`${name} takes a whole number from 0 to ${most}.`);
  return number;
}
