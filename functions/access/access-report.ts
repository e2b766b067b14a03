/** Who has what, since when and why; what is pending, and what drifted. */
import type { OwnedAssignment, Subject } from './grants/assignment';
import type { DriftReport } from './grants/drift';
import type { BreakerState } from './intents/breaker';
import type { IntentCounts } from './ports';
import type { PendingPrincipal } from './principals/principal';

export interface NamedSubject extends Subject {
  /** userName or displayName. Absent if the user or group is deleted. */
  readonly name?: string;
}

export interface ReportedGrant {
  readonly assignment: OwnedAssignment;
  readonly subject: NamedSubject;
}

export interface AccessStatus {
  readonly intents: IntentCounts;
  readonly pendingPrincipals: readonly (PendingPrincipal & { readonly subject: NamedSubject })[];
  readonly breaker?: BreakerState;
  readonly drift?: DriftReport;
}

/** The status when an Owner has confirmed the revocations that waited. */
export const withoutHold = ({
  intents,
  breaker: _breaker,
  ...status
}: AccessStatus): AccessStatus => ({
  ...status,
  intents: { ...intents, held: 0 },
});
