/**
 * Secrets that a connector does not use any more and that Key Vault still has. They are stored in
 * the row of the connector until Key Vault confirms their removal.
 */
import type { Connector, ObsoleteSecret, SecretRef } from './connector';

/** The first pause after a failed removal. It doubles with each failure. */
const firstPauseMs = 60_000;
const maxPauseMs = 6 * 3_600_000;
/**
 * Keeps the row small if the app may never delete. Older secrets are left to the timer for orphaned
 * secrets, which disables them and deletes them after the connector.
 */
const maxObsolete = 50;

export const secretRefsOf = ({ secrets }: Pick<Connector, 'secrets'>): SecretRef[] =>
  [secrets.secret, secrets.grant].filter((ref) => ref !== undefined);

/** Adds the secrets that a change replaces or ends to the obsolete ones. */
export function withObsoleteSecrets(before: Connector, after: Connector, now: Date): Connector {
  if (after.secrets === before.secrets) return after;
  const kept = new Set(secretRefsOf(after).map(keyOf));
  const since = now.toISOString();
  const replaced = secretRefsOf(before)
    .filter((ref) => !kept.has(keyOf(ref)))
    .map(({ name, version }) => ({ name, version, since }));
  return replaced.length === 0
    ? after
    : {
        ...after,
        obsoleteSecrets: [...(after.obsoleteSecrets ?? []), ...replaced].slice(-maxObsolete),
      };
}

/** Whether a removal may be tried now. */
export const isRemovalDue = ({ nextAttemptAt }: ObsoleteSecret, now: Date): boolean =>
  nextAttemptAt === undefined || Date.parse(nextAttemptAt) <= now.getTime();

/** Whether Key Vault has refused or missed a removal that is still pending. */
export const delayedRemoval = ({ obsoleteSecrets = [] }: Connector): ObsoleteSecret | undefined =>
  obsoleteSecrets.find(({ failure }) => failure !== undefined);

/** Result of one try to remove a secret: the failure, or nothing if Key Vault confirmed it. */
export interface RemovalResult {
  readonly secret: ObsoleteSecret;
  readonly failure?: NonNullable<ObsoleteSecret['failure']>;
}

/** Removes what is confirmed from the obsolete secrets, and postpones what failed. */
export function withRemovalResults(
  connector: Connector,
  results: readonly RemovalResult[],
  now: Date,
): Connector {
  const byKey = new Map(results.map((result) => [keyOf(result.secret), result]));
  const { obsoleteSecrets = [], ...others } = connector;
  if (!obsoleteSecrets.some((secret) => byKey.has(keyOf(secret)))) return connector;
  const remaining = obsoleteSecrets.flatMap((secret) => {
    const result = byKey.get(keyOf(secret));
    if (!result) return [secret];
    return result.failure ? [postponed(secret, result.failure, now)] : [];
  });
  return remaining.length === 0 ? others : { ...others, obsoleteSecrets: remaining };
}

function postponed(
  { attempts = 0, ...secret }: ObsoleteSecret,
  failure: NonNullable<ObsoleteSecret['failure']>,
  now: Date,
): ObsoleteSecret {
  const pauseMs = Math.min(firstPauseMs * 2 ** attempts, maxPauseMs);
  const nextAttemptAt = new Date(now.getTime() + pauseMs).toISOString();
  return { ...secret, attempts: attempts + 1, nextAttemptAt, failure };
}

const keyOf = ({ name, version }: Pick<SecretRef, 'name' | 'version'>) => `${name}/${version}`;
