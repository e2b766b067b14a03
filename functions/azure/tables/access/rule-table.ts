/** RuleStore in Table Storage. The keys are in access-keys.ts. */
import type { TableClient, TransactionAction } from '@azure/data-tables';
import type { AttachedRow, DirectoryKey } from '../../../access/directory';
import type { RuleStore } from '../../../access/ports';
import { ruleSet, type RuleSet } from '../../../access/rules/role-rule';
import { StaleError, UpstreamError } from '../../../errors/app-error';
import type { Page, PageRequest } from '../../../storage/page';
import type { Stored } from '../../../storage/stored';
import { storedEtag, writeRows } from '../../table-storage/conditional-write';
import { fromGzipColumns, toGzipColumns } from '../../table-storage/gzip-columns';
import { onStatus, readPage, throwAs } from '../../table-storage/table-client';
import { directoryPartition } from '../directory/directory-keys';
import {
  inDirectory,
  rulesRowKey,
  ruleVersionPrefix,
  ruleVersionRowKey,
  toRow,
} from './access-keys';

const outdated = throwAs(
  StaleError,
  'role_rules_changed',
  'The role rules changed since they were read. Read them again.',
);

export class RuleTable implements RuleStore {
  constructor(private readonly table: TableClient) {}

  async get(key: DirectoryKey): Promise<Stored<RuleSet> | undefined> {
    const row = await this.table
      .getEntity(directoryPartition(key), rulesRowKey)
      .catch(onStatus(404, () => undefined));
    return row && { ...toRuleSet(row), etag: storedEtag(row) };
  }

  listVersions(key: DirectoryKey, page: PageRequest): Promise<Page<RuleSet>> {
    return readPage(this.table, inDirectory(key, ruleVersionPrefix), page, toRuleSet);
  }

  async replace(
    key: DirectoryKey,
    before: Stored<RuleSet> | undefined,
    after: RuleSet,
    attached: readonly AttachedRow[],
  ): Promise<void> {
    const partitionKey = directoryPartition(key);
    const columns = toGzipColumns(JSON.stringify(after)).own;
    const current = { partitionKey, rowKey: rulesRowKey, ...columns };
    const copy = { partitionKey, rowKey: ruleVersionRowKey(after.version), ...columns };
    await writeRows(this.table, [
      before ? ['update', current, 'Replace', { etag: before.etag }] : ['create', current],
      ['upsert', copy, 'Replace'],
      ...attached.map((row): TransactionAction => ['upsert', toRow(key, row), 'Replace']),
    ])
      .catch(onStatus(409, outdated))
      .catch(onStatus(412, outdated))
      .catch(onStatus(404, outdated));
  }
}

function toRuleSet(row: object): RuleSet {
  const json = fromGzipColumns([row as Readonly<Record<string, unknown>>]);
  if (json === undefined)
    throw new UpstreamError(
      'role_rules_unreadable',
      'The stored role rules cannot be read. Report this error to the operator.',
      false,
    );
  return ruleSet.parse(JSON.parse(json));
}
