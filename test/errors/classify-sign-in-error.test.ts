import { classifySignInError, toAppError, type ProviderError } from '../../functions/errors/classify-sign-in-error';
import { signInErrors } from '../../functions/errors/sign-in-errors';

const failure = (given: Partial<ProviderError>): ProviderError => ({
  provider: 'entra',
  error: 'invalid_grant',
  ...given,
});

describe('classifying a failed sign-in', () => {
  const numbered = signInErrors.flatMap(({ code, numbers }) =>
    numbers.map((number) => [number, code] as const),
  );
  it.each(numbered)('given AADSTS%d, when it is classified, then it is %s', (number, code) => {
    expect(classifySignInError(failure({ number })).code).toBe(code);
  });

  it.each<[string, Partial<ProviderError>, string]>([
    ['a throttled answer that MSAL replays', { error: '90055' }, 'idp_throttled'],
    ['an answer of status 429', { error: 'x', status: 429 }, 'idp_throttled'],
    ['an answer of status 503', { error: 'x', status: 503 }, 'idp_unavailable'],
    ['no network', { error: 'network_error' }, 'idp_unavailable'],
    ['no discovery', { error: 'endpoints_resolution_error' }, 'idp_unavailable'],
    ['a bad token', { suberror: 'bad_token' }, 'grant_revoked'],
    ['a grant that is unknown', {}, 'sign_in_expired'],
    ['a number that is unknown', { number: 1234567 }, 'sign_in_expired'],
    ['a person who said no', { error: 'access_denied' }, 'consent_declined'],
    ['an error that nobody knows', { error: 'whatever' }, 'sign_in_failed'],
  ])('given %s, when it is classified, then its code fits', (_, given, code) => {
    expect(classifySignInError(failure(given)).code).toBe(code);
  });

  it('given the table, when it is read, then no number, word or code stands in it twice', () => {
    const names = signInErrors.flatMap((row) => [
      row.code,
      ...row.numbers.map(String),
      ...('words' in row ? row.words.map((word) => `word ${word}`) : []),
    ]);

    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it('given a throttled sign-in, when it becomes an error, then it says how long to wait', () => {
    const error = toAppError(failure({ error: 'x', status: 429, retryAfterSeconds: 17 }));

    expect(error).toMatchObject({ kind: 'throttled', retryable: true, retryAfterInSeconds: 17 });
  });

  it('given a definitive refusal, when it becomes an error, then it carries the number and the trace', () => {
    const error = toAppError(failure({ number: 7000222, traceId: 'trace' }));

    expect(error).toMatchObject({
      kind: 'refused',
      retryable: false,
      why: { upstream: { provider: 'entra', code: 'AADSTS7000222', traceId: 'trace' } },
    });
  });
});
