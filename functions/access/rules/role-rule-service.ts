/** Reads and changes the role rules of a connection. */
import { ConflictError, StaleError } from '../../errors/app-error';
import { personOf, type Person } from '../../events/actor';
import { allowsVersion, type IfMatch } from '../../storage/if-match';
import type { Page, PageRequest } from '../../storage/page';
import { updateRow } from '../../storage/update-row';
import { assertConnection } from '../connection';
import type { DirectoryKey } from '../directory';
import { allowedRevocations, type BreakerLimits } from '../intents/breaker';
import { newIntent, rulesTarget, toAttachedRow } from '../intents/intent';
import type { AccessAudit, ConnectionLookup, DirectoryReader, RuleStore } from '../ports';
import { compareRules, type RuleComparison } from './rule-comparison';
import { noRules, ruleSetEtag, type RuleSet, type RuleSetContent } from './role-rule';
import { readSnapshot } from './snapshot';

export interface RulePorts {
  readonly directory: () => DirectoryReader;
  readonly connections: Pick<ConnectionLookup, 'get'>;
  readonly ruleStore: RuleStore;
  readonly breakerLimits: BreakerLimits;
  readonly audit: AccessAudit;
  readonly now: () => Date;
}

export interface RuleChange {
  readonly content: RuleSetContent;
  readonly reason: string;
  readonly ifMatch: IfMatch;
  /** Required if more is revoked than the breaker allows. */
  readonly confirmRevocations: boolean;
}

export class RoleRuleService {
  constructor(
    private readonly ports: RulePorts,
    /** Begins to apply changed rules. */
    private readonly onChange: (key: DirectoryKey) => void,
  ) {}

  async get(key: DirectoryKey): Promise<RuleSet> {
    await assertConnection(this.ports.connections, key);
    return (await this.ports.ruleStore.get(key)) ?? noRules;
  }

  async listVersions(key: DirectoryKey, page: PageRequest): Promise<Page<RuleSet>> {
    await assertConnection(this.ports.connections, key);
    return this.ports.ruleStore.listVersions(key, page);
  }

  /** What the rules would change. Changes nothing. */
  async compare(key: DirectoryKey, content: RuleSetContent): Promise<RuleComparison> {
    const current = await this.get(key);
    return this.comparisonOf(key, current, content);
  }

  async replace(key: DirectoryKey, actor: Person, change: RuleChange): Promise<RuleSet> {
    await assertConnection(this.ports.connections, key);
    const { ruleStore, audit, now } = this.ports;
    return updateRow(
      async () => {
        const stored = await ruleStore.get(key);
        const before = stored ?? noRules;
        return { stored, before, comparison: await this.comparisonOf(key, before, change.content) };
      },
      ({ stored, before, comparison }) => {
        if (!allowsVersion(change.ifMatch, ruleSetEtag(before)))
          throw new StaleError(
            'role_rules_outdated',
            'The role rules changed since they were read. Read them again.',
          );
        this.assertConfirmed(comparison, change);
        const after: RuleSet = {
          ...change.content,
          version: before.version + 1,
          changedAt: now().toISOString(),
          changedBy: personOf(actor),
          reason: change.reason,
        };
        const record = {
          at: now().toISOString(),
          ...key,
          actor: personOf(actor),
          action: 'rules.changed',
          rules: {
            version: after.version,
            reason: change.reason,
            added: comparison.added.count,
            removed: comparison.removed.count,
          },
        } as const;
        return async () => {
          const intent = newIntent('revoke', rulesTarget, 'rules', now());
          await ruleStore.replace(key, stored, after, [toAttachedRow(intent), audit.rowOf(record)]);
          this.onChange(key);
          return after;
        };
      },
    );
  }

  private async comparisonOf(
    key: DirectoryKey,
    before: RuleSet,
    after: RuleSetContent,
  ): Promise<RuleComparison> {
    const snapshot = await readSnapshot(this.ports.directory(), key, [before, after]);
    return compareRules(snapshot, before, after);
  }

  /** Whether the change removes more than may be removed without a confirmation. */
  needsConfirmation({ removed, unchanged }: RuleComparison): boolean {
    const total = removed.count + unchanged;
    return removed.count > allowedRevocations(total, this.ports.breakerLimits);
  }

  private assertConfirmed(
    comparison: RuleComparison,
    { confirmRevocations }: Pick<RuleChange, 'confirmRevocations'>,
  ): void {
    if (confirmRevocations || !this.needsConfirmation(comparison)) return;
    const { added, removed, unchanged } = comparison;
    throw new ConflictError(
      'mass_revocation',
      `The rules would add ${added.count} grants and remove ${removed.count} of ${removed.count + unchanged}. Check them with a dry run, then repeat the request with confirmRevocations.`,
    );
  }
}
