/** Groups that have a member directly or through other groups. Groups may contain each other. */
import type { DirectoryKey } from '../directory';
import { groupOf, type Group } from '../person';
import type { DirectoryReader } from '../ports';

export async function effectiveGroups(
  directory: Pick<DirectoryReader, 'groupsOf'>,
  key: DirectoryKey,
  memberId: string,
): Promise<readonly Group[]> {
  const found = new Map<string, Group>();
  let level = [memberId];
  while (level.length > 0) {
    const parents = await Promise.all(level.map((id) => directory.groupsOf(key, id)));
    const fresh = parents.flat().filter(({ id }) => !found.has(id));
    for (const group of fresh) found.set(group.id, groupOf(group));
    level = [...new Set(fresh.map(({ id }) => id))];
  }
  return [...found.values()];
}

const pageSize = 1_000;

/** Users below a group, each once. */
export async function* usersBelow(
  directory: Pick<DirectoryReader, 'listMembers'>,
  key: DirectoryKey,
  groupId: string,
): AsyncGenerator<string> {
  const groups = new Set([groupId]);
  const users = new Set<string>();
  // Groups that are found on the way are appended, and visited by this loop.
  for (const group of groups) {
    let continuation: string | undefined;
    do {
      const page = await directory.listMembers(key, group, {
        limit: pageSize,
        ...(continuation !== undefined && { continuation }),
      });
      for (const { id, type } of page.items) {
        if (type === 'Group') groups.add(id);
        else if (!users.has(id)) {
          users.add(id);
          yield id;
        }
      }
      continuation = page.continuation;
    } while (continuation !== undefined);
  }
}
