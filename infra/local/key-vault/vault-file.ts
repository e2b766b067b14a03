/** What the vault remembers, in a file that its owner alone can read: as it was before a change, or after it. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { z } from 'zod';

/** Times are Unix seconds, as on the wire. */
const secretVersion = z.strictObject({
  version: z.string(),
  value: z.string(),
  contentType: z.string().exactOptional(),
  tags: z.record(z.string(), z.string()).exactOptional(),
  enabled: z.boolean(),
  notBefore: z.number().exactOptional(),
  expires: z.number().exactOptional(),
  created: z.number(),
  updated: z.number(),
});
export type SecretVersion = z.infer<typeof secretVersion>;

const storedSecret = z.strictObject({
  name: z.string(),
  /** Oldest first; the last one is what a read without a version gets. */
  versions: z.array(secretVersion).min(1),
  deleted: z.strictObject({ at: z.number(), purgeAt: z.number() }).exactOptional(),
});
export type StoredSecret = z.infer<typeof storedSecret>;

export interface VaultFile {
  /** Key Vault does not tell `Sales` from `sales`: keys are in lower case. */
  readonly secrets: Map<string, StoredSecret>;
  /** Resolves when every change made until now survives the end of this process. */
  save(): Promise<void>;
}

export const keyOf = (name: string) => name.toLowerCase();

export async function openVaultFile(path: string): Promise<VaultFile> {
  const secrets = new Map((await read(path)).map((secret) => [keyOf(secret.name), secret]));
  const draft = `${path}.tmp`;
  const write = async () => {
    // A draft that a killed process left behind would keep its permissions.
    await rm(draft, { force: true });
    await writeFile(draft, JSON.stringify([...secrets.values()], undefined, 1), { mode: 0o600 });
    await rename(draft, path);
  };
  let writing: Promise<unknown> = Promise.resolve();
  let next: Promise<void> | undefined;
  return {
    secrets,
    // Whoever comes while a write is on its way shares the next one, which begins after their changes.
    save: () =>
      (next ??= writing.then(() => {
        const written = write();
        writing = written.catch(() => undefined);
        next = undefined;
        return written;
      })),
  };
}

async function read(path: string): Promise<StoredSecret[]> {
  try {
    return z.array(storedSecret).parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new Error(`The secrets of the local stack cannot be read: ${path}`, { cause: error });
  }
}
