/** Names and limits that Bicep and the code both have must agree. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CronExpressionParser } from 'cron-parser';
import { tableNames } from '../../functions/azure/tables/table-names';
import { settings } from '../../functions/config';
import { ownAppAlert } from '../../functions/credentials/maintain-connections.timer';
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
    expect(text).toContain('cors: { allowedOrigins: allowedOrigins, supportCredentials: false }');
  });

  it('agree on the limits of settings', () => {
    const fallback = (name: string) => valueOf(declared('main.bicep', name))!.text;

    const schedule = settings.shape.REFRESH_SCHEDULE.parse(
      fallback('refreshSchedule').slice(1, -1),
    );

    expect(() => CronExpressionParser.parse(schedule)).not.toThrow();
    expect(fallback('refreshIntervalMinutes')).toBe(
      String(settings.shape.REFRESH_INTERVAL_MINUTES.parse(undefined)),
    );
  });

  it('agree on the line of the log that an alert searches', () => {
    const alerts = valueOf(declared('monitoring.bicep', 'alerts'))!.text;

    expect(alerts).toContain(`message has "${ownAppAlert}"`);
  });

  it('agree with the README on the assigned roles', () => {
    const assigned = [...files.values()]
      .flatMap(({ declarations }) => declarations.filter(({ name }) => name === 'roles'))
      .flatMap((roles) => [...propertiesOf(valueOf(roles)!).values()].map(stringIn));

    const readme = readText('infra/README.md');

    expect(assigned.length).toBeGreaterThan(0);
    expect(assigned.filter((role) => !readme.includes(role))).toEqual([]);
  });

  it('define the connections that host.json names', () => {
    const names = [...readText('host.json').matchAll(/"connection\w*Name"\s*:\s*"(\w+)"/g)].map(
      ([, name]) => name!,
    );

    const { text } = declared('function-app.bicep', 'settings').node;

    expect(names.filter((name) => !text.includes(name))).toEqual([]);
  });
});
