/** Registers the orchestrator and the steps of the deletion of a connector. */
import type { Lazy } from '../concurrency/lazy';
import { registerOrchestrator } from '../durable/registration';
import { registerStep } from '../durable/step';
import { purgeConnector } from './deletion-orchestrator';
import type { ConnectorServices } from './services';
import * as steps from './steps';

export function registerDeletion(services: Lazy<ConnectorServices>): void {
  registerOrchestrator('purgeConnector', purgeConnector);
  registerStep(services, steps.deleteSecrets, (connector, { connectorDeletion }) =>
    connectorDeletion.deleteSecrets(connector),
  );
  registerStep(services, steps.checkIdle, (connector, { connectorDeletion }) =>
    connectorDeletion.isIdle(connector),
  );
  registerStep(services, steps.deleteDependents, (connector, { connectorDeletion }) =>
    connectorDeletion.deleteDependents(connector),
  );
  registerStep(services, steps.deleteRow, (connector, { connectorDeletion }) =>
    connectorDeletion.deleteRow(connector),
  );
}
