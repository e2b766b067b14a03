/** Order of the table of connectors. Pure. */
import type { Connector } from './connector';

export type SortKey =
  'name' | 'connectedWith' | 'credentialOwner' | 'status' | 'expiresAt' | 'lastSync';

const values: Readonly<Record<SortKey, (connector: Connector) => string | undefined>> = {
  name: ({ name }) => name,
  connectedWith: ({ connectedWith }) => connectedWith ?? undefined,
  credentialOwner: ({ credentialOwner }) => credentialOwner.displayName,
  status: ({ status }) => status,
  expiresAt: ({ connectionExpiresAt }) => connectionExpiresAt ?? undefined,
  lastSync: ({ sync }) => sync?.lastStartedAt,
};

/** A connector without the value is last in both directions; equal ones are sorted by name. */
export function sortConnectors(
  connectors: readonly Connector[],
  key: SortKey,
  descending: boolean,
): Connector[] {
  const valueOf = values[key];
  return [...connectors].sort((a, b) => {
    const [left, right] = [valueOf(a), valueOf(b)];
    if (left === undefined || right === undefined)
      return Number(left === undefined) - Number(right === undefined) || byName(a, b);
    const order = left.localeCompare(right, undefined, { numeric: true });
    return (descending ? -order : order) || byName(a, b);
  });
}

const byName = (a: Connector, b: Connector) => a.name.localeCompare(b.name);
