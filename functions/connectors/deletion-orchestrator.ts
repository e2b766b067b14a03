/**
 * Deletes what a hidden connector leaves behind. Its secrets go first, so that nothing can act in its name; its row
 * goes last, so that what is not yet done can be found.
 */
import type { OrchestrationContext } from 'durable-functions';
import { run, type Orchestration } from '../durable/step';
import { awaitQuiet, deleteRemains, deleteRow, deleteSecrets, type ConnectorTarget } from './steps';

export function* purgeConnector(context: OrchestrationContext): Orchestration<void> {
  const target = context.df.getInput<ConnectorTarget>();
  yield* run(context, deleteSecrets, target);
  yield* run(context, awaitQuiet, target);
  yield* run(context, deleteRemains, target);
  yield* run(context, deleteRow, target);
}
