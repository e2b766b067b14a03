/** An operation of the API: route, versions, required permission, rate limit and handler. */
import type { EmulatorResponse, EmulatorRequest } from '../emulator/server';
import type { TokenClaims } from '../emulator/tokens';
import { badRequest } from './arm-error';

export interface Call {
  readonly request: EmulatorRequest;
  readonly caller: TokenClaims;
  /** Decoded path parameters, in the caller's spelling. */
  readonly params: Readonly<Record<string, string>>;
  /** Correlation id of the response and of error messages. */
  readonly correlationId: string;
}

export interface Operation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** `{name}` matches one segment, `{+name}` several. */
  readonly path: string;
  readonly apiVersions: readonly string[];
  /** Actions of which the caller needs one at the scope of the path. */
  readonly actions: readonly string[];
  /** Rate limit that the operation counts against. Some queries count as writes. */
  readonly budget: 'reads' | 'writes' | 'none';
  /** Undefined leads to a response with 501. */
  handle(call: Call): EmulatorResponse | undefined | Promise<EmulatorResponse | undefined>;
}

export interface RouteMatch {
  readonly operation: Operation;
  readonly params: Readonly<Record<string, string>>;
}

/** Paths of Azure Resource Manager are case-insensitive. */
export function createRouter(operations: readonly Operation[]) {
  const routes = operations.map((operation) => ({
    operation,
    pattern: new RegExp(`^${operation.path.replace(/\{(\+?)(\w+)\}/g, group)}/?$`, 'i'),
  }));
  return (method: string, path: string): RouteMatch | undefined => {
    for (const { operation, pattern } of routes) {
      const match = operation.method === method ? pattern.exec(path) : null;
      if (match) return { operation, params: decoded(match.groups ?? {}) };
    }
    return undefined;
  };
}

const group = (_: string, many: string, name: string) => `(?<${name}>${many ? '.+?' : '[^/]+'})`;

function decoded(groups: Record<string, string>): Record<string, string> {
  try {
    return Object.fromEntries(
      Object.entries(groups).map(([name, text]) => [name, decodeURIComponent(text)]),
    );
  } catch {
    throw badRequest('The request URL is not valid.', 'InvalidRequestUri');
  }
}
