/** The check of a new token against lists of subscriptions that Azure pages in unusual ways. */
import { EntraAccessCheck } from '../../../functions/azure/entra/access-check';
import { Secret } from '../../../functions/secrets/secret';

const azure = 'https://azure.example';
const urls = { resourceManagerUrl: azure, graphUrl: azure };

/** A page of subscriptions. `next` is its link; true links to the following page. */
interface Page {
  readonly count: number;
  readonly next?: unknown;
}

const check = (...pages: Page[]) => {
  const get = async (url: string) => {
    const page = Number(new URL(url).searchParams.get('page') ?? 0);
    const { count, next } = pages[page]!;
    const nextLink = next === true ? `${azure}/subscriptions?page=${page + 1}` : next;
    return {
      status: 200,
      headers: new Headers(),
      body: { value: Array(count).fill({}), nextLink },
    };
  };
  return new EntraAccessCheck(urls, get).assertSubscriptionAccess(new Secret('token'));
};
const empty = (count: number) => Array<Page>(count).fill({ count: 0, next: true });

describe('EntraAccessCheck.assertSubscriptionAccess', () => {
  it('finds a subscription after empty pages', async () => {
    await expect(check(...empty(9), { count: 1 })).resolves.toBeUndefined();
  });

  it.each([null, '', undefined])('denies an empty list whose next link is %j', async (next) => {
    const denied = { code: 'access_denied_arm' };
    await expect(check(...empty(1), { count: 0, next })).rejects.toMatchObject(denied);
  });

  it.each<[string, readonly Page[]]>([
    ['has more empty pages than are read', empty(12)],
    ['continues at another origin', [{ count: 0, next: 'https://evil.example/subscriptions' }]],
    ['continues at no address', [{ count: 0, next: 'page two' }]],
    ['continues at a number', [{ count: 0, next: 7 }]],
  ])('denies nothing if the list %s', async (_, list) => {
    const unknown = { kind: 'upstream', code: 'azure_unexpected_response' };
    await expect(check(...list)).rejects.toMatchObject(unknown);
  });
});

describe('EntraAccessCheck', () => {
  const answer = (status: number, body: unknown) =>
    new EntraAccessCheck(urls, async () => ({ status, headers: new Headers(), body }));
  const refusal = { error: { code: 'Refused' } };

  it.each([
    [401, refusal, 'token_rejected'],
    [403, refusal, 'access_denied_arm'],
    [401, undefined, 'azure_unexpected_response'],
    [403, undefined, 'azure_unexpected_response'],
    [407, undefined, 'azure_unexpected_response'],
  ])('reads status %d with %j as %s', async (status, body, code) => {
    const checking = answer(status, body).assertSubscriptionAccess(new Secret('token'));

    await expect(checking).rejects.toMatchObject({ code });
  });

  it.each([
    [refusal, 'user_not_found'],
    [undefined, 'azure_unexpected_response'],
  ])('reads a 404 of Graph with %j as %s', async (body, code) => {
    const finding = answer(404, body).findUser(new Secret('token'), 'u1');

    await expect(finding).rejects.toMatchObject({ code });
  });
});
