/** Registers the orchestrator and the steps of the deletion of a connector. */
import { app } from 'durable-functions';
import type { Lazy } from '../concurrency/lazy';
import { registerStep } from '../durable/step';
import { purgeConnector } from './deletion-orchestrator';
import type { ConnectorServices } from './services';
import * as steps from './steps';

export function registerDeletion(services: Lazy<ConnectorServices>): void {
  app.orchestration('purgeConnector', purgeConnector);
  registerStep(services, steps.deleteSecrets, (connector, { connectorDeletion }) =>
    connectorDeletion.deleteSecrets(connector),
  );
  registerStep(services, steps.waitUntilIdle, (connector, { connectorDeletion }) =>
    connectorDeletion.assertIdle(connector),
  );
  registerStep(services, steps.deleteDependents, (connector, { connectorDeletion }) =>
    connectorDeletion.deleteDependents(connector),
  );
  registerStep(services, steps.deleteRow, (connector, { connectorDeletion }) =>
    connectorDeletion.deleteRow(connector),
  );
}
