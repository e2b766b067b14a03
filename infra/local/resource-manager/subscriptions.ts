/** Subscriptions of the sample customer, and those of the factories that are served. */
import { sample } from '../seed/sample';
import { ArmError } from './arm-error';
import type { Factories } from './factories/factories';
import type { FactoryRef } from './factories/factory';
import type { Operation } from './operation';
import type { RoleAssignments } from './roles/role-assignments';
import type { Scenarios } from './scenarios';

export interface Subscription {
  readonly subscriptionId: string;
  readonly displayName: string;
  readonly tenantId: string;
}

export interface Subscriptions {
  all(): readonly Subscription[];
  /** Throws SubscriptionNotFound if there is none. */
  get(subscriptionId: string): Subscription;
}

const { tenantId, subscription: production } = sample.contoso;

export const sampleSubscriptions = {
  production: { ...production, tenantId },
  finance: contoso('f2', 'Contoso finance'),
  /** Readable, but without factories. */
  development: contoso('f3', 'Contoso development'),
  /** No principal has a role on it. */
  legal: contoso('f4', 'Contoso legal'),
} satisfies Record<string, Subscription>;

/** Locations of sample factories outside the default subscription. */
export const sampleFactoryLocations: Readonly<Record<string, Omit<FactoryRef, 'name'>>> = {
  'contoso-finance': {
    subscriptionId: sampleSubscriptions.finance.subscriptionId,
    resourceGroup: 'rg-finance',
  },
};

function contoso(ending: string, displayName: string): Subscription {
  const subscriptionId = production.subscriptionId.replace(/..$/, ending);
  return { subscriptionId, displayName, tenantId };
}

export function createSubscriptions(factories: Factories): Subscriptions {
  const known: Subscription[] = Object.values(sampleSubscriptions);
  const all = () => {
    const ids = new Set(factories.all().map(({ subscriptionId }) => subscriptionId.toLowerCase()));
    for (const { subscriptionId } of known) ids.delete(subscriptionId);
    const others = [...ids].map((subscriptionId) => ({
      subscriptionId,
      displayName: `Contoso ${subscriptionId.slice(-2)}`,
      tenantId,
    }));
    return [...known, ...others];
  };
  return {
    all,
    get(id) {
      const found = all().find(({ subscriptionId }) => subscriptionId === id.toLowerCase());
      if (found) return found;
      throw new ArmError(
        404,
        'SubscriptionNotFound',
        `The subscription '${id}' could not be found.`,
      );
    },
  };
}

interface Parts {
  readonly subscriptions: Subscriptions;
  readonly roles: RoleAssignments;
  readonly scenarios: Scenarios;
  /** URL of the server, known when it listens. */
  readonly url: () => string;
}

const apiVersions = ['2016-06-01', '2019-06-01', '2020-01-01', '2021-01-01', '2022-12-01'];

/** Callers see the subscriptions in which they have any role. */
export function subscriptionOperations({
  subscriptions,
  roles,
  scenarios,
  url,
}: Parts): Operation[] {
  return [
    {
      method: 'GET',
      path: '/subscriptions',
      apiVersions,
      actions: [],
      budget: 'reads',
      handle({ caller, request }) {
        const { path, query } = request;
        const isFirst = !query.has('$skiptoken');
        const list = 'subscriptions';
        if (isFirst && scenarios.draw('discovery-page-empty', undefined, { list })) {
          const nextLink = `${url()}${path}?api-version=${query.get('api-version')}&$skiptoken=0`;
          return { status: 200, body: { value: [], nextLink } };
        }
        const value = subscriptions
          .all()
          .filter(({ subscriptionId }) =>
            roles.holdsAnyRole(caller.oid, `/subscriptions/${subscriptionId}`),
          )
          .map(toWire);
        return { status: 200, body: { value, count: { type: 'Total', value: value.length } } };
      },
    },
    {
      method: 'GET',
      path: '/subscriptions/{subscriptionId}',
      apiVersions,
      actions: ['Microsoft.Resources/subscriptions/read'],
      budget: 'reads',
      handle: ({ params }) => ({
        status: 200,
        body: toWire(subscriptions.get(params['subscriptionId']!)),
      }),
    },
  ];
}

const toWire = (subscription: Subscription) => ({
  id: `/subscriptions/${subscription.subscriptionId}`,
  authorizationSource: 'RoleBased',
  managedByTenants: [],
  ...subscription,
  state: 'Enabled',
  subscriptionPolicies: {
    locationPlacementId: 'Public_2014-09-01',
    quotaId: 'EnterpriseAgreement_2014-09-01',
    spendingLimit: 'Off',
  },
});
