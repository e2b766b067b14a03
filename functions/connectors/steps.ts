/** Step contracts of the deletion of a connector. */
import { step } from '../durable/step';
import type { ConnectorKey } from '../storage/connector-key';

export const deleteSecrets = step<ConnectorKey, void>('deleteSecrets');
/** Retries for about half an hour. A sync without secrets ends long before that. */
export const waitUntilIdle = step<ConnectorKey, void>('waitUntilIdle', 60);
export const deleteDependents = step<ConnectorKey, void>('deleteDependents');
export const deleteRow = step<ConnectorKey, void>('deleteRow');
