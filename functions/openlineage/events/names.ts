/** Names of jobs and ids of runs. OpenLineage has no rule for Data Factory, so the first are ours. */
import { createHash } from 'node:crypto';
import type { FactoryRef } from '../../data-factory/resource';
import type { JobName } from './event';

/** `azure-data-factory://{subscription}/{resource group}/{factory}`, `{factory}.{pipeline}.{path}`. */
export const jobName = (
  { subscriptionId, resourceGroup, name }: FactoryRef,
  document: string,
  path = '',
): JobName => ({
  namespace: `azure-data-factory://${subscriptionId}/${resourceGroup}/${name}`,
  name: [name, document, ...(path === '' ? [] : [path])].join('.'),
});

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Ids of runs in Data Factory are UUIDs. Any other id becomes a UUID of version 8 (RFC 9562). */
export function runIdFrom(namespace: string, id: string): string {
  if (uuid.test(id)) return id.toLowerCase();
  const hex = createHash('sha256').update(`${namespace}\n${id}`).digest('hex');
  const variant = ((parseInt(hex[16]!, 16) & 3) | 8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
