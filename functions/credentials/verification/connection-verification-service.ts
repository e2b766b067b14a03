/** Verifies the connections of all tenants. Each batch continues where the previous one ended. */
import {
  connectorCheckpoint,
  type ConnectorCheckpoint,
} from '../../connectors/connector-checkpoint';
import { connectorKeyOf, type Connector } from '../../connectors/connector';
import type { ConnectorService } from '../../connectors/connector-service';
import { describeFailure, scanBatch, type ScanBatch } from '../../durable/time-boxed-scan';
import { isOwnFailure } from '../../errors/own-failure';
import type { Stored } from '../../storage/stored';
import type { ConnectionMaintenanceService } from '../connection-maintenance-service';

const maxConcurrentConnectors = 8;

export class ConnectionVerificationService {
  constructor(
    private readonly connectors: Pick<ConnectorService, 'fromCheckpoint'>,
    private readonly maintenance: Pick<ConnectionMaintenanceService, 'verify'>,
    private readonly now: () => Date,
  ) {}

  /** A connection that fails is no failure of the batch: it is recorded in the connector. */
  verifyBatch(checkpoint?: string): Promise<ScanBatch> {
    const start =
      checkpoint === undefined ? undefined : connectorCheckpoint.parse(JSON.parse(checkpoint));
    return scanBatch((failed) => this.verifyFrom(start, failed), this.now);
  }

  private async *verifyFrom(
    start: ConnectorCheckpoint | undefined,
    failed: string[],
  ): AsyncGenerator<ConnectorCheckpoint> {
    let group: Stored<Connector>[] = [];
    for await (const connector of this.connectors.fromCheckpoint(start)) {
      group.push(connector);
      if (group.length < maxConcurrentConnectors) continue;
      await this.verifyAll(group, failed);
      yield { ...connectorKeyOf(connector), done: true };
      group = [];
    }
    await this.verifyAll(group, failed);
  }

  private async verifyAll(group: readonly Stored<Connector>[], failed: string[]): Promise<void> {
    await Promise.all(
      group.map((connector) =>
        this.maintenance.verify(connector).catch((error: unknown) => {
          if (isOwnFailure(error)) failed.push(describeFailure(connector.id, error));
        }),
      ),
    );
  }
}
