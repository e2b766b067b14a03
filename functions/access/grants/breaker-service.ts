/** Holds mass revocations that changes of memberships cause, until an Owner confirms them. */
import type { AccessRecord } from '../access-record';
import type { DirectoryKey } from '../directory';
import { logFailure } from '../../errors/log-failure';
import { RefusedError } from '../../errors/app-error';
import type { Person } from '../../events/actor';
import { updateRow } from '../../storage/update-row';
import {
  afterConfirmation,
  afterRequest,
  isWindowOver,
  newWindow,
  type BreakerLimits,
  type BreakerState,
} from '../intents/breaker';
import type { AccessAudit, AssignmentStore, IntentStore } from '../ports';

interface BreakerPorts {
  readonly assignmentStore: Pick<AssignmentStore, 'getBreaker' | 'replaceBreaker' | 'listAll'>;
  readonly intentStore: Pick<IntentStore, 'release'>;
  readonly breakerLimits: BreakerLimits;
  readonly audit: AccessAudit;
  readonly now: () => Date;
}

/** Problem of an intent whose revocations wait for a confirmation. */
export const held = 'held';

export class BreakerService {
  constructor(private readonly ports: BreakerPorts) {}

  get(key: DirectoryKey): Promise<BreakerState | undefined> {
    return this.ports.assignmentStore.getBreaker(key);
  }

  /** Counts the revocations. False if they must wait. */
  async admit(key: DirectoryKey, revocations: number): Promise<boolean> {
    const { assignmentStore, breakerLimits, now } = this.ports;
    let total: number | undefined;
    const { before, after } = await updateRow(
      async () => {
        const state = await assignmentStore.getBreaker(key);
        if (isWindowOver(state, now())) total ??= await this.count(key);
        return state;
      },
      (state) => {
        const current = isWindowOver(state, now()) ? newWindow(total ?? 0, now()) : state!;
        const next = afterRequest(withoutEtag(current), revocations, breakerLimits, now());
        return async () => {
          await assignmentStore.replaceBreaker(key, state, next);
          return { before: current, after: next };
        };
      },
    );
    if (after.heldSince !== undefined && before.heldSince === undefined) await this.report(key);
    return after.heldSince === undefined;
  }

  /** Lets held revocations go on. */
  async confirm(key: DirectoryKey, actor: Person): Promise<void> {
    const { assignmentStore, intentStore, now, audit } = this.ports;
    const state = await assignmentStore.getBreaker(key);
    if (state?.heldSince === undefined)
      throw new RefusedError(
        'no_revocations_held',
        'No revocations wait for a confirmation. Read the access status of the connection.',
      );
    await assignmentStore.replaceBreaker(
      key,
      state,
      afterConfirmation(await this.count(key), now()),
    );
    await intentStore.release(key, held, now());
    await audit.append(this.record(key, 'revocations.confirmed', actor));
  }

  private async report(key: DirectoryKey): Promise<void> {
    logFailure('revocations.held', new Error('Mass revocation waits for a confirmation.'), {
      ...key,
    });
    await this.ports.audit.append(this.record(key, 'revocations.held', 'system'));
  }

  private record(
    key: DirectoryKey,
    action: AccessRecord['action'],
    actor: AccessRecord['actor'],
  ): AccessRecord {
    return { at: this.ports.now().toISOString(), ...key, actor, action };
  }

  private async count(key: DirectoryKey): Promise<number> {
    let count = 0;
    for await (const { state } of this.ports.assignmentStore.listAll(key))
      if (state === 'assigned') count++;
    return count;
  }
}

function withoutEtag(state: BreakerState & { readonly etag?: string }): BreakerState {
  const { etag: _, ...rest } = state;
  return rest;
}
