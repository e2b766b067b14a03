/** Query operations for pipeline runs, trigger runs and the activity runs of a pipeline run. */
import type { Clock } from '../../emulator/clock';
import type { EmulatorResponse } from '../../emulator/server';
import { ArmError, badRequest } from '../arm-error';
import { onFactory } from '../factories/data-factory';
import type { Factories } from '../factories/factories';
import type { Factory } from '../factories/factory';
import type { TokenBuckets } from '../limits';
import type { Call, Operation } from '../operation';
import type { Scenarios } from '../scenarios';
import { createRunHistory, type RunHistory, type RunRow } from './run-history';
import { parseQuery, runFields, runPage, type RunFields } from './run-query';

interface Parts {
  readonly factories: Factories;
  readonly scenarios: Scenarios;
  readonly tokenBuckets: TokenBuckets;
  readonly clock: Clock;
}

export function runOperations(parts: Parts): Operation[] {
  const { scenarios, tokenBuckets, clock } = parts;
  const histories = new WeakMap<Factory, RunHistory>();
  const historyOf = (factory: Factory) => {
    const history = histories.get(factory) ?? createRunHistory(factory);
    histories.set(factory, history);
    return history;
  };
  const now = () => clock.now().getTime();

  const respond = (
    factory: Factory,
    call: Call,
    fields: RunFields,
    rows: () => RunRow[],
  ): EmulatorResponse => {
    tokenBuckets.takeFromMonitoring(factory.id);
    const query = parseQuery(call.request.json(), fields);
    const { continuationToken: requestToken } = query;
    if (requestToken && scenarios.draw('continuation-refused', factory.name))
      throw badRequest('The continuation token is invalid.');
    const page = runPage(rows(), query, fields);
    const repeats = requestToken && scenarios.draw('continuation-repeats', factory.name);
    return { status: 200, body: repeats ? { ...page, continuationToken: requestToken } : page };
  };

  return [
    onFactory(
      parts,
      ['POST', '/queryPipelineRuns', ['querypipelineruns/read', 'querypipelineruns/action']],
      (factory, call) =>
        respond(factory, call, runFields.pipelineRuns, () =>
          historyOf(factory).pipelineRuns(now()),
        ),
    ),
    // In Azure's published examples these two queries count as writes.
    onFactory(
      parts,
      ['POST', '/queryTriggerRuns', ['querytriggerruns/read', 'querytriggerruns/action']],
      (factory, call) =>
        respond(factory, call, runFields.triggerRuns, () => historyOf(factory).triggerRuns(now())),
      'writes',
    ),
    onFactory(
      parts,
      [
        'POST',
        '/pipelineruns/{runId}/queryActivityruns',
        ['pipelineruns/queryactivityruns/read', 'pipelineruns/queryactivityruns/action'],
      ],
      (factory, call) =>
        respond(factory, call, runFields.activityRuns, () => {
          const runId = call.params['runId']!;
          return historyOf(factory).activityRuns(runId, now()) ?? notFound(runId);
        }),
      'writes',
    ),
    onFactory(parts, ['GET', '/pipelineruns/{runId}', ['pipelineruns/read']], (factory, call) => {
      const runId = call.params['runId']!;
      const { run } = historyOf(factory).pipelineRun(runId, now()) ?? notFound(runId);
      return { status: 200, body: run };
    }),
  ];
}

function notFound(runId: string): never {
  throw new ArmError(404, 'PipelineRunNotFound', `The pipeline run '${runId}' was not found.`);
}
