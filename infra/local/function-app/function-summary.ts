/**
 * Name, trigger and address of each function, for the stack and for the page at the root of the
 * host.
 */
import { text, type HttpResponse } from './http/http-response';
import type { RegisteredFunction } from './worker/registered-function';

export interface FunctionSummary {
  readonly name: string;
  readonly trigger: string;
  readonly route?: string;
  readonly methods?: readonly string[];
  readonly schedule?: string;
}

export const routeOf = ({ name, trigger }: RegisteredFunction, routePrefix: string) =>
  [routePrefix, trigger.route ?? name].filter(Boolean).join('/');

export const methodsOf = ({ trigger }: RegisteredFunction) =>
  (trigger.methods ?? ['GET', 'POST']).map((method) => method.toUpperCase());

export function summaryOf(
  fn: RegisteredFunction,
  routePrefix: string,
  schedule: string | undefined,
): FunctionSummary {
  const { name, trigger } = fn;
  return {
    name,
    trigger: trigger.type,
    ...(trigger.type === 'httpTrigger' && {
      route: routeOf(fn, routePrefix),
      methods: methodsOf(fn),
    }),
    ...(schedule !== undefined && { schedule }),
  };
}

export function home(url: string, functions: readonly FunctionSummary[]): HttpResponse {
  const lines = functions.map(({ name, trigger, route, methods, schedule }) => {
    const address =
      route === undefined ? (schedule ?? trigger) : `${methods?.join(',')} ${url}/${route}`;
    return `  ${name.padEnd(32)} ${address}`;
  });
  return text(200, ['Functions of this host:', '', ...lines, ''].join('\n'));
}
