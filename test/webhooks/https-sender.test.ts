import type { WebhookRequest } from '../../functions/webhooks/ports';
import { HttpsSender } from '../../functions/webhooks/receivers/https-sender';

const aRequest = (url = 'https://hooks.example/in'): WebhookRequest => ({
  url,
  headers: {},
  body: '{}',
});

describe('HttpsSender', () => {
  it.each([
    ['loopback', ['127.0.0.1']],
    ['metadata', ['169.254.169.254']],
    ['private', ['10.1.2.3']],
    ['Azure wire server', ['168.63.129.16']],
    ['carrier-grade NAT', ['100.64.0.7']],
    ['unique local', ['fd00::1']],
    ['mapped private', ['::ffff:192.168.0.1']],
    ['one public and one private', ['93.184.216.34', '10.0.0.1']],
  ])('refuses a name that resolves to an address of kind: %s', async (_, found) => {
    const sender = new HttpsSender(['other.example'], async () => found);

    expect(await sender.send(aRequest())).toEqual({ error: 'address_refused' });
  });

  it.each([
    ['nothing', async () => []],
    ['a failure', () => Promise.reject(new Error('ENOTFOUND'))],
  ])('reports a name that resolves to %s as not resolved', async (_, resolve) => {
    const sender = new HttpsSender([], resolve);

    expect(await sender.send(aRequest())).toEqual({ error: 'name_not_resolved' });
  });

  it('times out if the name server does not respond', async () => {
    const sender = new HttpsSender([], () => new Promise(() => undefined), 50);

    expect(await sender.send(aRequest())).toEqual({ error: 'timed_out' });
  });

  it.each([
    ['https://127.0.0.1/in'],
    ['https://[::1]/in'],
    ['https://2130706433/in'],
    ['http://hooks.example/in'],
  ])('refuses %s without a lookup', async (url) => {
    const resolve = jest.fn(async () => ['93.184.216.34']);

    expect(await new HttpsSender([], resolve).send(aRequest(url))).toEqual({
      error: 'address_refused',
    });

    expect(resolve).not.toHaveBeenCalled();
  });

  it.each([
    ['another port', 'https://hooks.example:8443/in'],
    ['a longer name', 'https://not.hooks.example/in'],
  ])('does not extend an allowed host to %s', async (_, url) => {
    const sender = new HttpsSender(['hooks.example:443'], async () => ['10.0.0.1']);

    expect(await sender.send(aRequest(url))).toEqual({ error: 'address_refused' });
  });
});
