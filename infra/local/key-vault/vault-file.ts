/** Stores the secrets in one file, written atomically and readable by the owner only. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { z } from 'zod';

/** Times are Unix seconds, as in the REST API. */
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
  /** Oldest first. A read without a version returns the last one. */
  versions: z.array(secretVersion).min(1),
  deleted: z.strictObject({ at: z.number(), purgeAt: z.number() }).exactOptional(),
});
export type StoredSecret = z.infer<typeof storedSecret>;

export interface VaultFile {
  /** Keys are in lower case, because names in Key Vault are case-insensitive. */
  readonly secrets: Map<string, StoredSecret>;
  /** Resolves when all changes made until now are on disk. */
  save(): Promise<void>;
}

export const keyOf = (name: string) => name.toLowerCase();

export async function openVaultFile(path: string): Promise<VaultFile> {
  const secrets = new Map((await read(path)).map((secret) => [keyOf(secret.name), secret]));
  const draft = `${path}.tmp`;
  const write = async () => {
    // A draft of a killed process would keep its file permissions.
    await rm(draft, { force: true });
    await writeFile(draft, JSON.stringify([...secrets.values()], undefined, 1), { mode: 0o600 });
    await rename(draft, path);
  };
  let writing: Promise<unknown> = Promise.resolve();
  let next: Promise<void> | undefined;
  return {
    secrets,
    // Calls during a write share the next write, which includes their changes.
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
    throw new Error(
      `The secrets of the Key Vault emulator cannot be read: ${path}. Start with --fresh to replace them.`,
      { cause: error },
    );
  }
}
