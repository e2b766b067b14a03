/** Under jest no worker hands out @azure/functions-core; registering a function does nothing. */
export const version = 'test';
export const hostVersion = 'test';
export const registerFunction = () => ({ dispose() {} });
export const setProgrammingModel = () => undefined;
export const getProgrammingModel = () => undefined;
export const registerHook = () => ({ dispose() {} });
export const log = () => undefined;
export class Disposable {
  dispose(): void {}
}
