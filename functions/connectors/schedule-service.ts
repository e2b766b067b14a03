/** The schedule of a connector: read, replaced, and told with the time that follows from it. */
import { statusOf, type Actor, type Connector, type ConnectorStatus } from './connector';
import type { ConnectorService } from './connector-service';
import { StaleError } from '../errors/app-error';
import type { EventLog } from '../events/ports';
import * as happened from '../sync/sync-events';
import { nextRunAt, type Schedule } from './schedule';

export interface ScheduleView {
  readonly schedule: Schedule;
  readonly version: string;
  readonly nextRunAt?: Date;
  /** Why no sync starts although the schedule says so. */
  readonly skipped?: Exclude<ConnectorStatus, 'connected'>;
}

export class ScheduleService {
  constructor(
    private readonly connectors: Pick<ConnectorService, 'get' | 'change'>,
    private readonly now: () => Date,
    private readonly usual: Schedule,
    private readonly events: EventLog,
  ) {}

  async get(tenantId: string, connectorId: string): Promise<ScheduleView> {
    return this.planOf(await this.connectors.get(tenantId, connectorId));
  }

  /** Throws StaleError when the schedule is not the one that the caller saw. */
  async replace(
    actor: Actor,
    connectorId: string,
    version: string,
    wanted: Schedule,
  ): Promise<ScheduleView> {
    const changed = await this.connectors.change(actor.tenantId, connectorId, (connector) => {
      const { schedule } = connector;
      if (tagOf(connector) !== version)
        throw new StaleError('schedule_stale', 'The schedule changed since you read it.');
      const next = (schedule?.version ?? 0) + 1;
      const changedAt = this.now().toISOString();
      return { ...connector, schedule: { ...wanted, version: next, changedAt } };
    });
    if (changed.schedule)
      await this.events.record(happened.scheduleChanged(changed, changed.schedule, actor));
    return this.planOf(changed);
  }

  private planOf(connector: Connector): ScheduleView {
    const {
      version: _,
      changedAt: __,
      ...own
    } = connector.schedule ?? {
      ...this.usual,
      version: 0,
      changedAt: '',
    };
    const status = statusOf(connector, this.now());
    const next = nextRunAt(connector, this.usual);
    const skipped = status !== 'connected' && next ? { skipped: status } : {};
    // What is due already starts when the timer next looks.
    const at = next && new Date(Math.max(next.getTime(), this.now().getTime()));
    return {
      schedule: own,
      version: tagOf(connector),
      ...(at && status === 'connected' && { nextRunAt: at }),
      ...skipped,
    };
  }
}

const tagOf = ({ schedule }: Connector) => `"s${schedule?.version ?? 0}"`;
