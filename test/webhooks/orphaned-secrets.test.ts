import { InvocationContext } from '@azure/functions';
import { Secret } from '../../functions/secrets/secret';
import { reconcileWebhooks } from '../../functions/webhooks/reconcile-webhooks.timer';
import { owner, ownerOfOtherTenant } from '../support/builders';
import { testContext } from '../support/context';

const hour = 3_600;
const secret = new Secret('whsec_c2VjcmV0');
const properties = { contentType: 'text/plain' };

function reconcileContext() {
  const base = testContext();
  const context = new InvocationContext({ invocationId: 'test', logHandler: () => {} });
  return {
    ...base,
    reconcile: () => reconcileWebhooks(base.services, context),
    aWebhookOf: (actor: typeof owner) =>
      base.services.webhooks.create(actor, {
        url: 'https://allowed.local:8443/hook',
        events: ['sync.failed'],
      }),
  };
}

describe('reconcileWebhooks', () => {
  it('deletes a secret without a webhook after an hour', async () => {
    const { secretStore, wait, reconcile, aWebhookOf } = reconcileContext();
    const created = [await aWebhookOf(owner), await aWebhookOf(ownerOfOtherTenant)];
    await secretStore.put('wh-never-secret', secret, properties);
    wait(hour + 1);

    await reconcile();

    const names = secretStore.usable().map((version) => version.split('/')[0]!);
    expect(names.toSorted()).toEqual(
      created.flatMap(({ webhook: { id } }) => [`wh-${id}-secret`, `wh-${id}-url`]).toSorted(),
    );
  });

  it('disables the address that a change replaced, after an hour', async () => {
    const { services, secretStore, wait, reconcile, aWebhookOf } = reconcileContext();
    const { webhook } = await aWebhookOf(owner);
    const url = 'https://hooks.example/new';
    const changed = await services.webhooks.update(owner, webhook.id, '*', { url });

    await reconcile();
    const before = secretStore.usable();
    wait(hour + 1);
    await reconcile();

    const old = `wh-${webhook.id}-url/${webhook.address.version}`;
    expect(before).toContain(old);
    expect(secretStore.usable()).toEqual(before.filter((version) => version !== old));
    expect(secretStore.usable()).toContain(`wh-${webhook.id}-url/${changed.address.version}`);
  });

  it('disables a previous signing secret when its overlap ends', async () => {
    const { services, secretStore, wait, reconcile, aWebhookOf } = reconcileContext();
    const { webhook } = await aWebhookOf(owner);
    await services.webhookSecretRotation.rotate(owner, webhook.id, 2);
    const old = `wh-${webhook.id}-secret/${webhook.secretVersion}`;

    wait(2 * hour - 1);
    await reconcile();
    const during = secretStore.usable();
    wait(1);
    await reconcile();

    expect(during).toContain(old);
    expect(secretStore.usable()).toEqual(during.filter((version) => version !== old));
  });

  it('keeps a secret that is not older than an hour', async () => {
    const { secretStore, wait, reconcile } = reconcileContext();
    await secretStore.put('wh-young-secret', secret, properties);
    wait(hour);

    await reconcile();

    expect(secretStore.usable()).toEqual(['wh-young-secret/v1']);
  });

  it('keeps secrets that do not belong to webhooks', async () => {
    const { secretStore, wait, reconcile } = reconcileContext();
    const names = ['app-oauth-client', 'cn-gone-secret', 'wh-1-key'];
    for (const name of names) await secretStore.put(name, secret, properties);
    wait(hour + 1);

    await reconcile();

    expect(secretStore.usable()).toHaveLength(names.length);
  });
});
