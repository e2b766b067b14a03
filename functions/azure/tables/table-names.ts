/** Every table of the product. storage.bicep declares the same list; code never creates a table. */
export const tableNames = [
  'connectors',
  'tenants',
  'connectionAttempts',
  'resources',
  'runHistory',
  'syncState',
  'syncRuns',
  'syncChanges',
  'idempotency',
  'rateLimits',
  'events',
  'outbox',
  'webhooks',
  'deliveries',
  'directory',
  'provisioning',
  'provisioningRequests',
  'access',
  'auditTrail',
  'auditPending',
] as const;
export type TableName = (typeof tableNames)[number];
