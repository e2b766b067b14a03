/** Compares a whole directory with the rules and the assignments. */
import { mapConcurrently } from '../../concurrency/map-concurrently';
import type { DirectoryKey } from '../directory';
import type { OwnedAssignment } from '../grants/assignment';
import { isSettled } from '../grants/assignment-plan';
import { held } from '../grants/breaker-service';
import type { AssignmentStore, DirectoryReader, IntentStore, RuleStore } from '../ports';
import { noRules } from '../rules/role-rule';
import { grantsOfSnapshot, readSnapshot } from '../rules/snapshot';
import { newIntent, type Intent, type IntentTarget } from './intent';

interface UnsettledPorts {
  readonly directory: () => DirectoryReader;
  readonly ruleStore: Pick<RuleStore, 'get'>;
  readonly intentStore: Pick<IntentStore, 'get'>;
  readonly assignmentStore: Pick<AssignmentStore, 'listAll'>;
  readonly now: () => Date;
}

const maxConcurrent = 8;

export class UnsettledService {
  constructor(private readonly ports: UnsettledPorts) {}

  /**
   * Intents for all users and groups whose rows are not as the rules want. An intent that is there
   * already is not replaced: it knows its attempts, and whether it waits for a confirmation.
   */
  async intentsFor(key: DirectoryKey, cause: Intent['cause']): Promise<readonly Intent[]> {
    const { directory, ruleStore, assignmentStore, now } = this.ports;
    const owned = new Map<string, OwnedAssignment[]>();
    for await (const row of assignmentStore.listAll(key)) {
      const id = idOf(row.subject);
      owned.set(id, [...(owned.get(id) ?? []), row]);
    }
    const rules = (await ruleStore.get(key)) ?? noRules;
    const wanted = grantsOfSnapshot(rules, await readSnapshot(directory(), key));
    const intents: Intent[] = [];
    const ruleIds = new Set(rules.rules.map(({ id }) => id));
    /** Subjects of assignments that no rule can want any more. */
    const obsolete = new Set<string>();
    for (const { subject, grants } of wanted) {
      const id = idOf(subject);
      const rows = owned.get(id) ?? [];
      owned.delete(id);
      if (!isSettled(grants, rows))
        intents.push(newIntent(rows.length > 0 ? 'revoke' : 'grant', subject, cause, now()));
    }
    for (const rows of owned.values()) {
      const { subject } = rows[0]!;
      const reasons = rows.flatMap((row) => row.reasons);
      if (!reasons.some(({ ruleId }) => ruleIds.has(ruleId))) obsolete.add(idOf(subject));
      intents.push(newIntent('revoke', subject, cause, now()));
    }
    const known = await mapConcurrently(intents, maxConcurrent, (intent) =>
      this.ports.intentStore.get(key, intent.target),
    );
    return intents.filter(({ target }, index) => {
      const earlier = known[index]!;
      if (cause === 'drift') return earlier.length === 0;
      return obsolete.has(idOf(target)) || !earlier.some(isHeld);
    });
  }
}

const idOf = ({ kind, id }: IntentTarget): string => `${kind}|${id}`;

const isHeld = ({ problem }: Intent): boolean => problem === held;
