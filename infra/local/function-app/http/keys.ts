/**
 * The keys that guard functions and the host's own endpoints: made on the first boot, kept in the data folder, readable
 * by their owner only.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Keys {
  /** Opens everything. */
  readonly master: string;
  /** Opens every function whose level is `function`. */
  readonly function: string;
  /** Opens the management API of Durable Functions. */
  readonly durableTask: string;
}

/** `system` is what the endpoints of extensions ask for. */
export type AccessLevel = 'anonymous' | 'function' | 'system' | 'admin';

export async function openKeys(folder: string): Promise<Keys> {
  const file = join(folder, 'keys.json');
  const kept = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (kept !== undefined) return parse(file, kept);
  const keys = { master: makeKey(), function: makeKey(), durableTask: makeKey() };
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(file, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600 });
  await chmod(file, 0o600);
  return keys;
}

/** What a caller presents: the header, or else `?code=`. */
export function presentedKey(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  query: URLSearchParams,
): string | undefined {
  const header = headers['x-functions-key'];
  return (typeof header === 'string' ? header : undefined) ?? query.get('code') ?? undefined;
}

export function isAllowed(keys: Keys, level: AccessLevel, presented: string | undefined): boolean {
  if (level === 'anonymous') return true;
  if (!presented) return false;
  const opens = (key: string) => timingSafeEqual(digest(key), digest(presented));
  if (opens(keys.master)) return true;
  return (
    (level === 'function' && opens(keys.function)) ||
    (level === 'system' && opens(keys.durableTask))
  );
}

function parse(file: string, text: string): Keys {
  try {
    const keys = JSON.parse(text) as Partial<Keys>;
    if (keys.master && keys.function && keys.durableTask) return keys as Keys;
  } catch {
    // Falls through to the one message that helps.
  }
  throw new Error(`${file} is damaged. Remove it to have new keys made.`);
}

const makeKey = () => randomBytes(40).toString('base64url');
/** Equal lengths, so that the comparison takes the same time whatever is presented. */
const digest = (text: string) => createHash('sha256').update(text).digest();
