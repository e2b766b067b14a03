/** The order of bulk operations: a resource is created before those that name its bulkId. */
import { ScimError } from '../scim-error';
import type { BulkOperation, RefusedOperation } from './bulk-request';

type Operations = readonly (BulkOperation | RefusedOperation)[];

export interface BulkPlan {
  /** Indexes of all operations, in the order in which they run or fail. */
  readonly order: readonly number[];
  /** Operations that cannot run, by index. */
  readonly refused: ReadonlyMap<number, ScimError>;
}

/** Keeps the order of the request where references allow it. */
export function planBulk(operations: Operations): BulkPlan {
  return new Planner(operations).plan();
}

type State = 'planned' | 'refused';

class Planner {
  private readonly order: number[] = [];
  private readonly refused = new Map<number, ScimError>();
  private readonly states = new Map<number, State>();
  private readonly creators = new Map<string, number>();

  constructor(private readonly operations: Operations) {
    operations.forEach((operation, index) => {
      if (!('error' in operation) && operation.method === 'POST')
        this.creators.set(operation.bulkId!, index);
    });
  }

  plan(): BulkPlan {
    this.operations.forEach((_, index) => this.visit(index, new Set()));
    return { order: this.order, refused: this.refused };
  }

  /** The number of operations bounds the recursion. */
  private visit(index: number, path: Set<number>): State {
    const known = this.states.get(index);
    if (known) return known;
    const operation = this.operations[index]!;
    if ('error' in operation) return this.refuse(index, operation.error);
    path.add(index);
    for (const bulkId of operation.dependsOn) {
      const creator = this.creators.get(bulkId);
      if (creator === undefined) return this.refuse(index, notCreated);
      if (path.has(creator)) return this.refuse(index, circular);
      if (this.visit(creator, path) === 'planned') continue;
      return this.refuse(index, this.refused.get(creator) === circular ? circular : notCreated);
    }
    path.delete(index);
    this.order.push(index);
    this.states.set(index, 'planned');
    return 'planned';
  }

  private refuse(index: number, error: ScimError): State {
    this.refused.set(index, error);
    this.order.push(index);
    this.states.set(index, 'refused');
    return 'refused';
  }
}

const circular = new ScimError(
  'bulkCycle',
  'The operations refer to each other in a circle. Create one first and change it afterwards.',
  'bulkId',
);

export const notCreated = new ScimError(
  'invalidValue',
  'The operation refers to a bulkId that no successful POST of the request has.',
  'bulkId',
);
