/** Step contracts of the deletion of a connector. */
import { step } from '../durable/step';
import type { ConnectorKey } from '../storage/connector-key';

/** True if Key Vault confirmed the removal of each secret. */
export const deleteSecrets = step<ConnectorKey, boolean>('deleteSecrets');
/** True if no work of the connector is running any more. */
export const checkIdle = step<ConnectorKey, boolean>('checkIdle');
/** True if nothing is left. Otherwise the next call goes on. */
export const deleteDependents = step<ConnectorKey, boolean>('deleteDependents');
export const deleteRow = step<ConnectorKey, void>('deleteRow');
