/** The audit trail of the tenant: entries, verification, checkpoints and export. */
import { z } from 'zod';
import { owners } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { listOf, pageParameters } from '../http/paging';
import type { HttpServices } from '../http/services';
import type { PageRequest } from '../storage/page';
import { entryFilters, toEntryFilter } from './audit-query';
import {
  auditEntryResponse,
  checkpointResponse,
  controlsResponse,
  seq,
  toCheckpointResponse,
  toControlsResponse,
  toEntryResponse,
  toVerificationResponse,
  verificationResponse,
} from './audit-response';
import { chainLink } from './chain';
import { exportFormats } from './export-format';
import type { AuditServices } from './services';

const path = '/api/audit';

const listAuditEntries = endpoint({
  method: 'GET',
  route: 'audit/entries',
  summary: 'List entries of the audit trail, newest first',
  description:
    'An action is in the trail within seconds. Events of connectors are in the same chain as requests of identity providers and changes of access.',
  allow: owners,
  query: z.strictObject({ ...entryFilters, ...pageParameters }),
  cost: (query) => (Object.keys(query).length > 1 ? 5 : 1),
  responses: { 200: listOf(auditEntryResponse) },

  async handle(
    { query, caller: { tenantId } },
    { auditLog, cursors }: AuditServices & HttpServices,
  ) {
    const { limit: _limit, cursor: _cursor, ...filters } = query;
    const read = (page: PageRequest) =>
      auditLog.list(tenantId, toEntryFilter(filters), 'newest', page);
    return cursors.respond({ path: `${path}/entries`, tenantId, query }, read, toEntryResponse);
  },
});

const getAuditEntry = endpoint({
  method: 'GET',
  route: 'audit/entries/{seq}',
  summary: 'Get an entry of the audit trail',
  allow: owners,
  params: z.strictObject({ seq }),
  responses: { 200: auditEntryResponse },

  async handle({ params, caller: { tenantId } }, { auditLog }: AuditServices) {
    return { status: 200, jsonBody: toEntryResponse(await auditLog.get(tenantId, params.seq)) };
  },
});

const listAuditCheckpoints = endpoint({
  method: 'GET',
  route: 'audit/checkpoints',
  summary: 'List signed checkpoints, newest first',
  description:
    'Keep hashes of checkpoints outside of this service: a chain whose entry has another hash later was rewritten.',
  allow: owners,
  query: z.strictObject(pageParameters),
  responses: { 200: listOf(checkpointResponse) },

  async handle(
    { query, caller: { tenantId } },
    { auditLog, cursors }: AuditServices & HttpServices,
  ) {
    const read = (page: PageRequest) => auditLog.listCheckpoints(tenantId, page);
    const list = { path: `${path}/checkpoints`, tenantId, query };
    return cursors.respond(list, read, toCheckpointResponse);
  },
});

const verifyAudit = endpoint({
  method: 'GET',
  route: 'audit/verification',
  summary: 'Verify the audit trail',
  description:
    'Computes every hash again and compares signed checkpoints. Names the first entry that was changed, deleted, inserted or moved. A long trail takes several requests: follow nextLink until the outcome is not incomplete.',
  allow: owners,
  query: z.strictObject({
    cursor: z.string().max(4_096).optional().describe('Cursor from the nextLink before.'),
  }),
  cost: 20,
  responses: { 200: verificationResponse },

  async handle(
    { query: { cursor }, caller: { tenantId } },
    { auditVerification, cursors }: AuditServices & HttpServices,
  ) {
    const list = { path: `${path}/verification`, tenantId, query: {} };
    const start = await cursors.parse(list, cursor);
    const found = await auditVerification.verify(
      tenantId,
      start === undefined ? undefined : chainLink.parse(JSON.parse(start)),
    );
    const nextLink = found.next && (await cursors.nextLink(list, JSON.stringify(found.next)));
    return {
      status: 200,
      ...(nextLink !== undefined && { headers: { Link: `<${nextLink}>; rel="next"` } }),
      jsonBody: toVerificationResponse(found, nextLink),
    };
  },
});

const exportAudit = endpoint({
  method: 'GET',
  route: 'audit/export',
  withoutHead: true,
  summary: 'Export entries as CSV or JSON lines',
  description:
    'Entries in the order of the chain. A long export has several pages: follow the header Link and append each page to the file. A line of JSON is the text whose hash is in the chain, with the hash. The export is recorded in the trail.',
  allow: owners,
  query: z.strictObject({
    format: z.enum(['csv', 'jsonl']).describe('RFC 4180 with a header, or one JSON a line.'),
    ...entryFilters,
    limit: z.coerce
      .number()
      .int()
      .min(1)
      .max(5_000)
      .default(1_000)
      .describe('Maximum number of entries of a page.'),
    cursor: pageParameters.cursor,
  }),
  cost: 10,
  responses: { 200: { mediaTypes: ['text/csv', 'application/jsonl'] } },

  async handle({ query, caller }, { auditExports, cursors }: AuditServices & HttpServices) {
    const { format, limit, cursor, ...filters } = query;
    const { tenantId, objectId, displayName } = caller;
    const list = { path: `${path}/export`, tenantId, query };
    const continuation = await cursors.parse(list, cursor);
    const page = await auditExports.export(
      {
        tenantId,
        actor: { kind: 'person', objectId, displayName },
        format,
        filter: toEntryFilter(filters),
      },
      { limit, ...(continuation !== undefined && { continuation }) },
    );
    const nextLink = await cursors.nextLink(list, page.continuation);
    return {
      status: 200,
      headers: {
        'Content-Type': exportFormats[format],
        'Content-Disposition': `attachment; filename="audit.${format}"`,
        ...(nextLink !== undefined && { Link: `<${nextLink}>; rel="next"` }),
      },
      body: page.items.join(''),
    };
  },
});

const listAuditControls = endpoint({
  method: 'GET',
  route: 'audit/controls',
  summary: 'List controls that entries are tagged with',
  allow: owners,
  responses: { 200: controlsResponse },

  handle: async () => ({ status: 200, jsonBody: toControlsResponse() }),
});

export const auditEndpoints = {
  listAuditEntries,
  getAuditEntry,
  listAuditCheckpoints,
  verifyAudit,
  exportAudit,
  listAuditControls,
};
