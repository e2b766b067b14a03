/** Keeps CredentialVault's promises in memory; test/contracts holds it to them. */
import type { CredentialVault } from '../../functions/connectors/ports';
import { NotFoundError } from '../../functions/errors';
import type { Secret } from '../../functions/secret';

export interface FakeVault extends CredentialVault {
  /** What could still be read, as `name/version`. */
  usable(): string[];
  /** How often a secret was read. */
  reads: number;
}

export function fakeCredentialVault(): FakeVault {
  const secrets = new Map<string, { name: string; version: string; secret: Secret }>();
  let versions = 0;
  return {
    reads: 0,
    usable: () => [...secrets.keys()],
    async put(name, secret) {
      const version = `v${++versions}`;
      secrets.set(`${name}/${version}`, { name, version, secret });
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
      secrets.delete(`${name}/${version}`);
    },
    async delete(name) {
      for (const [key, kept] of secrets) if (kept.name === name) secrets.delete(key);
    },
  };
}
