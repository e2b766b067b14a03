/** Names and limits that Bicep and the code both have must agree. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CronExpressionParser } from 'cron-parser';
import { tableNames } from '../../functions/azure/tables/table-names';
import { settings } from '../../functions/config';
import { queueNames } from '../../functions/durable/due-work';
import {
  ofType,
  property,
  propertiesOf,
  readAzure,
  stringIn,
  valueOf,
  type BicepFile,
} from './bicep';

const root = join(__dirname, '../..');
const readText = (path: string) => readFileSync(join(root, path), 'utf8');

let files: ReadonlyMap<string, BicepFile>;
beforeAll(async () => {
  files = await readAzure();
});
const declared = (file: string, name: string) =>
  files.get(file)!.declarations.find((declaration) => declaration.name === name)!;

describe('Bicep and the code', () => {
  it('agree on the tables', () => {
    const made = ofType(valueOf(declared('storage.bicep', 'tableNames'))!, 'string').map(stringIn);

    expect(made.toSorted()).toEqual(tableNames.toSorted());
  });

  it('agree on the queues', () => {
    const made = ofType(valueOf(declared('storage.bicep', 'queueNames'))!, 'string').map(stringIn);

    expect(made).toEqual(Object.values(queueNames));
  });

  it('agree on the names of the app secrets', () => {
    const { OAUTH_CLIENT_SECRET_NAME, CURSOR_KEY_SECRET_NAME } = settings.shape;

    const made = ['oauthClient', 'cursors'].map((name) =>
      stringIn(property(declared('key-vault.bicep', name).node, 'name')!),
    );

    expect(made).toEqual([
      OAUTH_CLIENT_SECRET_NAME.parse(undefined),
      CURSOR_KEY_SECRET_NAME.parse(undefined),
    ]);
  });

  it('pass the allowed origins of a deployment to the platform', () => {
    const passed = declared('main.bicepparam', 'allowedOrigins').node.text;
    const { text } = files.get('function-app.bicep')!.root;

    expect(passed).toContain("split(readEnvironmentVariable('ALLOWED_ORIGINS', ''), ',')");
    expect(passed).toContain('trim(item)');
    expect(text).toContain('cors: { allowedOrigins: allowedOrigins, supportCredentials: false }');
  });

  it.each([
    ['maxConnectorsPerTenant', 'MAX_CONNECTORS_PER_TENANT'],
    ['refreshIntervalMinutes', 'REFRESH_INTERVAL_MINUTES'],
    ['runHistoryRetentionDays', 'RUN_HISTORY_RETENTION_DAYS'],
    ['removedResourcesRetentionDays', 'REMOVED_RESOURCES_RETENTION_DAYS'],
    ['historyRetentionDays', 'HISTORY_RETENTION_DAYS'],
    ['auditRetentionDays', 'AUDIT_RETENTION_DAYS'],
    ['roleAssignmentWritesPerSecond', 'ROLE_ASSIGNMENT_WRITES_PER_SECOND'],
    ['massRevocationCount', 'MASS_REVOCATION_COUNT'],
    ['massRevocationPercent', 'MASS_REVOCATION_PERCENT'],
  ] as const)('agree on default and limits of %s', (parameter, setting) => {
    const fallback = settings.shape[setting].parse(undefined);
    const text = files.get('main.bicep')!.text;
    const [, min, max] = new RegExp(
      `@minValue\\((\\d+)\\)\\n@maxValue\\((\\d+)\\)\\nparam ${parameter} int = ${fallback}\\n`,
    )
      .exec(text)!
      .map(Number);

    const accepted = [min! - 1, min!, max!, max! + 1].map(
      (value) => settings.shape[setting].safeParse(value).success,
    );

    expect(accepted).toEqual([false, true, true, false]);
    expect(declared('main.bicepparam', parameter).node.text).toContain(
      `int(readEnvironmentVariable('${setting}', '${fallback}'))`,
    );
  });

  it('agree on a schedule that the host accepts', () => {
    const fallback = (name: string) => valueOf(declared('main.bicep', name))!.text;

    const schedule = settings.shape.REFRESH_SCHEDULE.parse(
      fallback('refreshSchedule').slice(1, -1),
    );

    expect(() => CronExpressionParser.parse(schedule)).not.toThrow();
  });

  it('agree with the README on the assigned roles', () => {
    const assigned = [...files.values()]
      .flatMap(({ declarations }) => declarations.filter(({ name }) => name === 'roles'))
      .flatMap((roles) => [...propertiesOf(valueOf(roles)!).values()].map(stringIn));

    const readme = readText('infra/README.md');

    expect(assigned.length).toBeGreaterThan(0);
    expect(assigned.filter((role) => !readme.includes(role))).toEqual([]);
  });

  it('agree with the guide on the variables of a deployment', () => {
    const [, read] = files.get('main.bicepparam')!.text.split("using 'main.bicep'");
    const variables = [...read!.matchAll(/readEnvironmentVariable\('(\w+)'/g)].map(
      ([, name]) => name!,
    );
    const guide = readText('infra/README.md');
    const [, table] = guide.split(/^\| variable +\| meaning +\|$/m);
    const rows = table!
      .split('\n\n')[0]!
      .split('\n')
      .map((row) => row.split('|')[1] ?? '');
    const named = rows.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name!));

    expect(named.toSorted()).toEqual(variables.toSorted());
  });

  it('define the connections that host.json names', () => {
    const names = [...readText('host.json').matchAll(/"connection\w*Name"\s*:\s*"(\w+)"/g)].map(
      ([, name]) => name!,
    );

    const { text } = declared('function-app.bicep', 'settings').node;

    expect(names.filter((name) => !text.includes(name))).toEqual([]);
  });
});
