/**
 * Sends the events of connectors to their receivers: what differs from what was sent. A stretch of work
 * is claimed, so one worker sends at a time; if it dies, the next one repeats events that are equal.
 */
import { forEachConcurrently } from '../../concurrency/for-each-concurrently';
import type { WorkRequests } from '../../durable/ports';
import { factoryHash } from '../../data-factory/resource-id';
import type { FactoryRef } from '../../data-factory/resource';
import { AppError, StaleError } from '../../errors/app-error';
import type { RecordedEvent } from '../../events/event';
import type { LineageQueryService } from '../../lineage/lineage-query-service';
import type { RunHistoryStateStore } from '../../run-history/ports';
import type { ConnectorKey } from '../../storage/connector-key';
import type { Stored } from '../../storage/stored';
import { updateRow } from '../../storage/update-row';
import type { EventListener, Sender } from '../../webhooks/ports';
import type { PushStore, SentStore, TargetStore } from '../ports';
import {
  newPush,
  withClaim,
  withFailure,
  withRequest,
  withSent,
  type Push,
  type Sent,
} from './push';
import type { PushSlice } from './push-slice';
import { ReceiverClient, ReceiverFailedError } from './receiver-client';
import type { RunPushService } from './run-push-service';
import { SentRecord } from './sent-record';
import type { StaticPushService } from './static-push-service';
import type { TargetSecrets } from './target-secrets';

/** A stretch ends after this time, when the events in flight are sent. */
const sliceMs = 20_000;
const maxConcurrentPushes = 2;
/** A run begins no push after this time: the host ends a worker that takes ten minutes. */
const runMs = 30_000;

/** Events after which there may be something to send. */
const isRelevant = (type: string) =>
  /^sync\.(succeeded|partial|failed|cancelled)$/.test(type) || type === 'openlineage.push_set';

export interface PushStores {
  readonly targetStore: Pick<TargetStore, 'get'>;
  readonly pushStore: PushStore;
  readonly sentStore: SentStore;
  readonly runHistoryStateStore: Pick<RunHistoryStateStore, 'listFactories'>;
}

export class PushService implements EventListener {
  constructor(
    private readonly stores: PushStores,
    private readonly lineage: Pick<LineageQueryService, 'graph'>,
    private readonly staticPushes: StaticPushService,
    private readonly runPushes: RunPushService,
    private readonly secrets: Pick<TargetSecrets, 'get'>,
    private readonly sender: Pick<Sender, 'send'>,
    private readonly workRequests: WorkRequests,
    private readonly now: () => Date,
  ) {}

  async onEvent({ tenantId, connectorId, type }: RecordedEvent): Promise<void> {
    if (!isRelevant(type)) return;
    const key = { tenantId, connectorId };
    const target = await this.stores.targetStore.get(key);
    if (!target?.receiver) return;
    const { generation } = target.receiver;
    const { pushStore } = this.stores;
    await updateRow(
      () => pushStore.get(key),
      (stored) => () => {
        if (!stored) return pushStore.create(newPush(key, generation, this.now()));
        const next =
          stored.generation === generation
            ? withRequest(stored)
            : { ...newPush(key, generation, this.now()), requests: stored.requests + 1 };
        return pushStore.replace({ ...next, etag: stored.etag });
      },
    );
    await this.workRequests.request('pushOpenLineage', tenantId);
  }

  /**
   * Sends for all tenants, or for one, first what is due longest. A push that fails, or whose row
   * cannot be read, delays no other. What is not begun in time is asked for by messages, so that slow
   * receivers hold up nothing else.
   */
  async pushDue(onFailure: (error: unknown) => void, tenantId?: string): Promise<void> {
    const due: Stored<Push>[] = [];
    const found = this.stores.pushStore.listDue(this.now(), tenantId, onFailure);
    for await (const push of found) due.push(push);
    due.sort((one, other) => (one.dueAt < other.dueAt ? -1 : 1));
    const deadline = performance.now() + runMs;
    const left = new Set<string>();
    await forEachConcurrently(due, maxConcurrentPushes, async (push) => {
      if (performance.now() > deadline) left.add(push.tenantId);
      else await this.push(push).catch(onFailure);
    });
    for (const tenant of left) await this.workRequests.request('pushOpenLineage', tenant);
  }

  private async push(due: Stored<Push>): Promise<void> {
    const { tenantId, connectorId } = due;
    const key = { tenantId, connectorId };
    const target = await this.stores.targetStore.get(key);
    if (target?.receiver?.generation !== due.generation) {
      // The receiver was removed. If it was replaced, an event about that follows.
      if (!target?.receiver) await this.stores.pushStore.delete(key);
      return;
    }
    const claimed = await this.claim(due);
    if (!claimed) return;
    const { receiver } = target;
    const address = await this.secrets
      .get(key, receiver.secretVersion)
      .catch(async (error: unknown) => {
        if (!(error instanceof AppError)) throw error;
        const at = this.now().toISOString();
        await this.finish(due, (push) => withFailure(push, nothing, { at, error: error.code }));
        return undefined;
      });
    if (!address) return;
    const isCurrent = async () =>
      (await this.stores.targetStore.get(key))?.receiver?.generation === receiver.generation;
    const client = new ReceiverClient(this.sender, address, isCurrent, this.now);
    const deadline = performance.now() + sliceMs;
    const isOver = () => performance.now() > deadline;
    try {
      const graph = await this.lineage.graph(key);
      const isComplete = await this.pushFactories({
        connector: key,
        receiver,
        graph,
        client,
        now: this.now,
        isOver,
      });
      const request = claimed.requests;
      await this.finish(due, (push) =>
        withSent(push, client.sent, this.now(), { isComplete, request }),
      );
    } catch (error) {
      if (!(error instanceof ReceiverFailedError)) throw error;
      await this.finish(due, (push) => withFailure(push, client.sent, error.failure));
    }
  }

  /** True if everything is sent. */
  private async pushFactories(slice: PushSlice): Promise<boolean> {
    const { connector, receiver } = slice;
    const factories = await this.factories(slice);
    for (const factory of factories) {
      if (slice.isOver()) return false;
      const { sentStore } = this.stores;
      const record = await SentRecord.load(sentStore, connector, factory, receiver.generation);
      if (!(await this.staticPushes.push(slice, record))) return false;
      if (!(await this.runPushes.push(slice, record))) return false;
    }
    await this.forgetAllBut(factories, connector);
    return true;
  }

  /** What was sent of factories that have neither lineage nor runs any more. */
  private async forgetAllBut(
    factories: readonly FactoryRef[],
    connector: ConnectorKey,
  ): Promise<void> {
    const { sentStore } = this.stores;
    const kept = new Set(factories.map(factoryHash));
    for (const { hash, factory } of await sentStore.listFactories(connector))
      if (!kept.has(hash))
        await sentStore.forget(connector, factory, await sentStore.loadHead(connector, factory));
  }

  private async factories({ connector, graph }: PushSlice): Promise<readonly FactoryRef[]> {
    const histories = await this.stores.runHistoryStateStore.listFactories(connector);
    const all = [
      ...[...graph.units.values()].map(({ factoryRef }) => factoryRef),
      ...histories.map(({ factory }) => factory),
    ];
    return [...new Map(all.map((factory) => [factoryHash(factory), factory])).values()];
  }

  /** Undefined if another worker was faster. */
  private async claim(push: Stored<Push>): Promise<Stored<Push> | undefined> {
    try {
      const next = withClaim(push, this.now());
      return await this.stores.pushStore.replace({ ...next, etag: push.etag });
    } catch (error) {
      if (error instanceof StaleError) return undefined;
      throw error;
    }
  }

  /** Requests may have come meanwhile. A push to another receiver, or none, is left as it is. */
  private async finish(
    { tenantId, connectorId, generation }: Push,
    change: (push: Push) => Push,
  ): Promise<void> {
    const { pushStore } = this.stores;
    const key = { tenantId, connectorId };
    const next = await updateRow(
      () => pushStore.get(key),
      (stored) => async () =>
        stored?.generation === generation
          ? pushStore.replace({ ...change(stored), etag: stored.etag })
          : undefined,
    );
    if (!next?.pending) return;
    const delaySeconds = (Date.parse(next.dueAt) - this.now().getTime()) / 1_000;
    await this.workRequests.request('pushOpenLineage', tenantId, delaySeconds);
  }
}

const nothing: Sent = { accepted: 0, rejected: 0 };
