/** Status of an integration runtime: one node if it is self-hosted, none if it is managed. */
import { guidOf } from '../etag';
import type { Factory } from './factory';
import { field, inner, type Json } from '../json';
import type { SourceResource } from './source-factory';

export function integrationRuntimeStatus(factory: Factory, runtime: SourceResource): Json {
  const { name, properties } = runtime;
  const type = field(properties, 'type');
  const isLinked = 'linkedInfo' in inner(properties, 'typeProperties');
  const typeProperties = type === 'SelfHosted' ? selfHosted(factory, name, isLinked) : managed;
  return {
    name,
    properties: { type, dataFactoryName: factory.name, state: 'Online', typeProperties },
  };
}

const managed = { createTime: '2024-01-15T08:00:00Z', nodes: [], otherErrors: [] };

const version = '5.50.9171.1';
const capabilities = {
  serviceBusConnected: 'True',
  httpsPortEnabled: 'True',
  credentialInSync: 'True',
  connectedToResourceManager: 'True',
  nodeEnabled: 'True',
};

function selfHosted(factory: Factory, name: string, isLinked: boolean): Json {
  const machineName = `${name.slice(0, 12).toUpperCase()}-01`;
  return {
    autoUpdate: 'On',
    versionStatus: 'UpToDate',
    version,
    latestVersion: version,
    ...(isLinked && { dataFactoryLocation: factory.body['location'] }),
    taskQueueId: guidOf(`${factory.id}/${name}`),
    capabilities,
    createTime: '2024-01-15T08:00:00Z',
    updateDelayOffset: 'PT3H',
    localTimeZoneOffset: 'PT1H',
    serviceUrls: ['we.frontend.clouddatahub.net', '*.servicebus.windows.net'],
    nodes: [
      {
        nodeName: 'Node_1',
        machineName,
        hostServiceUri: `https://${machineName.toLowerCase()}.contoso.example:8050/HostServiceRemote.svc/`,
        status: 'Online',
        capabilities,
        versionStatus: 'UpToDate',
        version,
        lastUpdateResult: 'None',
        registerTime: '2024-01-15T08:05:00Z',
        isActiveDispatcher: true,
        maxConcurrentJobs: 20,
      },
    ],
  };
}
