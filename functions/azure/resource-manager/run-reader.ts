/**
 * Run queries of Data Factory. Azure throttles them first, so the concurrency per factory adapts to
 * its responses, and the concurrency per connector leaves capacity for its lists.
 */
import { factoryId, type FactoryRef } from '../../data-factory/resource';
import type { JsonObject } from '../../data-factory/json';
import type { ConnectorKey } from '../../storage/connector-key';
import { UpstreamError } from '../../errors/app-error';
import type { RunPage, RunReader } from '../../run-history/ports';
import type { RunKind } from '../../run-history/run';
import type { TimeWindow } from '../../run-history/run-history-state';
import { AdaptiveLimiter } from '../../concurrency/adaptive-limiter';
import { KeyedPool } from '../../concurrency/keyed-pool';
import { ConcurrencyLimiter } from '../../concurrency/concurrency-limiter';
import type { ResourceManager } from './resource-manager';

const version = 'api-version=2018-06-01';
const segments = { pipeline: 'queryPipelineRuns', trigger: 'queryTriggerRuns' };
/** Half of the requests that a connector may have in flight. */
const maxConcurrentPerConnector = 4;

export class ArmRunReader implements RunReader {
  private readonly perConnector = new KeyedPool<ConcurrencyLimiter>(({ isIdle }) => isIdle);
  private readonly perFactory = new KeyedPool<AdaptiveLimiter>(({ isIdle }) => isIdle);

  constructor(private readonly arm: Pick<ResourceManager, 'post'>) {}

  readRuns(
    connector: ConnectorKey,
    factory: FactoryRef,
    kind: RunKind,
    window: TimeWindow,
    continuation?: string,
  ): Promise<RunPage> {
    return this.query(connector, factory, segments[kind], window, continuation);
  }

  readActivityRuns(
    connector: ConnectorKey,
    factory: FactoryRef,
    pipelineRunId: string,
    window: TimeWindow,
    continuation?: string,
  ): Promise<RunPage> {
    const path = `pipelineruns/${encodeURIComponent(pipelineRunId)}/queryActivityruns`;
    return this.query(connector, factory, path, window, continuation);
  }

  private async query(
    connector: ConnectorKey,
    factory: FactoryRef,
    path: string,
    { after, before }: TimeWindow,
    continuation: string | undefined,
  ): Promise<RunPage> {
    const id = factoryId(factory);
    const owner = `${connector.tenantId}/${connector.connectorId}`;
    const send = (onRetry: () => void) =>
      this.arm.post(
        connector,
        `${id}/${path}?${version}`,
        {
          lastUpdatedAfter: after,
          lastUpdatedBefore: before,
          ...(continuation !== undefined && { continuationToken: continuation }),
        },
        onRetry,
      );
    const response = await this.perFactory
      .getOrCreate(`${owner}${id}`.toLowerCase(), () => new AdaptiveLimiter())
      .run((onRetry) =>
        this.perConnector
          .getOrCreate(owner, () => new ConcurrencyLimiter(maxConcurrentPerConnector))
          .run(() => send(onRetry)),
      );
    const { value, continuationToken: next = null } = (response ?? {}) as JsonObject;
    if (!Array.isArray(value) || (next !== null && typeof next !== 'string'))
      throw new UpstreamError(
        'run_query_malformed',
        'The response to a run query has no runs or no readable next page. Report this error to the operator.',
        false,
      );
    return { runs: value as RunPage['runs'], ...(next && { continuation: next }) };
  }
}
