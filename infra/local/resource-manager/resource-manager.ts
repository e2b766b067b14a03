/**
 * Azure Resource Manager emulator: subscriptions, Resource Graph, role assignments, and Data
 * Factory (api-version 2018-06-01) served from folders.
 */
import { sample } from '../seed/sample';
import { serve, type Emulator, type EmulatorContext } from '../emulator/server';
import type { VerifyToken } from '../emulator/tokens';
import { faultBody } from './arm-error';
import { dataFactoryOperations } from './factories/data-factory';
import { createFactories } from './factories/factories';
import type { Factory, FactoryRef } from './factories/factory';
import { createRequestPipeline } from './request-pipeline';
import { generateFactory, type GeneratedFactory } from './factories/generated-factory';
import { createTokenBuckets, type Limits } from './limits';
import { createScenarios, type Scenarios } from './scenarios';
import { resourceGraphOperation } from './resource-graph/resource-graph';
import { delegationOf } from './roles/conditions';
import { openRoleAssignments, type Grant } from './roles/role-assignments';
import { roleIds } from './roles/role-definitions';
import { roleOperations } from './roles/role-operations';
import { runOperations } from './run-history/run-operations';
import type { Counts } from './factories/source-factory';
import {
  createSubscriptions,
  sampleFactoryLocations,
  sampleSubscriptions,
  subscriptionOperations,
} from './subscriptions';

export interface ResourceManagerOptions {
  readonly verify: VerifyToken;
  /** Each folder may hold several factories. */
  readonly factories: readonly string[];
  /** Folder that is served if `factories` is empty. */
  readonly sampleFactories?: string;
  readonly latencyMs: number;
  readonly limits?: Partial<Limits>;
  readonly port?: number;
}

export interface FactoryEntry extends FactoryRef {
  readonly folder: string;
  readonly counts: Counts;
  /** Sentences about resources that were left out. */
  readonly leftOut: readonly string[];
}

export interface ResourceManager extends Emulator {
  readonly url: string;
  readonly env: { readonly RESOURCE_MANAGER_URL: string };
  factories(): FactoryEntry[];
  /** Replaces the named factory by the one in the folder. Only changed resources get new etags. */
  swapFactory(name: string, folder: string): Promise<FactoryEntry>;
  addFactories(folder: string): Promise<FactoryEntry[]>;
  generateFactory(options: GeneratedFactory): FactoryEntry;
  removeFactory(name: string): void;
  /** Changes the etags of all resources of a factory, but not their content. */
  renewEtags(name: string): void;
  /** Hides a factory from the next discoveries. */
  hideFromResourceGraph(name: string, times: number): void;
  readonly scenarios: Scenarios;
  /** Adds a role assignment. */
  grant(grant: Grant): Promise<void>;
  revoke(principalId: string): Promise<void>;
  limits(): Limits;
  /** Refills all token buckets with new limits. Without limits, restores the initial ones. */
  setLimits(limits?: Partial<Limits>): void;
  setLatency(ms: number): void;
}

export async function startResourceManager(
  context: EmulatorContext,
  options: ResourceManagerOptions,
): Promise<ResourceManager> {
  const { clock, dataFolder } = context;
  const factories = createFactories();
  const subscriptions = createSubscriptions(factories);
  const scenarios = createScenarios();
  const tokenBuckets = createTokenBuckets(clock, options.limits);
  const roles = await openRoleAssignments(dataFolder);
  let latency = options.latencyMs;
  let url = '';

  for (const folder of options.factories) await factories.addFolder(folder);
  if (options.factories.length === 0 && options.sampleFactories !== undefined)
    await factories.addFolder(options.sampleFactories, sampleFactoryLocations);
  const readable = subscriptions
    .all()
    .filter(({ subscriptionId }) => subscriptionId !== sampleSubscriptions.legal.subscriptionId);
  await roles.seed(
    readable.flatMap(({ subscriptionId }) => [
      ...readersOf(subscriptionId),
      roleAdministratorOf(subscriptionId),
    ]),
    clock.now(),
  );

  const handler = createRequestPipeline(
    [
      ...subscriptionOperations({ subscriptions, roles, scenarios, url: () => url }),
      resourceGraphOperation({ factories, subscriptions, roles, tokenBuckets, scenarios }),
      ...dataFactoryOperations({ factories, scenarios, url: () => url }),
      ...runOperations({ factories, scenarios, tokenBuckets, clock }),
      ...roleOperations({ roles, clock, principals: new Set(people.map(({ id }) => id)) }),
    ],
    { verify: options.verify, roles, tokenBuckets, subscriptions },
  );
  const served = await serve(context, {
    service: 'resource-manager',
    handler,
    latencyMs: () => latency,
    faultBody,
    ...(options.port !== undefined && { port: options.port }),
  });
  url = served.url;

  return {
    url,
    env: { RESOURCE_MANAGER_URL: url },
    factories: () => factories.all().map(toEntry),
    swapFactory: async (name, folder) => toEntry(await factories.swap(name, folder)),
    addFactories: async (folder) => (await factories.addFolder(folder)).map(toEntry),
    generateFactory: (generated) => toEntry(factories.add(generateFactory(generated))),
    removeFactory: (name) => factories.remove(name),
    renewEtags: (name) => factories.renewEtags(name),
    hideFromResourceGraph: (factory, count) =>
      scenarios.add({ scenario: 'factory-undiscovered', factory, count }),
    scenarios,
    grant: (grant) => roles.grant(grant, clock.now()),
    async revoke(principalId) {
      for (const each of roles.all())
        if (each.principalId === principalId) await roles.remove(each);
    },
    limits: () => tokenBuckets.limits(),
    setLimits: (limits) => tokenBuckets.setLimits(limits),
    setLatency: (ms) => void (latency = ms),
    stop: () => served.stop(),
  };
}

/** Principals of the sample customer, and its guest. */
const people = [
  { id: sample.contoso.app.objectId, type: 'ServicePrincipal' },
  ...sample.contoso.users.map(({ objectId }) => ({ id: objectId, type: 'User' })),
  { id: sample.fabrikam.user.guestObjectId, type: 'User' },
];

const readersOf = (subscriptionId: string): Grant[] =>
  people.map(({ id, type }) => ({
    scope: `/subscriptions/${subscriptionId}`,
    roleId: roleIds.reader,
    principalId: id,
    principalType: type,
  }));

/** Our app may give the roles of role rules to users and groups, and no others. */
const roleAdministratorOf = (subscriptionId: string): Grant => ({
  scope: `/subscriptions/${subscriptionId}`,
  roleId: roleIds.accessAdministrator,
  principalId: sample.home.oauthObjectIdAtContoso,
  principalType: 'ServicePrincipal',
  condition: delegationOf([
    roleIds.dataFactoryContributor,
    roleIds.dataFactoryOperator,
    roleIds.reader,
  ]),
});

function toEntry(factory: Factory): FactoryEntry {
  const { name, subscriptionId, resourceGroup, folder, counts, leftOut } = factory;
  return { name, subscriptionId, resourceGroup, folder, counts, leftOut };
}
