/** Accepts records. The linker adds them to the chain within seconds. */
import type { WorkRequests } from '../durable/ports';
import { logFailure } from '../errors/log-failure';
import type { RecordedEvent } from '../events/event';
import { ulid, ulidEntropyBytes } from '../storage/ulid';
import { requestOrigin } from '../telemetry/request-origin';
import type { AuditRecord } from './audit-record';
import { boundedRecord } from './bounded-record';
import { recordOfEvent } from './event-record';
import { toPendingRow } from './pending-row';
import type { AuditTrail, PendingRecordStore, PendingRow } from './ports';

/** A transaction is stored this long after its rows were made. The tick links a later one. */
const transactionSeconds = 2;

export class AuditTrailService implements AuditTrail {
  constructor(
    private readonly pending: Pick<PendingRecordStore, 'put'>,
    private readonly randomBytes: (size: number) => Uint8Array,
    private readonly workRequests: WorkRequests,
  ) {}

  rowOf(record: AuditRecord): PendingRow {
    void this.workRequests.request('linkAudit', record.tenantId, transactionSeconds);
    return toPendingRow(this.newId(record), boundedRecord(withOrigin(record)));
  }

  async append(record: AuditRecord): Promise<void> {
    try {
      await this.put(this.newId(record), withOrigin(record));
    } catch (error) {
      const { tenantId, action, requestId = '' } = record;
      logFailure('audit.record_lost', error, { tenantId, action, requestId });
    }
  }

  async put(id: string, record: AuditRecord): Promise<void> {
    await this.pending.put(id, boundedRecord(record));
    void this.workRequests.request('linkAudit', record.tenantId);
  }

  putEvent(event: RecordedEvent): Promise<void> {
    return this.put(event.id, recordOfEvent(event));
  }

  private newId({ at }: AuditRecord): string {
    return ulid(new Date(at), this.randomBytes(ulidEntropyBytes));
  }
}

/** A record of a person is made during the request of the person. Others name their request. */
const withOrigin = (record: AuditRecord): AuditRecord =>
  record.actor.kind === 'person' ? { ...requestOrigin(), ...record } : record;
