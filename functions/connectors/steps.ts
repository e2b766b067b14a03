/** The steps of deleting a connector. Contracts only, so that the orchestrator may import this file. */
import { step } from '../durable/step';

export interface ConnectorKey {
  readonly tenantId: string;
  readonly connectorId: string;
}

export const deleteSecrets = step<ConnectorKey, void>('deleteSecrets');
/** Without its secrets a running sync ends by itself; half an hour is far more than its longest step. */
export const waitUntilIdle = step<ConnectorKey, void>('waitUntilIdle', 60);
export const deleteDependents = step<ConnectorKey, void>('deleteDependents');
export const deleteRow = step<ConnectorKey, void>('deleteRow');
