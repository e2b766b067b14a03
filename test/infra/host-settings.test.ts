import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { durableClientData } from '../../infra/local/function-app/durable/durable-client';
import {
  expandSettings,
  resolveReferences,
} from '../../infra/local/function-app/worker/environment';
import { readHostJson } from '../../infra/local/function-app/host-json';

describe('references between settings', () => {
  it('are expanded once if the setting is known', () => {
    const env = {
      HOST: '127.0.0.1:7071',
      URL: 'http://%HOST%/x',
      LOOP: '%URL%',
      ESCAPED: 'a%20b%2Fc%',
      UNKNOWN: '%NOT_SET%',
    };

    expandSettings(env);

    expect(env).toMatchObject({
      URL: 'http://127.0.0.1:7071/x',
      LOOP: 'http://%HOST%/x',
      ESCAPED: 'a%20b%2Fc%',
      UNKNOWN: '%NOT_SET%',
    });
  });

  it('fail with the name of a missing setting', () => {
    expect(resolveReferences('%WHEN%', { WHEN: '0 * * * * *' })).toBe('0 * * * * *');
    expect(() => resolveReferences('%WHEN%', {})).toThrow('WHEN is missing');
  });
});

describe('host.json', () => {
  const folder = mkdtempSync(join(tmpdir(), 'host-json-'));
  const write = (text: string) => writeFileSync(join(folder, 'host.json'), text);
  afterAll(() => rmSync(folder, { recursive: true }));

  it('sets limits and route prefix', () => {
    const durableTask = { hubName: 'hub', maxConcurrentActivityFunctions: 4 };
    write(JSON.stringify({ extensions: { http: { routePrefix: '/v1/' }, durableTask } }));

    expect(readHostJson(folder, {})).toMatchObject({
      routePrefix: 'v1',
      hubName: 'hub',
      maxConcurrentActivityFunctions: 4,
    });
  });

  it('is overridden by settings', () => {
    write('{"version": "2.0"}');
    const env = {
      AzureFunctionsJobHost__extensions__http__routePrefix: '',
      AzureFunctionsJobHost__logging__logLevel__default: 'Warning',
      AzureFunctionsJobHost__extensions__durableTask__maxConcurrentActivityFunctions: '2',
    };

    expect(readHostJson(folder, env)).toMatchObject({
      routePrefix: '',
      logLevels: { default: 'Warning' },
      maxConcurrentActivityFunctions: 2,
    });
  });

  it('fails with the file name if it is not JSON', () => {
    write('{');

    expect(() => readHostJson(folder, {})).toThrow('host.json is not valid JSON');
  });
});

describe('the Durable client binding', () => {
  it('has the key in public URLs only', () => {
    const { creationUrls, managementUrls, ...rest } = JSON.parse(
      durableClientData({
        publicUrl: 'http://127.0.0.1:7071',
        rpcUrl: 'http://127.0.0.1:9',
        hubName: 'hub',
        key: 'secret',
      }),
    ) as Record<string, Record<string, string>>;

    expect(rest).toMatchObject({
      taskHubName: 'hub',
      rpcBaseUrl: 'http://127.0.0.1:9/runtime/webhooks/durabletask/',
    });
    expect(Object.values({ ...creationUrls, ...managementUrls, id: 'code=secret' })).toEqual(
      Array(11).fill(expect.stringContaining('code=secret')),
    );
  });
});
