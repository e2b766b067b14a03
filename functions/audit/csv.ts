/**
 * Entries as CSV (RFC 4180), for auditors who open it in a spreadsheet. A cell that a spreadsheet
 * would run as a formula begins with an apostrophe: names of people come from outside.
 */
import type { AuditEntry } from './audit-record';
import { actorIdOf } from './entry-filter';

type Cell = string | number | undefined;

const columns: Readonly<Record<string, (entry: AuditEntry) => Cell>> = {
  seq: ({ seq }) => seq,
  occurredAt: ({ occurredAt }) => occurredAt,
  linkedAt: ({ linkedAt }) => linkedAt,
  action: ({ action }) => action,
  outcome: ({ outcome }) => outcome,
  actorKind: ({ actor }) => actor.kind,
  actorId: ({ actor }) => actorIdOf(actor),
  actorName: ({ actor }) => (actor.kind === 'person' ? actor.displayName : undefined),
  resourceType: ({ resource }) => resource?.type,
  resourceId: ({ resource }) => resource?.id,
  resourceName: ({ resource }) => resource?.name,
  connectionId: ({ connectionId }) => connectionId,
  connectorId: ({ connectorId }) => connectorId,
  method: ({ method }) => method,
  status: ({ status }) => status,
  ip: ({ ip }) => ip,
  requestId: ({ requestId }) => requestId,
  correlationId: ({ correlationId }) => correlationId,
  scimType: ({ scimType }) => scimType,
  attribute: ({ attribute }) => attribute,
  detail: ({ detail }) => detail,
  controls: ({ controls }) => controls.join(' '),
  changes: ({ changes }) => json(changes),
  members: ({ members }) => json(members),
  grants: ({ grants }) => json(grants),
  data: ({ data }) => json(data),
  id: ({ id }) => id,
  prevHash: ({ prevHash }) => prevHash,
  hash: ({ hash }) => hash,
};

export const toCsvLine = (entry: AuditEntry): string =>
  toLine(Object.values(columns).map((cellOf) => cellOf(entry)));

function toLine(cells: readonly Cell[]): string {
  return `${cells.map((cell) => toCell(cell)).join(',')}\r\n`;
}

function toCell(cell: Cell): string {
  if (cell === undefined) return '';
  if (typeof cell === 'number') return String(cell);
  const safe = isFormula(cell) ? `'${cell}` : cell;
  return /[",\r\n']|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Also in full-width forms and behind white space, as spreadsheets read them. */
const isFormula = (text: string) => /^[\s\0]*[=+\-@＝＋－＠]|^[\t\r\n\0]/u.test(text);

const json = (value: unknown): string | undefined =>
  value === undefined ? undefined : JSON.stringify(value);

export const csvHeader = toLine(Object.keys(columns));
