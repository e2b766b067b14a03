/** Events of connectors and tenants as records, so that they join the chain of their tenant. */
import { tenantStream, type RecordedEvent } from '../events/event';
import type { FieldChanges } from '../events/field-changes';
import type { AuditRecord } from './audit-record';

export function recordOfEvent(event: RecordedEvent): AuditRecord {
  const { tenantId, connectorId, type, at, actor, outcome, data, origin } = event;
  const ofConnector = connectorId !== tenantStream;
  const connectionId = ofConnector ? undefined : textOf(data['connectionId']);
  const values = Object.entries(data);
  const changes = values.flatMap(([, value]) => (isChanges(value) ? changesIn(value) : []));
  const others = values.flatMap(([name, value]) => (isChanges(value) ? [] : [[name, value]]));
  return {
    at,
    tenantId,
    ...(ofConnector && { connectorId }),
    ...(connectionId !== undefined && { connectionId }),
    actor: actor === 'system' ? { kind: 'system' } : { kind: 'person', ...actor },
    ...origin,
    action: type,
    outcome,
    resource: resourceOf(event, connectionId),
    ...(changes.length > 0 && { changes }),
    ...(others.length > 0 && {
      data: Object.fromEntries(others) as NonNullable<AuditRecord['data']>,
    }),
  };
}

function resourceOf(
  { tenantId, connectorId, data }: RecordedEvent,
  connectionId: string | undefined,
): NonNullable<AuditRecord['resource']> {
  if (connectorId !== tenantStream) return { type: 'Connector', id: connectorId };
  if (connectionId !== undefined) return { type: 'Connection', id: connectionId };
  const webhookId = textOf(data['webhookId']);
  return webhookId === undefined
    ? { type: 'Tenant', id: tenantId }
    : { type: 'Webhook', id: webhookId };
}

const textOf = (value: Value | undefined) => (typeof value === 'string' ? value : undefined);

type Value = RecordedEvent['data'][string];

const isChanges = (value: Value): value is FieldChanges => typeof value === 'object';

const changesIn = (changes: FieldChanges) =>
  Object.entries(changes).map(([path, { before, after }]) => ({
    path,
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
  }));
