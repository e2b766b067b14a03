/**
 * Deletes what a hidden connector leaves behind. Its secrets go first, so that nothing can act in its name; its row
 * goes last, so that what is not yet done can be found.
 */
import type { OrchestrationContext } from 'durable-functions';
import { run, type Orchestration } from '../durable/step';
import {
  waitUntilIdle,
  deleteDependents,
  deleteRow,
  deleteSecrets,
  type ConnectorKey,
} from './steps';

export function* purgeConnector(context: OrchestrationContext): Orchestration<void> {
  const target = context.df.getInput<ConnectorKey>();
  yield* run(context, deleteSecrets, target);
  yield* run(context, waitUntilIdle, target);
  yield* run(context, deleteDependents, target);
  yield* run(context, deleteRow, target);
}
