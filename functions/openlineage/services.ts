/** Composition of this module: what it offers, and what it needs from outside. */
import type { CatalogPorts } from '../catalog/services';
import type { ConnectorStore } from '../connectors/ports';
import type { WorkRequests } from '../durable/ports';
import type { EventServices } from '../events/services';
import type { RateLimiter } from '../http/rate-limit';
import type { LineagePorts, LineageServices } from '../lineage/services';
import type { RunHistoryPorts, RunHistoryServices } from '../run-history/services';
import type { OrphanedSecretRemoval } from '../secrets/orphaned-secret-removal';
import type { SecretStore } from '../secrets/ports';
import type { Sender } from '../webhooks/ports';
import { RunEventsService } from './events/run-events-service';
import { StaticEventsService } from './events/static-events-service';
import { ExportService } from './export/export-service';
import type { PushStore, SentStore, TargetStore } from './ports';
import { OrphanedTargetSecretService } from './push/orphaned-target-secret-service';
import { PushService } from './push/push-service';
import { RunPushService } from './push/run-push-service';
import { StaticPushService } from './push/static-push-service';
import { TargetSecrets } from './push/target-secrets';
import { TargetService } from './push/target-service';

export interface OpenLineageServices {
  readonly openLineageExports: ExportService;
  readonly openLineageTargets: TargetService;
  readonly openLineagePushes: PushService;
  readonly orphanedTargetSecrets: OrphanedTargetSecretService;
}

export interface OpenLineagePorts
  extends
    Pick<EventServices, 'events'>,
    Pick<LineageServices, 'lineageQueries'>,
    Pick<LineagePorts, 'lineageStore'>,
    Pick<RunHistoryServices, 'runHistory'>,
    Pick<RunHistoryPorts, 'runHistoryStore' | 'runHistoryStateStore'>,
    Pick<CatalogPorts, 'catalogStore'> {
  readonly targetStore: TargetStore;
  readonly pushStore: PushStore;
  readonly sentStore: SentStore;
  readonly connectorStore: Pick<ConnectorStore, 'get'>;
  readonly secretStore: SecretStore;
  readonly orphanRemoval: OrphanedSecretRemoval;
  readonly sender: Pick<Sender, 'send'>;
  readonly rateLimiter: RateLimiter;
  readonly workRequests: WorkRequests;
  /** Hosts that may have a private address, for the local stack and for tests. */
  readonly webhookAllowedHosts: readonly string[];
  /** The producer of all events. */
  readonly publicUrl: string;
  readonly now: () => Date;
}

export function openLineageServices(ports: OpenLineagePorts): OpenLineageServices {
  const { lineageQueries, runHistory, runHistoryStore, catalogStore, now } = ports;
  const producer = new URL(ports.publicUrl).href;
  const staticEvents = new StaticEventsService(catalogStore, producer);
  const runs = new RunEventsService(runHistoryStore, catalogStore, producer);
  const secrets = new TargetSecrets(ports.secretStore);
  const requestLimit = {
    consume: (tenantId: string) =>
      ports.rateLimiter.consumeOrThrow('webhookRequests', tenantId, 'tenant'),
  };
  const openLineageTargets = new TargetService(
    ports.targetStore,
    ports.pushStore,
    secrets,
    ports.events,
    requestLimit,
    ports.webhookAllowedHosts,
    now,
  );
  return {
    openLineageExports: new ExportService(lineageQueries, runHistory, staticEvents, runs),
    openLineageTargets,
    orphanedTargetSecrets: new OrphanedTargetSecretService(
      ports,
      openLineageTargets,
      ports.orphanRemoval,
    ),
    openLineagePushes: new PushService(
      ports,
      lineageQueries,
      new StaticPushService(ports.lineageStore, staticEvents),
      new RunPushService(ports.runHistoryStateStore, runHistoryStore, runHistory, runs),
      secrets,
      ports.sender,
      ports.workRequests,
      now,
    ),
  };
}
