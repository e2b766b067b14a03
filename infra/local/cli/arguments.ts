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
  readonly latencyInMs: number;
  readonly fresh: boolean;
  /** Run the main job and end; without a folder of its own, leave nothing behind. */
  readonly demo: boolean;
  readonly forgets: boolean;
  /** Hand the bundle to Azure Functions Core Tools instead of the local host. */
  readonly coreTools: boolean;
}

export const usage = `Usage: npm start -- [options]
  --port N          port of the API (7071, or the next free one)
  --data DIR        folder for everything the stack remembers (.local)
  --factories DIR   serve the factories found in DIR instead of the sample; may be repeated
  --latency MS      time that Resource Manager takes for an answer (0)
  --fresh           forget everything from before`;

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
      demo: { type: 'boolean', default: false },
      func: { type: 'boolean', default: false },
    },
  });
  return {
    port: whole('--port', values.port, 65_535),
    dataFolder: resolve(values.data ?? (values.demo ? newFolder() : join(projectRoot(), '.local'))),
    factories: values.factories.map((folder) => resolve(folder)),
    latencyInMs: whole('--latency', values.latency, 60_000),
    fresh: values.fresh,
    demo: values.demo,
    forgets: values.demo && values.data === undefined,
    coreTools: values.func,
  };
}

const newFolder = () => mkdtempSync(join(tmpdir(), 'adf-connect-demo-'));

function whole(name: string, text: string, most: number): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number > most)
    throw new Error(`${name} takes a whole number from 0 to ${most}.`);
  return number;
}
