/** Audit records of users and groups whose Entra object is not known. */
import type { AccessRecord } from '../access-record';
import type { DirectoryKey } from '../directory';
import type { Subject } from '../grants/assignment';
import type { AccessAudit } from '../ports';
import type { PendingPrincipal } from './principal';

interface PendingRecordPorts {
  readonly audit: Pick<AccessAudit, 'append'>;
  readonly now: () => Date;
}

export class PendingRecordService {
  constructor(private readonly ports: PendingRecordPorts) {}

  async append(
    key: DirectoryKey,
    subject: Subject,
    reason: PendingPrincipal['reason'],
  ): Promise<void> {
    const record: AccessRecord = {
      at: this.ports.now().toISOString(),
      ...key,
      actor: 'system',
      action: 'principal.pending',
      subject,
      detail: reason,
    };
    await this.ports.audit.append(record);
  }
}
