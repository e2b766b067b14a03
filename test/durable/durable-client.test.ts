import { isAlreadyStarted, isInstanceNotFound } from '../../functions/durable/durable-client';

describe('isInstanceNotFound', () => {
  it('recognizes the message of the SDK for an unknown instance', () => {
    const error = new Error(
      'DurableClient error: Durable Functions extension replied with HTTP 404 response. Details: …',
    );

    expect(isInstanceNotFound(error)).toBe(true);
  });

  it('ignores another error whose instance id contains 404', () => {
    const error = new Error(
      'The operation failed with an unexpected status code: 500. Details: "sync-fe404a-01M404"',
    );

    expect(isInstanceNotFound(error)).toBe(false);
  });
});

describe('isAlreadyStarted', () => {
  const sdkError = (code: number) =>
    new Error(`The operation failed with an unexpected status code: ${code}. Details: {}`);

  it('recognizes the message of the SDK for an active id', () => {
    expect(isAlreadyStarted(sdkError(409))).toBe(true);
  });

  it('ignores another error', () => {
    expect(isAlreadyStarted(sdkError(500))).toBe(false);
  });
});
