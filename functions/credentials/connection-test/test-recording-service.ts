/**
 * Collects what the test of a connection finds out, and stores it in one write with the event of the
 * test. A test that cannot be recorded has therefore changed nothing.
 */
import type { Connector } from '../../connectors/connector';
import type { ConnectorService, EventsOfChange } from '../../connectors/connector-service';
import { ContendedError, NotFoundError } from '../../errors/app-error';
import { logFailure } from '../../errors/log-failure';
import type { NewEvent } from '../../events/event';
import type { EventLog } from '../../events/ports';
import type { Stored } from '../../storage/stored';

interface Finding {
  readonly apply: (connector: Connector) => Connector;
  readonly eventsOf: EventsOfChange;
}

/** Takes the place of the connectors for a ConnectionStateService. */
export class TestRecordingService implements Pick<ConnectorService, 'changeStored'> {
  private readonly findings: Finding[] = [];

  constructor(
    private readonly tested: Stored<Connector>,
    private readonly connectors: Pick<ConnectorService, 'changeStored'>,
    private readonly events: EventLog,
  ) {}

  async changeStored(
    read: Stored<Connector>,
    apply: Finding['apply'],
    eventsOf: EventsOfChange = () => [],
  ): Promise<Stored<Connector>> {
    this.findings.push({ apply, eventsOf });
    return read;
  }

  /**
   * Stores the findings and the event. The event alone, if the findings change nothing, or if the
   * connector is deleted or other writers are always faster.
   */
  async record(event: NewEvent): Promise<void> {
    const isStored = await this.store(event).catch((error: unknown) => {
      if (!(error instanceof NotFoundError || error instanceof ContendedError)) throw error;
      const { tenantId, id: connectorId } = this.tested;
      logFailure('connection.not_recorded', error, { tenantId, connectorId });
      return false;
    });
    if (!isStored) await this.events.record(event);
  }

  /** Returns whether there was anything to store. */
  private async store(event: NewEvent): Promise<boolean> {
    let events: NewEvent[] | undefined;
    await this.connectors.changeStored(
      this.tested,
      (current) => {
        let connector = current;
        const changes: NewEvent[] = [];
        for (const { apply, eventsOf } of this.findings) {
          const next = apply(connector);
          if (next !== connector) changes.push(...eventsOf(next, connector));
          connector = next;
        }
        events = connector === current ? undefined : [...changes, event];
        return connector;
      },
      () => events!,
    );
    return events !== undefined;
  }
}
