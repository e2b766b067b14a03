import type { AccessTokens } from '../../functions/connectors/ports';
import { CachedAccessTokens } from '../../functions/credentials/cached-access-tokens';
import { RefusedError } from '../../functions/errors/app-error';

function world(answer: (times: number) => Promise<string> = async (times) => `token ${times}`) {
  let time = Date.parse('2026-01-15T12:00:00Z');
  const asked: boolean[] = [];
  const tokens: AccessTokens = {
    forResourceManager: (_tenant, _connector, { fresh = false } = {}) => {
      asked.push(fresh);
      return answer(asked.length);
    },
    noteRejection: async () => undefined,
  };
  const recent = new CachedAccessTokens(tokens, () => new Date(time));
  return {
    asked,
    recent,
    wait: (ms: number) => void (time += ms),
    token: (fresh = false) => recent.forResourceManager('t', 'c1', { fresh }),
  };
}

describe('tokens for pages', () => {
  it('given pages within a second, when each asks for a token, then the connector is looked at once', async () => {
    const { token, wait, asked } = world();

    const tokens = [await token(), await token()];
    wait(999);
    tokens.push(await token());

    expect(tokens).toEqual(['token 1', 'token 1', 'token 1']);
    expect(asked).toEqual([false]);
  });

  it.each([1_000, -1_000])(
    'given a clock that went on by %d ms, when a page asks, then the connector is looked at again',
    async (ms) => {
      const { token, wait } = world();
      await token();

      wait(ms);

      expect(await token()).toBe('token 2');
    },
  );

  it('given a token that Azure refused, when a fresh one is asked for, then the next pages take that one', async () => {
    const { token, asked } = world();
    await token();

    const fresh = await token(true);

    expect([fresh, await token()]).toEqual(['token 2', 'token 2']);
    expect(asked).toEqual([false, true]);
  });

  it('given a connector that is not connected, when pages ask, then each is refused by a look of its own', async () => {
    const refused = new RefusedError('not_connected', 'The connector is not connected.');
    const { token, asked } = world(() => Promise.reject(refused));

    await expect(token()).rejects.toBe(refused);
    await expect(token()).rejects.toBe(refused);

    expect(asked).toHaveLength(2);
  });

  it('given a rejection that was noted, when the next page asks, then the connector is looked at again', async () => {
    const { token, recent } = world();
    await token();

    await recent.noteRejection('t', 'c1');

    expect(await token()).toBe('token 2');
  });
});
