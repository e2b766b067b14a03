/**
 * Deletes a hidden connector with everything that belongs to it. Secrets go first, so that nothing
 * can sign in; the row goes last, so that an unfinished deletion can be found.
 */
import type { OrchestrationContext } from 'durable-functions';
import { pollUntil } from '../durable/polling';
import { runStep, type Orchestration } from '../durable/step';
import type { ConnectorKey } from '../storage/connector-key';
import { checkIdle, deleteDependents, deleteRow, deleteSecrets } from './steps';

/** reconcileConnectors starts a deletion again whose secrets Key Vault did not remove. */
const maxRemovalPolls = 5;
/** About half an hour. A sync without secrets ends long before that. */
const maxIdlePolls = 60;
/** Durable replays the whole history for every step, so a history holds few of them. */
const stretchesPerHistory = 20;

export function* purgeConnector(context: OrchestrationContext): Orchestration<void> {
  const connector = context.df.getInput<ConnectorKey>();
  yield* pollUntil(context, deleteSecrets, connector, maxRemovalPolls);
  yield* pollUntil(context, checkIdle, connector, maxIdlePolls);
  for (let n = 0; n < stretchesPerHistory; n++) {
    if (!(yield* runStep(context, deleteDependents, connector))) continue;
    yield* runStep(context, deleteRow, connector);
    return;
  }
  context.df.continueAsNew(connector);
}
