/**
 * Deletes a hidden connector with everything that belongs to it. Secrets go first, so that nothing
 * can sign in; the row goes last, so that an unfinished deletion can be found.
 */
import type { OrchestrationContext } from 'durable-functions';
import { runStep, type Orchestration } from '../durable/step';
import type { ConnectorKey } from '../storage/connector-key';
import { deleteDependents, deleteRow, deleteSecrets, waitUntilIdle } from './steps';

export function* purgeConnector(context: OrchestrationContext): Orchestration<void> {
  const connector = context.df.getInput<ConnectorKey>();
  yield* runStep(context, deleteSecrets, connector);
  yield* runStep(context, waitUntilIdle, connector);
  yield* runStep(context, deleteDependents, connector);
  yield* runStep(context, deleteRow, connector);
}
