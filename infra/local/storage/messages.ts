/** IPC messages between the stack and its Azurite process. The channel keeps their order. */
import type { ActiveFault } from '../emulator/faults';
import type { NewJournalEntry } from '../emulator/journal';

export type ToAzurite =
  | { readonly type: 'clock'; readonly offsetMs: number }
  | { readonly type: 'faults'; readonly faults: readonly ActiveFault[] }
  /**
   * Azurite responds with `settled` when earlier messages are applied and all requests are
   * reported.
   */
  | { readonly type: 'settle'; readonly id: number }
  | { readonly type: 'stop' };

export type FromAzurite =
  | { readonly type: 'requests'; readonly entries: readonly NewJournalEntry[] }
  /** A fault has reached its count. */
  | { readonly type: 'fault-used-up'; readonly id: number }
  /** Kill a worker of the Functions host now. */
  | { readonly type: 'kill'; readonly worker: number }
  | { readonly type: 'settled'; readonly id: number };
