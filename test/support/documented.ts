/** Every answer is held to the OpenAPI document: a field that leaks fails the first test that sees it. */
import Ajv from 'ajv/dist/2020';
import type { OpenApiDocument } from '../../functions/http/openapi';

export interface Answered {
  readonly operationId: string;
  readonly status: number;
  /** The body as it went over the wire; undefined when there was none. */
  readonly json: unknown;
}

/** Throws when the document does not know such an answer. */
export function documentation(document: OpenApiDocument) {
  const ajv = new Ajv({ strict: false, validateFormats: false });
  ajv.addSchema(document as object, 'openapi');
  const operations = new Map(
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(
        ([method, { operationId }]) => [operationId, { path, method }] as const,
      ),
    ),
  );

  function expectDocumented({ operationId, status, json }: Answered): void {
    const { path, method } = operations.get(operationId)!;
    const { responses } = document.paths[path]![method]!;
    const known = responses[status] ? String(status) : 'default';
    const type = Object.keys(responses[known]!.content ?? {})[0];
    if (type === undefined || type === 'text/html') {
      if (json === undefined) return;
      throw new Error(`${operationId} answered ${status} with a body it does not document.`);
    }
    const pointer = ['paths', path, method, 'responses', known, 'content', type, 'schema'];
    const escaped = pointer.map((part) =>
      encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')),
    );
    if (ajv.validate({ $ref: `openapi#/${escaped.join('/')}` }, json)) return;
    throw new Error(
      `${operationId} answered ${status} with what it does not document: ${ajv.errorsText()}\n` +
        JSON.stringify(json, null, 2).slice(0, 2_000),
    );
  }

  /** The operation that serves a request, if any; a literal path beats one with parameters. */
  function operationOf(method: string, pathname: string): string | undefined {
    return [...operations]
      .filter(([, operation]) => operation.method === method.toLowerCase())
      .sort(([, a], [, b]) => parameters(a.path) - parameters(b.path))
      .find(([, { path }]) => matches(path, pathname))?.[0];
  }

  return { expectDocumented, operationOf };
}

const parameters = (path: string) => path.split('{').length;

const matches = (path: string, pathname: string) =>
  new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(pathname);
