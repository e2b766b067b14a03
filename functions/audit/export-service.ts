/** Evidence for auditors: the entries of a time range in the order of the chain, page by page. */
import type { Page, PageRequest } from '../storage/page';
import type { AuditActor } from './audit-record';
import type { AuditLogService } from './audit-log-service';
import { canonicalEntry } from './chain';
import { csvHeader, toCsvLine } from './csv';
import type { EntryFilter } from './entry-filter';
import type { ExportFormat } from './export-format';
import type { AuditTrail } from './ports';

export interface ExportRequest {
  readonly tenantId: string;
  readonly actor: AuditActor;
  readonly format: ExportFormat;
  readonly filter: EntryFilter;
}

export class ExportService {
  constructor(
    private readonly log: Pick<AuditLogService, 'list'>,
    private readonly trail: Pick<AuditTrail, 'append'>,
    private readonly now: () => Date,
  ) {}

  /**
   * The text of one page. The pages of an export form one file: the first has the header of CSV. Its
   * begin is recorded.
   */
  async export(
    { tenantId, actor, format, filter }: ExportRequest,
    page: PageRequest,
  ): Promise<Page<string>> {
    const isFirst = page.continuation === undefined;
    const { items, continuation } = await this.log.list(tenantId, filter, 'oldest', page);
    const lines = items.map((entry) =>
      format === 'csv' ? toCsvLine(entry) : `${canonicalEntry(entry)}\n`,
    );
    if (isFirst)
      await this.trail.append({
        at: this.now().toISOString(),
        tenantId,
        actor,
        action: 'audit.exported',
        resource: { type: 'AuditTrail' },
        data: {
          format,
          ...(filter.from && { from: filter.from.toISOString() }),
          ...(filter.to && { to: filter.to.toISOString() }),
        },
      });
    return {
      items: isFirst && format === 'csv' ? [csvHeader, ...lines] : lines,
      ...(continuation !== undefined && { continuation }),
    };
  }
}
