/** Compares a whole directory with the rules and the assignments. */
import { mapConcurrently } from '../../concurrency/map-concurrently';
import { runInSlices } from '../../concurrency/run-in-slices';
import type { DirectoryKey } from '../directory';
import type { OwnedAssignment, Subject } from '../grants/assignment';
import { isSettled, unwanted } from '../grants/assignment-plan';
import { held } from '../grants/apply-result';
import type { AssignmentStore, DirectoryReader, IntentStore, RuleStore } from '../ports';
import { EffectiveGrants, grantKey, type WantedGrant } from '../rules/effective-grants';
import { noRules, type RuleSet } from '../rules/role-rule';
import { readSnapshot, subjectsOf, type DirectorySnapshot } from '../rules/snapshot';
import { newIntent, type Intent, type IntentTarget } from './intent';

interface UnsettledPorts {
  readonly directory: () => DirectoryReader;
  readonly ruleStore: Pick<RuleStore, 'get' | 'listVersions'>;
  readonly intentStore: Pick<IntentStore, 'get'>;
  readonly assignmentStore: Pick<AssignmentStore, 'listAll'>;
  readonly now: () => Date;
}

const maxConcurrent = 8;
/** Rules that changed several times are applied once. */
const maxVersions = 10;

export class UnsettledService {
  constructor(private readonly ports: UnsettledPorts) {}

  /**
   * Intents for all users and groups whose rows are not as the rules want. An intent that is there
   * already is not replaced: it knows its attempts, and whether it waits for a confirmation. After a
   * change of rules, revocations that no change of rules explains are deviations: the directory may be
   * damaged, or lacks persons for another reason.
   */
  async intentsFor(key: DirectoryKey, cause: Intent['cause']): Promise<readonly Intent[]> {
    const { directory, ruleStore, assignmentStore, now } = this.ports;
    const owned = new Map<string, OwnedAssignment[]>();
    for await (const row of assignmentStore.listAll(key)) {
      const id = idOf(row.subject);
      owned.set(id, [...(owned.get(id) ?? []), row]);
    }
    const rules = (await ruleStore.get(key)) ?? noRules;
    const { items: versions } =
      cause === 'rules' ? await ruleStore.listVersions(key, { limit: maxVersions }) : { items: [] };
    const snapshot = await readSnapshot(directory(), key, [rules, ...versions]);
    const isExplained =
      cause === 'rules' ? await explanationOf(rules, versions, snapshot, owned) : () => false;
    const intents: Intent[] = [];
    const add = (subject: Subject, grants: readonly WantedGrant[], rows: OwnedAssignment[]) => {
      const isChange = cause === 'rules' && unwanted(grants, rows).every(isExplained);
      const urgency = rows.length > 0 ? 'revoke' : 'grant';
      intents.push(newIntent(urgency, subject, isChange ? 'rules' : 'drift', now()));
    };
    const effective = new EffectiveGrants(rules);
    await runInSlices(
      (function* () {
        for (const each of subjectsOf(snapshot)) {
          const id = idOf(each.subject);
          const rows = owned.get(id) ?? [];
          const grants = each.grantsOf(effective);
          if (grants.length > 0) owned.delete(id);
          if (grants.length > 0 && !isSettled(grants, rows)) add(each.subject, grants, rows);
          yield;
        }
      })(),
    );
    const ruleIds = new Set(rules.rules.map(({ id }) => id));
    /** Subjects of assignments that no rule can want any more. */
    const obsolete = new Set<string>();
    for (const rows of owned.values()) {
      const { subject } = rows[0]!;
      const isObsolete = !rows.some((row) => isOfRules(row, ruleIds));
      if (isObsolete) obsolete.add(idOf(subject));
      add(subject, [], rows);
    }
    const known = await mapConcurrently(intents, maxConcurrent, (intent) =>
      this.ports.intentStore.get(key, intent.target),
    );
    return intents.filter((intent, index) => {
      const earlier = known[index]!;
      if (intent.cause === 'drift') return earlier.length === 0;
      return obsolete.has(idOf(intent.target)) || !earlier.some(isHeld);
    });
  }
}

/** Whether an assignment was wanted by earlier rules, or belongs to a rule that is removed. */
async function explanationOf(
  { rules }: RuleSet,
  versions: readonly RuleSet[],
  snapshot: DirectorySnapshot,
  owned: ReadonlyMap<string, readonly OwnedAssignment[]>,
): Promise<(row: OwnedAssignment) => boolean> {
  const ruleIds = new Set(rules.map(({ id }) => id));
  const earlier = versions.map((version) => new EffectiveGrants(version));
  const wanted = await runInSlices(wantedByAny(earlier, snapshot, owned));
  return (row) => !isOfRules(row, ruleIds) || wanted.has(row);
}

function* wantedByAny(
  versions: readonly EffectiveGrants[],
  snapshot: DirectorySnapshot,
  owned: ReadonlyMap<string, readonly OwnedAssignment[]>,
): Generator<void, ReadonlySet<OwnedAssignment>> {
  const wanted = new Set<OwnedAssignment>();
  for (const each of subjectsOf(snapshot)) {
    const rows = owned.get(idOf(each.subject)) ?? [];
    for (const version of rows.length > 0 ? versions : []) {
      const keys = new Set(each.grantsOf(version).map(grantKey));
      for (const row of rows) if (keys.has(grantKey(row))) wanted.add(row);
    }
    yield;
  }
  return wanted;
}

const isOfRules = ({ reasons }: OwnedAssignment, ruleIds: ReadonlySet<string>): boolean =>
  reasons.some(({ ruleId }) => ruleIds.has(ruleId));

const idOf = ({ kind, id }: IntentTarget): string => `${kind}|${id}`;

const isHeld = ({ problem }: Intent): boolean => problem === held;
