/** Reads and replaces the sync schedule of a connector. */
import { StaleError } from '../errors/app-error';
import type { Actor } from '../events/actor';
import type { ConnectorKey } from '../storage/connector-key';
import { allowsVersion, type IfMatch } from '../storage/if-match';
import { statusOf, type Connector, type ConnectorStatus } from './connector';
import { scheduleChanged } from './connector-events';
import type { ConnectorService } from './connector-service';
import { nextRunAt, type Schedule } from './schedule';

export interface ScheduleView {
  readonly schedule: Schedule;
  readonly version: string;
  readonly nextRunAt?: Date;
  /** Status because of which no sync starts although one is scheduled. */
  readonly skipped?: Exclude<ConnectorStatus, 'connected'>;
}

export class ScheduleService {
  constructor(
    private readonly connectors: Pick<ConnectorService, 'get' | 'change'>,
    private readonly now: () => Date,
    private readonly defaultSchedule: Schedule,
  ) {}

  async get(connector: ConnectorKey): Promise<ScheduleView> {
    return this.viewOf(await this.connectors.get(connector));
  }

  /** Throws StaleError unless `ifMatch` allows the current version of the schedule. */
  async replace(
    actor: Actor,
    connectorId: string,
    ifMatch: IfMatch,
    next: Schedule,
  ): Promise<ScheduleView> {
    const key = { tenantId: actor.tenantId, connectorId };
    const changed = await this.connectors.change(
      key,
      (connector) => {
        if (!allowsVersion(ifMatch, scheduleEtagOf(connector)))
          throw new StaleError(
            'schedule_stale',
            'The schedule changed since you read it. Read it again, then repeat your change.',
          );
        const nextVersion = (connector.schedule?.version ?? 0) + 1;
        const changedAt = this.now().toISOString();
        return { ...connector, schedule: { ...next, version: nextVersion, changedAt } };
      },
      (connector, before) => [
        scheduleChanged(connector, before.schedule ?? this.defaultSchedule, actor),
      ],
    );
    return this.viewOf(changed);
  }

  private viewOf(connector: Connector): ScheduleView {
    const stored = connector.schedule ?? { ...this.defaultSchedule, version: 0, changedAt: '' };
    const { version: _version, changedAt: _changedAt, ...schedule } = stored;
    const now = this.now().getTime();
    const status = statusOf(connector, this.now());
    const next = nextRunAt(connector, this.defaultSchedule);
    return {
      schedule,
      version: scheduleEtagOf(connector),
      // A sync that is overdue starts with the next run of the timer.
      ...(next && status === 'connected' && { nextRunAt: new Date(Math.max(next.getTime(), now)) }),
      ...(next && status !== 'connected' && { skipped: status }),
    };
  }
}

const scheduleEtagOf = ({ schedule }: Connector) => `"s${schedule?.version ?? 0}"`;
