/** The steps of deleting a connector. Contracts only, so that the orchestrator may import this file. */
import { step } from '../durable/step';

export interface ConnectorTarget {
  readonly tenantId: string;
  readonly connectorId: string;
}

export const deleteSecrets = step<ConnectorTarget, void>('deleteSecrets');
/** Without its secrets a running sync ends by itself; half an hour is far more than its longest step. */
export const awaitQuiet = step<ConnectorTarget, void>('awaitQuiet', 60);
export const deleteRemains = step<ConnectorTarget, void>('deleteRemains');
export const deleteRow = step<ConnectorTarget, void>('deleteRow');
