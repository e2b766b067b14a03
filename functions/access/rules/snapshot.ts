/** A whole directory, to compare rule sets with each other and with the assignments. */
import { mapConcurrently } from '../../concurrency/map-concurrently';
import type { Page, PageRequest } from '../../storage/page';
import type { DirectoryKey, DirectoryResource, ResourceTypeName } from '../directory';
import type { Subject } from '../grants/assignment';
import { groupOf, personOf, type Group, type Person } from '../person';
import type { DirectoryReader } from '../ports';
import type { EffectiveGrants, WantedGrant } from './effective-grants';
import type { RuleSet } from './role-rule';

/** Users may be large, so only what rules look at is kept. */
export type SnapshotPerson = Pick<Person, 'id' | 'userName' | 'active' | 'roles'>;

export interface DirectorySnapshot {
  readonly people: readonly SnapshotPerson[];
  readonly groups: ReadonlyMap<string, Group>;
  /** Ids of direct groups by member. */
  readonly groupIdsOf: ReadonlyMap<string, readonly string[]>;
}

/** A user or group, whose grants are computed when they are asked for: all at once may be millions. */
export interface SnapshotSubject {
  readonly subject: Subject;
  readonly name: string;
  grantsOf(effective: EffectiveGrants): readonly WantedGrant[];
}

const membersPerPage = 1_000;
const resourcesPerPage = 200;
const maxConcurrentGroups = 8;

/** For these rule sets only: of the roles of a user, those that their rules name are kept. */
export async function readSnapshot(
  directory: DirectoryReader,
  key: DirectoryKey,
  ruleSets: readonly Pick<RuleSet, 'rules'>[],
): Promise<DirectorySnapshot> {
  const matches = ruleSets.flatMap(({ rules }) => rules.map(({ match }) => match));
  const named = new Set(matches.flatMap(({ kind, value }) => (kind === 'user_role' ? value : [])));
  const list = <T>(type: ResourceTypeName, toItem: (resource: DirectoryResource) => T) =>
    readAll(resourcesPerPage, (page) => directory.list(key, type, page), toItem);
  const [people, groups] = await Promise.all([
    list('User', (user): SnapshotPerson => {
      const { id, userName, active, roles } = personOf(user);
      return { id, userName, active, roles: roles.filter((role) => named.has(role)) };
    }),
    list('Group', groupOf),
  ]);
  const groupIdsOf = new Map<string, string[]>();
  await mapConcurrently(groups, maxConcurrentGroups, async ({ id: groupId }) => {
    const listMembers = (page: PageRequest) => directory.listMembers(key, groupId, page);
    for (const id of await readAll(membersPerPage, listMembers, (member) => member.id)) {
      const known = groupIdsOf.get(id);
      if (known) known.push(groupId);
      else groupIdsOf.set(id, [groupId]);
    }
  });
  return { people, groups: new Map(groups.map((group) => [group.id, group])), groupIdsOf };
}

export function* subjectsOf({
  people,
  groups,
  groupIdsOf,
}: DirectorySnapshot): Generator<SnapshotSubject> {
  const groupsAbove = (memberId: string): readonly Group[] => {
    const ids = new Set(groupIdsOf.get(memberId) ?? []);
    for (const id of ids) for (const above of groupIdsOf.get(id) ?? []) ids.add(above);
    return [...ids].flatMap((id) => groups.get(id) ?? []);
  };
  for (const person of people)
    yield {
      subject: { kind: 'user', id: person.id },
      name: person.userName,
      grantsOf: (effective) => effective.ofPerson(person, groupsAbove(person.id)),
    };
  for (const group of groups.values())
    yield {
      subject: { kind: 'group', id: group.id },
      name: group.displayName,
      grantsOf: (effective) => effective.ofGroup(group),
    };
}

async function readAll<Read, T>(
  limit: number,
  read: (page: PageRequest) => Promise<Page<Read>>,
  toItem: (read: Read) => T,
): Promise<readonly T[]> {
  const items: T[] = [];
  let continuation: string | undefined;
  do {
    const page = await read({ limit, ...(continuation !== undefined && { continuation }) });
    items.push(...page.items.map(toItem));
    continuation = page.continuation;
  } while (continuation !== undefined);
  return items;
}
