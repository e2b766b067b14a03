/** Holds mass revocations that changes of memberships cause, until an Owner confirms them. */
import type { AccessRecord } from '../access-record';
import type { AttachedRow, DirectoryKey } from '../directory';
import { logFailure } from '../../errors/log-failure';
import { RefusedError } from '../../errors/app-error';
import type { Person } from '../../events/actor';
import { updateRow } from '../../storage/update-row';
import {
  afterConfirmation,
  afterRequest,
  isConfirmed,
  isHeldBy,
  isHoldOver,
  isWindowOver,
  newWindow,
  type BreakerLimits,
  type BreakerState,
} from '../intents/breaker';
import type { IntentTarget } from '../intents/intent';
import type { AccessAudit, AssignmentStore, IntentStore } from '../ports';
import { held } from './apply-result';

interface BreakerPorts {
  readonly assignmentStore: Pick<
    AssignmentStore,
    'getBreaker' | 'replaceBreaker' | 'listAll' | 'getDrift'
  >;
  readonly intentStore: Pick<IntentStore, 'hasHeld' | 'release'>;
  readonly breakerLimits: BreakerLimits;
  readonly audit: AccessAudit;
  readonly now: () => Date;
}

export class BreakerService {
  constructor(private readonly ports: BreakerPorts) {}

  get(key: DirectoryKey): Promise<BreakerState | undefined> {
    return this.ports.assignmentStore.getBreaker(key);
  }

  /** Counts the revocations of a subject. False if they must wait. */
  async admit(key: DirectoryKey, subject: IntentTarget, revocations: number): Promise<boolean> {
    const { assignmentStore, breakerLimits, now } = this.ports;
    let total: number | undefined;
    const { isNews, after } = await updateRow(
      async () => {
        const state = await assignmentStore.getBreaker(key);
        const isHoldOver = await this.isHoldOver(key, state, subject);
        const isOver = isHoldOver || isWindowOver(state, now());
        // Assignments that were made within the window count as well, as after an import.
        const isTooMuch = state && isHeldBy(state, revocations, breakerLimits, now());
        if (isOver || isTooMuch) total ??= await this.count(key);
        // The hold of a subject that waits alone goes on if it is held again.
        const waitsAlone = isHoldOver && (await this.ports.intentStore.hasHeld(key, held));
        return { state, isOver, heldSince: waitsAlone ? state?.heldSince : undefined };
      },
      ({ state, isOver, heldSince }) => {
        const current =
          state && !isOver
            ? { ...state, total: Math.max(state.total, total ?? 0) }
            : newWindow(total ?? 0, now());
        const asked = afterRequest(withoutEtag(current), revocations, breakerLimits, now());
        const isHeld = asked.heldSince !== undefined;
        const next = isHeld && heldSince !== undefined ? { ...asked, heldSince } : asked;
        const isNews = isHeld && current.heldSince === undefined && heldSince === undefined;
        const records = isNews ? [this.record(key, 'revocations.held', 'system')] : [];
        return async () => {
          await assignmentStore.replaceBreaker(key, state, next, records);
          return { isNews, after: next };
        };
      },
    );
    if (isNews)
      logFailure('revocations.held', new Error('Mass revocation waits for a confirmation.'), {
        ...key,
      });
    return after.heldSince === undefined;
  }

  /**
   * Lets held revocations go on, and leftovers that the last reconciliation held. May be repeated
   * while the confirmation is in force. Held intents ask again within minutes, so a failure to make
   * them due fails no request.
   */
  async confirm(key: DirectoryKey, actor: Person): Promise<void> {
    const { assignmentStore, intentStore, now } = this.ports;
    const total = await this.count(key);
    // Leftovers have no intents, so their hold ends before an Owner may see it.
    const { heldLeftovers = 0 } = (await assignmentStore.getDrift(key)) ?? {};
    await updateRow(
      async () => {
        const state = await assignmentStore.getBreaker(key);
        return { state, isOver: await this.isHoldOver(key, state) };
      },
      ({ state, isOver }) => {
        if (state && isConfirmed(state, now())) return async () => undefined;
        const isHeld = state?.heldSince !== undefined && !isOver;
        if (!isHeld && heldLeftovers === 0) throw nothingHeld();
        const next = afterConfirmation(total, now());
        const record = this.record(key, 'revocations.confirmed', actor);
        return () => assignmentStore.replaceBreaker(key, state, next, [record]);
      },
    );
    await intentStore
      .release(key, held, now())
      .catch((error: unknown) => logFailure('revocations.not_released', error, { ...key }));
  }

  private async isHoldOver(
    key: DirectoryKey,
    state: BreakerState | undefined,
    besides?: IntentTarget,
  ): Promise<boolean> {
    const { intentStore, now } = this.ports;
    if (!state || !isHoldOver(state, false, now())) return false;
    return isHoldOver(state, await intentStore.hasHeld(key, held, besides), now());
  }

  private record(
    key: DirectoryKey,
    action: AccessRecord['action'],
    actor: AccessRecord['actor'],
  ): AttachedRow {
    const { now, audit } = this.ports;
    return audit.rowOf({ at: now().toISOString(), ...key, actor, action });
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

const nothingHeld = () =>
  new RefusedError(
    'no_revocations_held',
    'No revocations wait for a confirmation. Read the access status of the connection.',
  );
