/** Scopes of role assignments: a data factory or a resource group. Larger scopes are refused. */
import { z } from 'zod';

const guid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const resourceGroup = `/subscriptions/${guid}/resourceGroups/[\\w().-]{1,90}`;
const factory = '/providers/Microsoft\\.DataFactory/factories/[a-z0-9](?:-?[a-z0-9]){2,62}';
const pattern = new RegExp(`^${resourceGroup}(?:${factory})?$`, 'i');

export const scope = z
  .string()
  .max(400)
  .regex(pattern, 'must be the resource id of a resource group or a data factory')
  .describe('Resource id of a resource group or a data factory.');

/** Azure compares resource ids without case. */
export const scopeKey = (id: string): string => id.toLowerCase();

export const isFactory = (id: string): boolean => /\/factories\/[^/]+$/i.test(id);

export const subscriptionIdOf = (id: string): string => id.split('/')[2]!.toLowerCase();
