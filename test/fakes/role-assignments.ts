/** Role assignments at Azure in memory, with failures on demand. */
import type {
  AssignmentInAzure,
  AssignmentRequest,
  FailedCall,
  PrincipalDirectory,
  PrincipalMatch,
  RoleAssignments,
} from '../../functions/access/ports';

export interface FakeRoleAssignments extends RoleAssignments {
  all(): readonly AssignmentInAzure[];
  /** Requests that were sent, as `create scope name` or `delete scope name`. */
  calls(): readonly string[];
  add(assignment: AssignmentRequest | AssignmentInAzure): void;
  remove(name: string): void;
  /**
   * Decides about each write. `lost`: it takes effect, but the answer does not arrive. Undefined:
   * it succeeds.
   */
  fail(decide: (call: string) => FailedCall | 'lost' | undefined): void;
  failLists(failure: FailedCall | undefined): void;
}

export const unavailable: FailedCall = { outcome: 'failed', problem: 'unavailable' };

export function fakeRoleAssignments(): FakeRoleAssignments {
  let assignments: AssignmentInAzure[] = [];
  const calls: string[] = [];
  let decide: (call: string) => FailedCall | 'lost' | undefined = () => undefined;
  let listFailure: FailedCall | undefined;
  const grant = ({ scope, roleId, principalId }: AssignmentInAzure | AssignmentRequest) =>
    `${scope}|${roleId}|${principalId}`.toLowerCase();
  const add = (added: AssignmentInAzure | AssignmentRequest) =>
    void assignments.push({ ...added, scope: added.scope });
  return {
    all: () => assignments,
    calls: () => calls,
    add,
    remove(name) {
      assignments = assignments.filter((each) => each.name !== name);
    },
    fail: (decision) => void (decide = decision),
    failLists: (failure) => void (listFailure = failure),
    async create(_, request) {
      const call = `create ${request.scope} ${request.name}`;
      calls.push(call);
      const failure = decide(call);
      if (failure !== undefined && failure !== 'lost') return failure;
      const sameName = assignments.find(({ name }) => name === request.name);
      if (sameName && grant(sameName) !== grant(request)) return { outcome: 'name_taken' };
      if (!sameName && assignments.some((each) => grant(each) === grant(request)))
        return { outcome: 'exists' };
      if (!sameName) add(request);
      return failure === 'lost' ? unavailable : { outcome: 'created' };
    },
    async delete(_, { scope, name }) {
      const call = `delete ${scope} ${name}`;
      calls.push(call);
      const failure = decide(call);
      if (failure !== undefined && failure !== 'lost') return failure;
      assignments = assignments.filter((each) => each.name !== name);
      return failure === 'lost' ? unavailable : { outcome: 'deleted' };
    },
    async list(_, scope, principalId) {
      if (listFailure) return listFailure;
      const listed = assignments.filter(
        (each) =>
          each.scope.toLowerCase() === scope.toLowerCase() &&
          (principalId === undefined || each.principalId === principalId),
      );
      return { outcome: 'listed', assignments: listed };
    },
    count: async () => ({ outcome: 'counted', count: assignments.length }),
  };
}

export interface FakePrincipalDirectory extends PrincipalDirectory {
  readonly lookups: string[];
  set(name: string, match: PrincipalMatch): void;
}

export function fakePrincipalDirectory(): FakePrincipalDirectory {
  const matches = new Map<string, PrincipalMatch>();
  const lookups: string[] = [];
  const find = (kind: string) => async (_: string, value: string) => {
    lookups.push(`${kind} ${value}`);
    return matches.get(`${kind} ${value}`) ?? ({ outcome: 'missing' } as const);
  };
  return {
    lookups,
    set: (name, match) => void matches.set(name, match),
    findUserByName: find('user'),
    findUserByEmail: find('email'),
    findGroupByName: find('group'),
  };
}
