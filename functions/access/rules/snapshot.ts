/** A whole directory, to compare rule sets with each other and with the assignments. */
import { mapConcurrently } from '../../concurrency/map-concurrently';
import type { Page, PageRequest } from '../../storage/page';
import type { DirectoryKey, DirectoryResource, ResourceTypeName } from '../directory';
import type { Subject } from '../grants/assignment';
import { groupOf, personOf, type Group, type Person } from '../person';
import type { DirectoryReader } from '../ports';
import type { EffectiveGrants, WantedGrant } from './effective-grants';

export interface DirectorySnapshot {
  readonly people: readonly Person[];
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

const pageSize = 1_000;
const maxConcurrentGroups = 8;

export async function readSnapshot(
  directory: DirectoryReader,
  key: DirectoryKey,
): Promise<DirectorySnapshot> {
  const list = (type: ResourceTypeName) =>
    readAll((page) => directory.list(key, type, page) as Promise<Page<DirectoryResource>>);
  const [users, groups] = await Promise.all([list('User'), list('Group')]);
  const groupIdsOf = new Map<string, string[]>();
  await mapConcurrently(groups, maxConcurrentGroups, async ({ id: groupId }) => {
    for (const { id } of await readAll((page) => directory.listMembers(key, groupId, page))) {
      const known = groupIdsOf.get(id);
      if (known) known.push(groupId);
      else groupIdsOf.set(id, [groupId]);
    }
  });
  return {
    people: users.map(personOf),
    groups: new Map(groups.map((group) => [group.id, groupOf(group)])),
    groupIdsOf,
  };
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

async function readAll<T>(read: (page: PageRequest) => Promise<Page<T>>): Promise<readonly T[]> {
  const items: T[] = [];
  let continuation: string | undefined;
  do {
    const page = await read({
      limit: pageSize,
      ...(continuation !== undefined && { continuation }),
    });
    items.push(...page.items);
    continuation = page.continuation;
  } while (continuation !== undefined);
  return items;
}
