/** The tables of the product. Bicep declares the same list; code never makes a table. */
export const tableNames = [
  'connectors',
  'tenants',
  'attempts',
  'resources',
  'runs',
  'syncState',
  'syncRuns',
  'changes',
  'idempotency',
  'counters',
  'events',
  'outbox',
  'webhooks',
  'deliveries',
] as const;
export type TableName = (typeof tableNames)[number];
