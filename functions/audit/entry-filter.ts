/** Selects entries. Stores filter by columns; what they cannot express is filtered here. */
import type { AuditAction, AuditActor, AuditEntry, AuditOutcome } from './audit-record';

export interface EntryFilter {
  readonly from?: Date | undefined;
  /** Exclusive. */
  readonly to?: Date | undefined;
  readonly action?: AuditAction | undefined;
  /** Object id of a person or app, id of a token, or `system`. */
  readonly actorId?: string | undefined;
  readonly resourceId?: string | undefined;
  readonly connectionId?: string | undefined;
  readonly connectorId?: string | undefined;
  readonly outcome?: AuditOutcome | undefined;
  readonly control?: string | undefined;
}

/** Values of an entry by which a store filters, beside the entry itself. */
export const filterColumnsOf = (entry: AuditEntry) => ({
  occurredAt: entry.occurredAt,
  action: entry.action,
  outcome: entry.outcome,
  actorId: actorIdOf(entry.actor),
  ...(entry.resource?.id !== undefined && { resourceId: entry.resource.id }),
  ...(entry.connectionId !== undefined && { connectionId: entry.connectionId }),
  ...(entry.connectorId !== undefined && { connectorId: entry.connectorId }),
});

export const filterColumnNames = [
  'action',
  'outcome',
  'actorId',
  'resourceId',
  'connectionId',
  'connectorId',
] as const;

/** Object ids are compared without case. */
export function actorIdOf(actor: AuditActor): string {
  if (actor.kind === 'person') return actor.objectId.toLowerCase();
  return actor.kind === 'token' ? actor.tokenId : actor.kind;
}

export function matches(entry: AuditEntry, filter: EntryFilter): boolean {
  const { from, to, control } = filter;
  const columns: ReturnType<typeof filterColumnsOf> = filterColumnsOf(entry);
  return (
    (from === undefined || entry.occurredAt >= from.toISOString()) &&
    (to === undefined || entry.occurredAt < to.toISOString()) &&
    (control === undefined || entry.controls.includes(control)) &&
    filterColumnNames.every((name) => filter[name] === undefined || filter[name] === columns[name])
  );
}

export const isFiltered = (filter: EntryFilter): boolean =>
  Object.values(filter).some((value) => value !== undefined);
