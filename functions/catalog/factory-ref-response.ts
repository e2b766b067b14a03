/** The factory of a resource or run in API responses. */
import { z } from 'zod';
import { factoryId, type FactoryRef } from '../data-factory/resource';

export const factoryRefResponse = z.strictObject({
  id: z.string().describe('ARM id of the factory.'),
  name: z.string(),
  resourceGroup: z.string(),
  subscriptionId: z.string(),
});

export const toFactoryRefResponse = (factory: FactoryRef): z.infer<typeof factoryRefResponse> => ({
  id: factoryId(factory),
  name: factory.name,
  resourceGroup: factory.resourceGroup,
  subscriptionId: factory.subscriptionId,
});
