import {
  classifySignInError,
  toAppError,
  type ProviderError,
} from '../../functions/errors/classify-sign-in-error';
import { signInErrors } from '../../functions/errors/sign-in-errors';

const providerError = (overrides: Partial<ProviderError>): ProviderError => ({
  provider: 'entra',
  error: 'invalid_grant',
  ...overrides,
});

describe('classifySignInError', () => {
  const numbered = signInErrors.flatMap(({ code, numbers }) =>
    numbers.map((number) => [number, code] as const),
  );
  it.each(numbered)('maps AADSTS%d to %s', (number, code) => {
    expect(classifySignInError(providerError({ number })).code).toBe(code);
  });

  it.each<[string, Partial<ProviderError>, string]>([
    ['a throttled response that MSAL repeats', { error: '90055' }, 'idp_throttled'],
    ['status 429', { error: 'x', status: 429 }, 'idp_throttled'],
    ['status 503', { error: 'x', status: 503 }, 'idp_unavailable'],
    ['a verdict with status 200', { number: 50173, status: 200 }, 'idp_unavailable'],
    ['a verdict with status 400', { number: 50173, status: 400 }, 'grant_revoked'],
    ['a network error', { error: 'network_error' }, 'idp_unavailable'],
    ['a failed discovery', { error: 'endpoints_resolution_error' }, 'idp_unavailable'],
    ['a bad token', { suberror: 'bad_token' }, 'grant_revoked'],
    ['an invalid grant', {}, 'sign_in_expired'],
    ['an unknown number', { number: 1234567 }, 'sign_in_expired'],
    ['a declined consent', { error: 'access_denied' }, 'consent_declined'],
    ['an unknown error', { error: 'unheard_of' }, 'sign_in_failed'],
  ])('maps %s to its code', (_, overrides, code) => {
    expect(classifySignInError(providerError(overrides)).code).toBe(code);
  });
});

describe('signInErrors', () => {
  it('lists each number, error and code once', () => {
    const names = signInErrors.flatMap((row) => [
      row.code,
      ...row.numbers.map(String),
      ...('errors' in row ? row.errors.map((error) => `error ${error}`) : []),
    ]);

    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });
});

describe('toAppError', () => {
  it('carries the wait time of a throttled sign-in', () => {
    const error = toAppError(providerError({ error: 'x', status: 429, retryAfterSeconds: 17 }));

    expect(error).toMatchObject({ kind: 'throttled', retryable: true, retryAfterSeconds: 17 });
  });

  it('carries number and trace id of a refusal', () => {
    const error = toAppError(providerError({ number: 7000222, traceId: 'trace' }));

    expect(error).toMatchObject({
      kind: 'refused',
      retryable: false,
      details: { upstream: { provider: 'entra', code: 'AADSTS7000222', traceId: 'trace' } },
    });
  });
});
