/** SecretStore in memory. test/contracts tests it together with the Key Vault adapter. */
import type { SecretStore } from '../../functions/secrets/ports';
import { ConflictError, NotFoundError } from '../../functions/errors/app-error';
import type { Secret } from '../../functions/secrets/secret';

export interface FakeSecretStore extends SecretStore {
  /** Enabled versions, as `name/version`. */
  usable(): string[];
  /** Number of calls of `get`. */
  reads: number;
}

interface StoredSecret {
  readonly name: string;
  readonly version: string;
  readonly secret: Secret;
  readonly createdAt: Date;
  readonly expiresAt?: Date;
}

export function fakeSecretStore(now: () => Date = () => new Date()): FakeSecretStore {
  const secrets = new Map<string, StoredSecret>();
  const disabled = new Map<string, StoredSecret>();
  /** By name. Whether each version was enabled. */
  const deleted = new Map<string, readonly [boolean, StoredSecret][]>();
  let versions = 0;
  return {
    reads: 0,
    usable: () => [...secrets.keys()],
    async put(name, secret, { expiresAt, recovers = true }) {
      if (deleted.has(name) && !recovers) throw new ConflictError('secret_name_reserved', name);
      for (const [enabled, stored] of deleted.get(name) ?? [])
        (enabled ? secrets : disabled).set(`${name}/${stored.version}`, stored);
      deleted.delete(name);
      const version = `v${++versions}`;
      const properties = { name, version, createdAt: now(), ...(expiresAt && { expiresAt }) };
      secrets.set(`${name}/${version}`, { ...properties, secret });
      return version;
    },
    async get(name, version) {
      this.reads++;
      const found = [...secrets.values()].findLast(
        (stored) => stored.name === name && (version === undefined || stored.version === version),
      );
      if (!found) throw new NotFoundError('secret_not_found', 'missing');
      return found.secret;
    },
    async disable(name, version) {
      const stored = secrets.get(`${name}/${version}`);
      if (stored) disabled.set(`${name}/${version}`, stored);
      secrets.delete(`${name}/${version}`);
    },
    async delete(name) {
      const found: [boolean, StoredSecret][] = [];
      for (const all of [secrets, disabled])
        for (const [key, stored] of all)
          if (stored.name === name) {
            found.push([all === secrets, stored]);
            all.delete(key);
          }
      if (found.length > 0) deleted.set(name, found);
    },
    async *listNames(prefix) {
      const all = [...secrets.values(), ...disabled.values()].map(({ name }) => name);
      yield* new Set(all.filter((name) => name.startsWith(prefix)));
    },
    async listVersions(name) {
      const all = [...secrets.values(), ...disabled.values()];
      return all
        .filter((stored) => stored.name === name)
        .map(({ version, createdAt, expiresAt }) => ({
          version,
          enabled: secrets.has(`${name}/${version}`),
          isOwn: true,
          createdAt,
          ...(expiresAt && { expiresAt }),
        }));
    },
  };
}
