/** Query parameters that select entries, in lists and exports. */
import { z } from 'zod';
import { auditAction, auditOutcome } from './audit-record';
import { controlIds } from './controls';
import type { EntryFilter } from './entry-filter';

const dateTime = z.iso.datetime({ offset: true }).max(40);
const id = z.string().min(1).max(200);

export const entryFilters = {
  from: dateTime.optional().describe('Entries of actions at or after this time.'),
  to: dateTime.optional().describe('Entries of actions before this time.'),
  action: auditAction.optional().describe('Entries of this action.'),
  outcome: auditOutcome.optional().describe('Entries with this outcome.'),
  actor: id.optional().describe('Object id of a person, id of a token, or `system`.'),
  resource: id.optional().describe('Id of the user, group or other resource.'),
  connectionId: id.optional().describe('Id of the provisioning connection.'),
  connectorId: id.optional().describe('Id of the connector.'),
  control: z.enum(controlIds).optional().describe('Entries that are evidence for this control.'),
};

const query = z.strictObject(entryFilters);

export function toEntryFilter(given: z.infer<typeof query>): EntryFilter {
  const { from, to, actor, resource, action, outcome, connectionId, control } = given;
  return {
    from: toDate(from),
    to: toDate(to),
    action,
    outcome,
    // Object ids are compared without case. Ids of tokens have no upper case.
    actorId: actor?.toLowerCase(),
    resourceId: resource,
    connectionId,
    connectorId: given.connectorId,
    control,
  };
}

const toDate = (time: string | undefined) =>
  time === undefined ? undefined : new Date(Math.max(0, Date.parse(time)));
