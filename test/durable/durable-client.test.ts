import { isAlreadyStarted, isInstanceNotFound } from '../../functions/durable/durable-client';

describe('an instance that is looked up', () => {
  it('given the library’s words for an unknown instance, when they are read, then it is unknown', () => {
    const error = new Error(
      'DurableClient error: Durable Functions extension replied with HTTP 404 response. Details: …',
    );

    expect(isInstanceNotFound(error)).toBe(true);
  });

  it('given another failure about an id with the same digits, when it is read, then nothing is said of the instance', () => {
    const error = new Error(
      'The operation failed with an unexpected status code: 500. Details: "sync-fe404a-01M404"',
    );

    expect(isInstanceNotFound(error)).toBe(false);
  });
});

describe('an instance that is started', () => {
  const said = (code: number) =>
    new Error(`The operation failed with an unexpected status code: ${code}. Details: {}`);

  it('given the library’s words for an id that is at work, when they are read, then somebody was faster', () => {
    expect(isAlreadyStarted(said(409))).toBe(true);
  });

  it('given another failure, when it is read, then nobody was', () => {
    expect(isAlreadyStarted(said(500))).toBe(false);
  });
});
