/** List and get operations of Data Factory. */
import type { EmulatorResponse } from '../../emulator/server';
import { ArmError } from '../arm-error';
import { matchesEtag } from '../etag';
import { factoryNotFound, type Factories } from './factories';
import type { Factory } from './factory';
import { integrationRuntimeStatus } from './integration-runtime-status';
import { textOf } from '../json';
import { factoryType, kinds, type KindName } from './kinds';
import type { Call, Operation } from '../operation';
import { pageResponse } from './page-response';
import type { Scenarios } from '../scenarios';

const dataFactoryVersions = ['2018-06-01'];

const factoryPath =
  '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroup}/providers/Microsoft.DataFactory/factories/{factory}';

interface Parts {
  readonly factories: Factories;
  readonly scenarios: Scenarios;
  /** URL of the server, known when it listens. */
  readonly url: () => string;
}

type FactoryHandler = (factory: Factory, call: Call) => ReturnType<Operation['handle']>;

/** Creates an operation on one factory. */
export function onFactory(
  { factories, scenarios }: Pick<Parts, 'factories' | 'scenarios'>,
  [method, below, actions]: readonly [Operation['method'], string, readonly string[]],
  handle: FactoryHandler,
  budget: Operation['budget'] = 'reads',
): Operation {
  return {
    method,
    path: factoryPath + below,
    apiVersions: dataFactoryVersions,
    actions: actions.map((action) => `${factoryType}/${action}`),
    budget,
    handle(call) {
      const { subscriptionId, resourceGroup, factory: name } = call.params;
      if (scenarios.draw('factory-vanishes', name!)) throw factoryNotFound(resourceGroup!, name!);
      return handle(factories.get(subscriptionId!, resourceGroup!, name!), call);
    },
  };
}

export function dataFactoryOperations(parts: Parts): Operation[] {
  const { managedPrivateEndpoint: endpoints, ...direct } = kinds;
  const networks = `/${kinds.managedVirtualNetwork.segment}/{network}`;
  return [
    ...['', '/resourceGroups/{resourceGroup}'].map((within) => listFactories(parts, within)),
    onFactory(parts, ['GET', '', ['read']], ({ body }, call) => single(call, body)),
    ...Object.entries(direct).flatMap(([kind, { segment }]) =>
      listAndGet(parts, kind as KindName, `/${segment}`, segment),
    ),
    ...listAndGet(
      parts,
      'managedPrivateEndpoint',
      `${networks}/${endpoints.segment}`,
      `${kinds.managedVirtualNetwork.segment}/${endpoints.segment}`,
    ),
    onFactory(
      parts,
      ['POST', '/integrationRuntimes/{name}/getStatus', ['integrationruntimes/getstatus/read']],
      (factory, { params }) => {
        const found = factory
          .resources('integrationRuntime')
          .find(({ name }) => name.toLowerCase() === params['name']!.toLowerCase());
        if (!found) throw notFound('integrationRuntime', params['name']!);
        return { status: 200, body: integrationRuntimeStatus(factory, found) };
      },
    ),
  ];
}

function listFactories({ factories, scenarios }: Parts, within: string): Operation {
  return {
    method: 'GET',
    path: `/subscriptions/{subscriptionId}${within}/providers/Microsoft.DataFactory/factories`,
    apiVersions: dataFactoryVersions,
    actions: [`${factoryType}/read`],
    budget: 'reads',
    handle({ params: { subscriptionId, resourceGroup } }) {
      const same = (one: string, other: string | undefined) =>
        other === undefined || one.toLowerCase() === other.toLowerCase();
      const value = factories
        .all()
        .filter((each) => same(each.subscriptionId, subscriptionId))
        .filter((each) => same(each.resourceGroup, resourceGroup))
        .filter(({ name }) => !scenarios.draw('factory-undiscovered', name))
        .map(({ body }) => body);
      return { status: 200, body: { value } };
    },
  };
}

function listAndGet(parts: Parts, kind: KindName, below: string, action: string): Operation[] {
  const list = (factory: Factory, { params }: Call) => {
    const { network } = params;
    if (network === undefined) return factory.list(kind);
    const known = factory.list('managedVirtualNetwork').find(network);
    if (!known) throw notFound('managedVirtualNetwork', network);
    return factory.list(kind, network);
  };
  return [
    onFactory(parts, ['GET', below, [`${action}/read`]], (factory, call) =>
      pageResponse(parts.scenarios, parts.url(), {
        factory,
        kind,
        list: list(factory, call),
        call,
      }),
    ),
    onFactory(parts, ['GET', `${below}/{name}`, [`${action}/read`]], (factory, call) => {
      const found = list(factory, call).find(call.params['name']!);
      if (!found) throw notFound(kind, call.params['name']!);
      return matchesEtag(call.request.headers['if-none-match'], found.etag)
        ? { status: 304 }
        : { status: 200, headers: json, body: found.body };
    }),
  ];
}

function single({ request }: Call, body: Factory['body']): EmulatorResponse {
  const etag = textOf(body['eTag']).replaceAll('"', '');
  return matchesEtag(request.headers['if-none-match'], etag)
    ? { status: 304 }
    : { status: 200, body };
}

/** Headers for bodies that are already serialized. */
const json = { 'content-type': 'application/json; charset=utf-8' };

const notFound = (kind: KindName, name: string) =>
  new ArmError(
    404,
    'NotFound',
    `The document could not be retrieved because it does not exist. Entity: ${kind} '${name}'.`,
  );
