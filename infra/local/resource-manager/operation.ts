/** One operation of the API: what it answers to, what it asks of the caller, and what it does. */
import type { EmulatorResponse, EmulatorRequest } from '../emulator/server';
import type { TokenClaims } from '../emulator/tokens';
import { badRequest } from './arm-error';

export interface Call {
  readonly request: EmulatorRequest;
  readonly caller: TokenClaims;
  /** The parts of the path that vary, decoded, as the caller spelled them. */
  readonly params: Readonly<Record<string, string>>;
  /** Names the request in its answer, and in messages that ask to mention it. */
  readonly correlationId: string;
}

export interface Operation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** `{name}` is one segment, `{+name}` several. */
  readonly path: string;
  readonly apiVersions: readonly string[];
  /** What the caller must be allowed to do at the scope of the path; any one of them is enough. */
  readonly actions: readonly string[];
  /** Which budget it draws from. Some queries count as writes. */
  readonly budget: 'reads' | 'writes' | 'none';
  /** Undefined is answered with 501. */
  handle(call: Call): EmulatorResponse | undefined | Promise<EmulatorResponse | undefined>;
}

export interface RouteMatch {
  readonly operation: Operation;
  readonly params: Readonly<Record<string, string>>;
}

/** Paths of Azure Resource Manager are compared without case. */
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
