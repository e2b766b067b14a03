/**
 * Concludes intents of a connection without rules and assignments. Nothing can be granted or revoked
 * there, so an intent needs no lease: what is known of the person is compared, and the rest is left to
 * the usual work.
 */
import type { Stored } from '../../storage/stored';
import type { DirectoryKey } from '../directory';
import type { LeaverCheck } from '../leavers/leaver-check';
import { personOf, type Person } from '../person';
import type { AssignmentStore, DirectoryReader, IntentStore, RuleStore } from '../ports';
import { keepPresence, knownPrincipal } from '../principals/principal';
import type { Intent } from './intent';

interface IdleWorkPorts {
  readonly directory: () => Pick<DirectoryReader, 'get'>;
  readonly ruleStore: Pick<RuleStore, 'get'>;
  readonly assignmentStore: Pick<AssignmentStore, 'listAll' | 'getPrincipal' | 'deletePrincipal'>;
  readonly intentStore: Pick<IntentStore, 'delete'>;
  readonly leaverCheck: Pick<LeaverCheck, 'hasLeavers'>;
}

export class IdleWorkService {
  constructor(private readonly ports: IdleWorkPorts) {}

  /** Asked after intents were read: rules that come later have an intent of their own. */
  async isIdle(key: DirectoryKey): Promise<boolean> {
    const { ruleStore, assignmentStore } = this.ports;
    const rules = await ruleStore.get(key);
    if (rules && rules.rules.length > 0) return false;
    for await (const _ of assignmentStore.listAll(key)) return false;
    return true;
  }

  /** False if the intent needs the usual work. A newer intent of the subject stays. */
  async conclude(key: DirectoryKey, intent: Stored<Intent>): Promise<boolean> {
    const { kind, id } = intent.target;
    const isSettled =
      kind === 'user'
        ? await this.isUserSettled(key, id)
        : kind === 'group' && (await this.settleGroup(key, id));
    if (isSettled) await this.ports.intentStore.delete(key, intent);
    return isSettled;
  }

  private async isUserSettled(key: DirectoryKey, id: string): Promise<boolean> {
    const { directory, assignmentStore, leaverCheck } = this.ports;
    const [user, stored] = await Promise.all([
      directory().get(key, 'User', id),
      assignmentStore.getPrincipal(key, { kind: 'user', id }),
    ]);
    // The intent of a leaver ends what is known of a deleted user.
    if (!user) return true;
    const person = personOf(user);
    const known = knownPrincipal(person);
    if (!known) return person.active && !stored && !(await leaverCheck.hasLeavers(key.tenantId));
    const expected = { ...keepPresence(known, stored), presence: presenceOf(person) };
    return JSON.stringify(stored) === JSON.stringify(expected);
  }

  /** Its users are not concerned: without rules a membership means nothing. */
  private async settleGroup(key: DirectoryKey, id: string): Promise<boolean> {
    const { directory, assignmentStore } = this.ports;
    if (!(await directory().get(key, 'Group', id)))
      await assignmentStore.deletePrincipal(key, { kind: 'group', id });
    return true;
  }
}

const presenceOf = ({ active }: Person) => (active ? ('active' as const) : ('left' as const));
