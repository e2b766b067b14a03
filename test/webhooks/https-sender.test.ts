import type { WebhookRequest } from '../../functions/webhooks/ports';
import { HttpsSender } from '../../functions/webhooks/https-sender';

const aLetter = (url = 'https://hooks.example/in'): WebhookRequest => ({
  url,
  headers: {},
  body: '{}',
});

/** Names that stand for addresses we must not reach are as closed as the addresses themselves. */
describe('sending to a name', () => {
  it.each([
    ['loopback', ['127.0.0.1']],
    ['metadata', ['169.254.169.254']],
    ['private', ['10.1.2.3']],
    ['Azure’s wire server', ['168.63.129.16']],
    ['carrier-grade NAT', ['100.64.0.7']],
    ['unique local', ['fd00::1']],
    ['mapped private', ['::ffff:192.168.0.1']],
    ['one public and one private', ['93.184.216.34', '10.0.0.1']],
  ])(
    'given a name that stands for %s, when it is sent to, then it is refused',
    async (_, found) => {
      const sender = new HttpsSender(['other.example'], async () => found);

      expect(await sender.send(aLetter())).toEqual({ error: 'address_refused' });
    },
  );

  it.each([
    ['nothing', async () => []],
    ['a failure', () => Promise.reject(new Error('ENOTFOUND'))],
  ])(
    'given a name that stands for %s, when it is sent to, then it is not resolved',
    async (_, resolve) => {
      const sender = new HttpsSender([], resolve);

      expect(await sender.send(aLetter())).toEqual({ error: 'name_not_resolved' });
    },
  );

  it('given a name server that says nothing, when it is sent to, then the time is up', async () => {
    const sender = new HttpsSender([], () => new Promise(() => undefined), 50);

    expect(await sender.send(aLetter())).toEqual({ error: 'timed_out' });
  });

  it.each([
    ['https://127.0.0.1/in'],
    ['https://[::1]/in'],
    ['https://2130706433/in'],
    ['http://hooks.example/in'],
  ])('given %s, when it is sent to, then it is refused without a lookup', async (url) => {
    const resolve = jest.fn(async () => ['93.184.216.34']);

    expect(await new HttpsSender([], resolve).send(aLetter(url))).toEqual({
      error: 'address_refused',
    });

    expect(resolve).not.toHaveBeenCalled();
  });

  it.each([
    ['another port', 'https://hooks.example:8443/in'],
    ['a longer name', 'https://not.hooks.example/in'],
  ])(
    'given an allowed host, when %s is sent to, then that is not allowed with it',
    async (_, url) => {
      const sender = new HttpsSender(['hooks.example:443'], async () => ['10.0.0.1']);

      expect(await sender.send(aLetter(url))).toEqual({ error: 'address_refused' });
    },
  );
});
