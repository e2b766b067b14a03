/**
 * Access keys of functions and of the host's own endpoints. Created on the first start and stored
 * in the data folder, readable by the owner only.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Keys {
  /** Grants access to everything. */
  readonly master: string;
  /** Grants access to functions with the level `function`. */
  readonly function: string;
  /** Grants access to the management API of Durable Functions. */
  readonly durableTask: string;
}

/** `system` is the level of the endpoints of extensions. */
export type AccessLevel = 'anonymous' | 'function' | 'system' | 'admin';

export async function openKeys(folder: string): Promise<Keys> {
  const file = join(folder, 'keys.json');
  const stored = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (stored !== undefined) return parse(file, stored);
  const keys = { master: makeKey(), function: makeKey(), durableTask: makeKey() };
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(file, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600 });
  await chmod(file, 0o600);
  return keys;
}

/** Returns the key of the request: the header, or else `?code=`. */
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
  const matches = (key: string) => timingSafeEqual(digest(key), digest(presented));
  if (matches(keys.master)) return true;
  return (
    (level === 'function' && matches(keys.function)) ||
    (level === 'system' && matches(keys.durableTask))
  );
}

function parse(file: string, text: string): Keys {
  try {
    const keys = JSON.parse(text) as Partial<Keys>;
    if (keys.master && keys.function && keys.durableTask) return keys as Keys;
  } catch {
    // The error below covers this case.
  }
  throw new Error(`${file} is damaged. Delete it and start again to create new keys.`);
}

const makeKey = () => randomBytes(40).toString('base64url');
/** Digests have equal lengths, so the comparison takes constant time. */
const digest = (text: string) => createHash('sha256').update(text).digest();
