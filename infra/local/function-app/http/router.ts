/** Finds the function for a method and path: literals before parameters, case-insensitively. */
import { parseTemplate, type RouteTemplate } from './route-template';

export interface RouteMatch<Target> {
  readonly target: Target;
  readonly params: Readonly<Record<string, string>>;
}

interface Route<Target> {
  readonly template: RouteTemplate;
  readonly methods: ReadonlySet<string>;
  readonly name: string;
  readonly target: Target;
}

/** First segments of the host's own endpoints. */
const reserved = /^(admin|runtime)(\/|$)/i;

export class Router<Target> {
  #routes: Route<Target>[] = [];

  /**
   * Throws an Error with the function's name if the route is not valid or conflicts with another
   * one.
   */
  add(name: string, path: string, methods: readonly string[], target: Target): void {
    if (reserved.test(path)) throw routeError(name, path, 'admin and runtime belong to the host');
    const route = {
      template: parseRoute(name, path),
      methods: upperCaseSet(methods),
      name,
      target,
    };
    const conflicting = this.#routes.find(
      (other) => other.template.shape === route.template.shape && overlap(other, route),
    );
    if (conflicting)
      throw routeError(name, path, `"${conflicting.name}" has the same route and method`);
    this.#routes.push(route);
    this.#routes.sort((a, b) => compare(a.template.precedence, b.template.precedence));
  }

  find(method: string, pathname: string): RouteMatch<Target> | undefined {
    const path = decode(pathname).slice(1);
    for (const { template, methods, target } of this.#routes) {
      if (!methods.has(method)) continue;
      const params = template.match(path);
      if (params) return { target, params };
    }
    return undefined;
  }
}

/** Decodes percent-encoding before matching, except encoded slashes and invalid sequences. */
function decode(pathname: string): string {
  if (!pathname.includes('%')) return pathname;
  return pathname.replace(/(?:%[\da-f]{2})+/gi, (run) =>
    run
      .split(/(%2f)/i)
      .map((part) => (/^%2f$/i.test(part) ? part : decodeText(part)))
      .join(''),
  );
}

function decodeText(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function parseRoute(name: string, path: string): RouteTemplate {
  try {
    return parseTemplate(path);
  } catch (error) {
    throw routeError(name, path, (error as Error).message);
  }
}

const routeError = (name: string, path: string, reason: string) =>
  new Error(`Function "${name}" has the invalid route "${path}": ${reason}.`);

const upperCaseSet = (methods: readonly string[]) =>
  new Set(methods.map((one) => one.toUpperCase()));

const overlap = (a: Route<unknown>, b: Route<unknown>) =>
  [...a.methods].some((method) => b.methods.has(method));

function compare(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < Math.min(a.length, b.length); index++)
    if (a[index] !== b[index]) return a[index]! - b[index]!;
  return a.length - b.length;
}
