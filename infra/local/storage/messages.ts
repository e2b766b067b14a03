/** What the stack and its Azurite process tell each other. The channel keeps the order of what is sent. */
import type { ActiveFault } from '../emulator/faults';
import type { NewJournalEntry } from '../emulator/journal';

export type ToAzurite =
  | { readonly type: 'clock'; readonly offsetMs: number }
  | { readonly type: 'faults'; readonly faults: readonly ActiveFault[] }
  /** Answered with `settled` once everything sent before is obeyed and everything noted is reported. */
  | { readonly type: 'settle'; readonly id: number }
  | { readonly type: 'stop' };

export type FromAzurite =
  | { readonly type: 'requests'; readonly noted: readonly NewJournalEntry[] }
  /** A fault has hit as often as it was meant to. */
  | { readonly type: 'spent'; readonly id: number }
  /** The Functions host is to die now. */
  | { readonly type: 'kill' }
  | { readonly type: 'settled'; readonly id: number };
