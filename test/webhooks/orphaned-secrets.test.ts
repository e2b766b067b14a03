import { InvocationContext } from '@azure/functions';
import { Secret } from '../../functions/secrets/secret';
import { reconcileWebhooks } from '../../functions/webhooks/reconcile-webhooks.timer';
import { ada, mallory } from '../support/builders';
import { testContext } from '../support/context';

const hour = 3_600;
const secret = new Secret('whsec_c2VjcmV0');
const about = { contentType: 'text/plain' };

function world() {
  const made = testContext();
  const context = new InvocationContext({ invocationId: 'test', logHandler: () => {} });
  return {
    ...made,
    reconcile: () => reconcileWebhooks(made.services, context),
    aWebhookOf: (actor: typeof ada) =>
      made.services.webhooks.create(actor, {
        url: 'https://allowed.local:8443/hook',
        events: ['sync.failed'],
      }),
  };
}

describe('secrets of webhooks', () => {
  it('given a creation that died after its secret, when an hour has passed, then the secret is gone and others stay', async () => {
    const { vault, wait, reconcile, aWebhookOf } = world();
    const made = [await aWebhookOf(ada), await aWebhookOf(mallory)];
    await vault.put('wh-never-secret', secret, about);
    wait(hour + 1);

    await reconcile();

    const names = vault.usable().map((version) => version.split('/')[0]!);
    expect(names.toSorted()).toEqual(
      made.map(({ webhook }) => `wh-${webhook.id}-secret`).toSorted(),
    );
  });

  it('given a secret of this hour, when it is looked at, then its webhook may still come and it stays', async () => {
    const { vault, wait, reconcile } = world();
    await vault.put('wh-young-secret', secret, about);
    wait(hour);

    await reconcile();

    expect(vault.usable()).toEqual(['wh-young-secret/v1']);
  });

  it('given secrets that are none of webhooks, when they are looked at, then they are left alone', async () => {
    const { vault, wait, reconcile } = world();
    const names = ['app-oauth-client', 'cn-gone-secret', 'wh-1-key'];
    for (const name of names) await vault.put(name, secret, about);
    wait(hour + 1);

    await reconcile();

    expect(vault.usable()).toHaveLength(names.length);
  });
});
