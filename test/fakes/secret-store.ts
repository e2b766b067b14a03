/** Keeps SecretStore's promises in memory; test/contracts holds it to them. */
import type { SecretStore } from '../../functions/connectors/ports';
import { NotFoundError } from '../../functions/errors/app-error';
import type { Secret } from '../../functions/secrets/secret';

export interface FakeVault extends SecretStore {
  /** What could still be read, as `name/version`. */
  usable(): string[];
  /** How often a secret was read. */
  reads: number;
}

interface Kept {
  readonly name: string;
  readonly version: string;
  readonly secret: Secret;
  readonly createdAt: Date;
  readonly expiresAt?: Date;
}

export function fakeSecretStore(now: () => Date = () => new Date()): FakeVault {
  const secrets = new Map<string, Kept>();
  const disabled = new Map<string, Kept>();
  let versions = 0;
  return {
    reads: 0,
    usable: () => [...secrets.keys()],
    async put(name, secret, { expiresAt }) {
      const version = `v${++versions}`;
      const about = { name, version, createdAt: now(), ...(expiresAt && { expiresAt }) };
      secrets.set(`${name}/${version}`, { ...about, secret });
      return version;
    },
    async get(name, version) {
      this.reads++;
      const found = [...secrets.values()].findLast(
        (kept) => kept.name === name && (version === undefined || kept.version === version),
      );
      if (!found) throw new NotFoundError('secret_not_found', 'not there');
      return found.secret;
    },
    async disable(name, version) {
      const kept = secrets.get(`${name}/${version}`);
      if (kept) disabled.set(`${name}/${version}`, kept);
      secrets.delete(`${name}/${version}`);
    },
    async delete(name) {
      for (const all of [secrets, disabled])
        for (const [key, kept] of all) if (kept.name === name) all.delete(key);
    },
    async *names(prefix) {
      const all = [...secrets.values(), ...disabled.values()].map(({ name }) => name);
      yield* new Set(all.filter((name) => name.startsWith(prefix)));
    },
    async versions(name) {
      const all = [...secrets.values(), ...disabled.values()];
      return all
        .filter((kept) => kept.name === name)
        .map(({ version, createdAt, expiresAt }) => ({
          version,
          enabled: secrets.has(`${name}/${version}`),
          createdAt,
          ...(expiresAt && { expiresAt }),
        }));
    },
  };
}
