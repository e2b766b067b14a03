import { readFileSync } from 'node:fs';
import { minimumLevel } from '../../infra/local/function-app/log-levels';

interface HostJson {
  readonly logging: {
    readonly logLevel: Readonly<Record<string, string>>;
    readonly applicationInsights: { readonly samplingSettings: { readonly excludedTypes: string } };
  };
  readonly extensions: {
    readonly durableTask: {
      readonly useGracefulShutdown: boolean;
      readonly tracing: Readonly<Record<string, unknown>>;
      readonly storageProvider: Readonly<Record<string, unknown>>;
    };
  };
}

const { logging, extensions } = JSON.parse(readFileSync('host.json', 'utf8')) as HostJson;

describe('host.json', () => {
  it('limits the standstill after the death of an instance', () => {
    const { storageProvider, useGracefulShutdown } = extensions.durableTask;

    expect({ ...storageProvider, useGracefulShutdown }).toEqual({
      controlQueueVisibilityTimeout: '00:01:00',
      workItemQueueVisibilityTimeout: '00:01:00',
      maxQueuePollingInterval: '00:00:02',
      useGracefulShutdown: true,
    });
  });

  it('joins steps to the trace of their orchestration', () => {
    expect(extensions.durableTask.tracing).toEqual({
      distributedTracingEnabled: true,
      version: 'V2',
    });
  });

  it.each([
    'Azure.Core',
    'Azure.Identity',
    'Azure.Storage.Queues',
    'DurableTask.AzureStorage',
    'DurableTask.Core',
    'Host.Triggers.DurableTask',
  ])('writes no line of %s below a warning', (category) => {
    expect(minimumLevel(logging.logLevel, category)).toBe('warning');
  });

  it.each(['Function.startSync.User', 'Function.syncConnector', 'Host.Results', 'Host.General'])(
    'writes the lines of %s',
    (category) => {
      expect(minimumLevel(logging.logLevel, category)).toBe('information');
    },
  );

  it('samples none of our lines and errors away', () => {
    const excluded = logging.applicationInsights.samplingSettings.excludedTypes.split(';');

    expect(excluded).toEqual(expect.arrayContaining(['Request', 'Exception', 'Trace']));
  });

  it('is explained in the guide for operators setting by setting', () => {
    const guide = readFileSync('infra/README.md', 'utf8');
    const names = [
      ...Object.keys(extensions.durableTask),
      ...Object.keys(extensions.durableTask.storageProvider),
      ...Object.keys(logging.logLevel),
    ];

    expect(names.filter((name) => !guide.includes(`\`${name}\``))).toEqual([]);
  });
});
