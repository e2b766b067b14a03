/** Secrets of the vault: versions, soft delete, and names that stay reserved until purged. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../emulator/clock';
import {
  disabled,
  notFound,
  secretIsBeingDeleted,
  secretIsBeingRecovered,
  secretIsDeleted,
} from './vault-error';
import { keyOf, type SecretVersion, type StoredSecret, type VaultFile } from './vault-file';

/** Properties of a version. Absent properties stay unchanged. */
export type Properties = Partial<
  Pick<SecretVersion, 'contentType' | 'tags' | 'enabled' | 'notBefore' | 'expires'>
>;
export interface SecretWithVersion {
  readonly secret: StoredSecret;
  readonly version: SecretVersion;
}
export type DeletedSecret = SecretWithVersion & {
  readonly deleted: NonNullable<StoredSecret['deleted']>;
};
export type Secrets = ReturnType<typeof createSecrets>;

export const recoverableDays = 90;

type Transition = 'deleting' | 'recovering';

/**
 * A deletion or recovery takes `transitionMs` of real time; in Azure it takes seconds. Meanwhile
 * the name is neither readable nor free.
 */
export function createSecrets(file: VaultFile, clock: Clock, transitionMs = 0) {
  const { secrets } = file;
  const now = () => Math.floor(clock.now().getTime() / 1000);

  const transitions = new Map<string, { readonly kind: Transition; readonly endsAt: number }>();
  const startTransition = (name: string, kind: Transition) =>
    transitions.set(keyOf(name), { kind, endsAt: performance.now() + transitionMs });
  const transitionOf = (name: string): Transition | undefined => {
    const transition = transitions.get(keyOf(name));
    return transition && performance.now() < transition.endsAt ? transition.kind : undefined;
  };
  const assertSettled = (name: string) => {
    const transition = transitionOf(name);
    if (transition === 'deleting') throw secretIsBeingDeleted();
    if (transition === 'recovering') throw secretIsBeingRecovered(name);
  };

  /** Returns the secrets ordered by name, and purges those whose recovery period has ended. */
  const all = (): StoredSecret[] => {
    for (const [key, { deleted }] of secrets)
      if (deleted && deleted.purgeAt <= now()) secrets.delete(key);
    return [...secrets.values()].toSorted((a, b) => (keyOf(a.name) < keyOf(b.name) ? -1 : 1));
  };
  const find = (name: string): StoredSecret | undefined => {
    const secret = secrets.get(keyOf(name));
    if (!secret?.deleted || secret.deleted.purgeAt > now()) return secret;
    secrets.delete(keyOf(name));
    return undefined;
  };
  const present = (name: string): StoredSecret => {
    const secret = find(name);
    if (!secret || secret.deleted || transitionOf(name)) throw notFound(name);
    return secret;
  };
  const versionOf = (name: string, wanted: string | undefined): SecretWithVersion => {
    const secret = present(name);
    const version = wanted
      ? secret.versions.find(({ version }) => version === wanted.toLowerCase())
      : latestOf(secret);
    if (!version) throw notFound(`${name}/${wanted}`);
    return { secret, version };
  };
  const deletedSecret = (name: string): DeletedSecret => {
    const secret = find(name);
    if (!secret?.deleted) throw notFound(name);
    return { secret, version: latestOf(secret), deleted: secret.deleted };
  };

  return {
    async set(name: string, value: string, properties: Properties): Promise<SecretWithVersion> {
      assertSettled(name);
      const at = now();
      const version: SecretVersion = {
        version: randomUUID().replaceAll('-', ''),
        value,
        enabled: true,
        ...properties,
        created: at,
        updated: at,
      };
      const secret = find(name) ?? { name, versions: [] };
      if (secret.deleted) throw secretIsDeleted(name);
      secret.versions.push(version);
      secrets.set(keyOf(name), secret);
      await file.save();
      return { secret, version };
    },

    get(name: string, wanted?: string): SecretWithVersion {
      const found = versionOf(name, wanted);
      if (!found.version.enabled) throw disabled();
      return found;
    },

    async update(
      name: string,
      wanted: string | undefined,
      by: Properties,
    ): Promise<SecretWithVersion> {
      const found = versionOf(name, wanted);
      Object.assign(found.version, by, { updated: now() });
      await file.save();
      return found;
    },

    list: (): SecretWithVersion[] =>
      all()
        .filter(({ name, deleted }) => !deleted && !transitionOf(name))
        .map((secret) => ({ secret, version: latestOf(secret) })),

    /** In arbitrary order, as in Azure. */
    listVersions(name: string): SecretWithVersion[] {
      const secret = present(name);
      return secret.versions
        .toSorted((a, b) => (a.version < b.version ? -1 : 1))
        .map((version) => ({ secret, version }));
    },

    async delete(name: string): Promise<DeletedSecret> {
      assertSettled(name);
      const secret = present(name);
      startTransition(name, 'deleting');
      secret.deleted = { at: now(), purgeAt: now() + recoverableDays * 86_400 };
      await file.save();
      return deletedSecret(name);
    },

    getDeleted(name: string): DeletedSecret {
      if (transitionOf(name)) throw notFound(name);
      return deletedSecret(name);
    },

    listDeleted: (): DeletedSecret[] =>
      all().flatMap((secret) =>
        secret.deleted ? [{ secret, version: latestOf(secret), deleted: secret.deleted }] : [],
      ),

    async recover(name: string): Promise<SecretWithVersion> {
      assertSettled(name);
      const { secret, version } = deletedSecret(name);
      delete secret.deleted;
      startTransition(name, 'recovering');
      await file.save();
      return { secret, version };
    },

    async purge(name: string): Promise<void> {
      assertSettled(name);
      secrets.delete(keyOf(deletedSecret(name).secret.name));
      await file.save();
    },
  };
}

const latestOf = ({ versions }: StoredSecret): SecretVersion => versions.at(-1)!;
