import { createFunctionApp } from '../../infra/local/function-app/worker/core-api';

const http = { direction: 'in', type: 'httpTrigger' };
const handler = () => undefined;

function appOf() {
  const app = createFunctionApp(() => undefined);
  const register = app.core['registerFunction'] as (
    metadata: object,
    handler: unknown,
  ) => {
    dispose(): void;
  };
  (app.core['setProgrammingModel'] as (model: object) => void)({ name: 'test' });
  return { app, register };
}

describe('registration of functions', () => {
  it.each([
    ['no trigger', { name: 'a', bindings: {} }, 'has no trigger'],
    ['two triggers', { name: 'a', bindings: { x: http, y: http } }, 'more than one trigger'],
    ['an odd name', { name: '1 a', bindings: { x: http } }, 'has a name'],
    ['a retry policy', { name: 'a', bindings: { x: http }, retryOptions: {} }, 'retry policy'],
    [
      'a trigger that is not run here',
      { name: 'a', bindings: { x: { direction: 'in', type: 'blobTrigger' } } },
      'has a blobTrigger',
    ],
    [
      'an output that is not served here',
      { name: 'a', bindings: { x: http, y: { direction: 'out', type: 'queue' } } },
      'has the output binding "queue"',
    ],
    [
      'an input that is not served here',
      { name: 'a', bindings: { x: http, y: { direction: 'in', type: 'sql' } } },
      'has the input binding "sql"',
    ],
  ])('rejects a function with %s by name', (_, metadata, why) => {
    const { register } = appOf();

    expect(() => register(metadata, handler)).toThrow(why);
  });

  it('rejects a name that differs only by case', () => {
    const { register } = appOf();
    register({ name: 'twin', bindings: { x: http } }, handler);

    expect(() => register({ name: 'Twin', bindings: { x: http } }, handler)).toThrow(
      'Two functions',
    );
  });

  it('rejects a function after the start', () => {
    const { app, register } = appOf();
    app.close();

    expect(() => register({ name: 'late', bindings: { x: http } }, handler)).toThrow('too late');
  });

  it('removes a function when its registration is disposed', () => {
    const { app, register } = appOf();

    register({ name: 'brief', bindings: { x: http } }, handler).dispose();

    expect(app.functions.size).toBe(0);
  });

  it('fails for a bundle without functions', () => {
    expect(() => createFunctionApp(() => undefined).close()).toThrow('registers no function');
  });

  it('rejects an unknown hook', () => {
    const { app } = appOf();

    expect(() => app.hooks.register('beforeAll', handler)).toThrow('hook "beforeAll" is not known');
  });
});
