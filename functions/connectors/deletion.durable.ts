/** What each step of a deletion does, and its registration. Every step may run twice; none may mind. */
import { app } from 'durable-functions';
import { registerStep } from '../durable/step';
import type { Lazy } from '../concurrency/lazy';
import type { Services } from '../services';
import { purgeConnector } from './deletion-orchestrator';
import * as steps from './steps';

export function registerDeletion(services: Lazy<Services>): void {
  app.orchestration('purgeConnector', purgeConnector);
  registerStep(services, steps.deleteSecrets, ({ connectorId }, { deletion }) =>
    deletion.deleteSecrets(connectorId),
  );
  registerStep(services, steps.waitUntilIdle, ({ tenantId, connectorId }, { deletion }) =>
    deletion.assertIdle(tenantId, connectorId),
  );
  registerStep(services, steps.deleteDependents, ({ tenantId, connectorId }, { deletion }) =>
    deletion.deleteDependents(tenantId, connectorId),
  );
  registerStep(services, steps.deleteRow, ({ tenantId, connectorId }, { deletion }) =>
    deletion.deleteRow(tenantId, connectorId),
  );
}
