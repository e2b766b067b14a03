/** Role assignments, stored in the data folder and readable by the owner only. */
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { guidOf } from '../etag';
import { allowedBy } from './conditions';
import { allows, roleById } from './role-definitions';

const roleAssignment = z.object({
  /** A GUID chosen by the creator. */
  name: z.string(),
  scope: z.string(),
  roleId: z.string(),
  principalId: z.string(),
  principalType: z.string(),
  description: z.string().optional(),
  /** Limits what the holder may do with the role (ABAC). */
  condition: z.string().optional(),
  createdOn: z.string(),
  createdBy: z.string(),
});
export type RoleAssignment = z.infer<typeof roleAssignment>;

const storedState = z.object({
  assignments: z.array(roleAssignment),
  /** Names of seeded assignments, so that a removed one is not seeded again. */
  seeded: z.array(z.string()),
});

export interface Grant {
  readonly scope: string;
  readonly roleId: string;
  readonly principalId: string;
  readonly principalType?: string;
  readonly condition?: string;
}

export interface RoleAssignments {
  all(): readonly RoleAssignment[];
  /** Names are unique within a scope. */
  find(scope: string, name: string): RoleAssignment | undefined;
  put(assignment: RoleAssignment): Promise<void>;
  remove(assignment: RoleAssignment): Promise<void>;
  grant(grant: Grant, now: Date): Promise<void>;
  /** Adds each assignment once in the lifetime of the data folder. */
  seed(grants: readonly Grant[], now: Date): Promise<void>;
  /** Whether a role of the principal at the scope or above allows the action. */
  mayDo(principalId: string, action: string, scope: string): boolean;
  /** Whether a role that allows the action has no condition, or one that allows the change. */
  mayChange(principalId: string, action: string, changed: RoleAssignment): boolean;
  /** Whether the principal has any role at, above or below the scope. */
  holdsAnyRole(principalId: string, scope: string): boolean;
}

export async function openRoleAssignments(dataFolder: string): Promise<RoleAssignments> {
  const folder = join(dataFolder, 'resource-manager');
  const file = join(folder, 'role-assignments.json');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  let { assignments, seeded } = await read(file);

  let saved = Promise.resolve();
  const save = () => (saved = saved.then(() => write(file, { assignments, seeded })));
  /** Replaces an assignment with the same name and scope. */
  const put = (added: RoleAssignment) => {
    const isOther = ({ scope, name }: RoleAssignment) =>
      !same(scope, added.scope) || !same(name, added.name);
    assignments = [...assignments.filter(isOther), added];
    return save();
  };
  const held = (principalId: string) =>
    assignments.filter((each) => same(each.principalId, principalId));

  return {
    all: () => assignments,
    find: (scope, name) =>
      assignments.find((each) => same(each.scope, scope) && same(each.name, name)),
    put,
    grant: (grant, now) => put(toAssignment(grant, now)),
    async remove(assignment) {
      assignments = assignments.filter((each) => each !== assignment);
      await save();
    },
    async seed(grants, now) {
      const fresh = grants.map((grant) => toAssignment(grant, now));
      const due = fresh.filter(({ name }) => !seeded.includes(name));
      if (due.length === 0) return;
      assignments = [...assignments, ...due];
      seeded = [...seeded, ...due.map(({ name }) => name)];
      await save();
    },
    mayDo: (principalId, action, scope) =>
      held(principalId).some((each) => {
        const role = roleById(each.roleId);
        return role !== undefined && isWithin(scope, each.scope) && allows(role, action);
      }),
    mayChange: (principalId, action, changed) =>
      held(principalId).some(({ roleId, scope, condition }) => {
        const role = roleById(roleId);
        if (role === undefined || !isWithin(changed.scope, scope) || !allows(role, action))
          return false;
        return condition === undefined || allowedBy(condition, changed);
      }),
    holdsAnyRole: (principalId, scope) =>
      held(principalId).some((each) => isWithin(each.scope, scope) || isWithin(scope, each.scope)),
  };
}

const same = (one: string, other: string) => one.toLowerCase() === other.toLowerCase();

export const isWithin = (scope: string, outer: string): boolean =>
  `${scope}/`.toLowerCase().startsWith(`${outer.replace(/\/$/, '')}/`.toLowerCase());

function toAssignment(grant: Grant, now: Date): RoleAssignment {
  const { scope, roleId, principalId, principalType = 'User', condition } = grant;
  return {
    scope,
    roleId,
    principalId,
    principalType,
    ...(condition !== undefined && { condition }),
    name: guidOf(`${scope}|${roleId}|${principalId}`.toLowerCase()),
    createdOn: now.toISOString(),
    createdBy: 'seed',
  };
}

async function read(file: string): Promise<z.infer<typeof storedState>> {
  try {
    return storedState.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { assignments: [], seeded: [] };
    throw error;
  }
}

async function write(file: string, value: z.infer<typeof storedState>): Promise<void> {
  await writeFile(`${file}.new`, JSON.stringify(value), { mode: 0o600 });
  await chmod(`${file}.new`, 0o600);
  await rename(`${file}.new`, file);
}
