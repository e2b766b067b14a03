/**
 * Validates responses against the OpenAPI document and the rules of all responses. A field that
 * leaks, a problem without a page or a list without its Link header fails the first test that sees
 * it.
 */
import Ajv from 'ajv/dist/2020';
import type { OpenApiDocument } from '../../../functions/http/openapi/openapi';
import { allProblemTypes } from '../../../functions/errors/all-problem-types';

export interface ValidatedResponse {
  readonly operationId: string;
  readonly status: number;
  readonly headers: Headers;
  /** The body as it was sent; undefined if it was not JSON. */
  readonly json: unknown;
}

export function openApiValidator(document: OpenApiDocument) {
  const ajv = new Ajv({ strict: false, validateFormats: false });
  ajv.addSchema(document as object, 'openapi');
  const operations = new Map(
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(
        ([method, { operationId }]) => [operationId, { path, method }] as const,
      ),
    ),
  );

  const documentedHeaders = Object.keys(document.components.headers);

  /** Throws if the document does not describe the response. */
  function assertDocumented(response: ValidatedResponse): void {
    const violation = bodyViolation(response) ?? headerViolation(response);
    if (violation === undefined) return;
    const { operationId, status, json } = response;
    const excerpt = (JSON.stringify(json, null, 2) ?? '').slice(0, 2_000);
    throw new Error(`${operationId} responded ${status} ${violation}\n${excerpt}`);
  }

  function bodyViolation({ operationId, status, json }: ValidatedResponse): string | undefined {
    const { path, method } = operations.get(operationId)!;
    const { responses } = document.paths[path]![method]!;
    const documented = responses[status] ? String(status) : 'default';
    const types = Object.keys(responses[documented]!.content ?? {});
    const type = types.find((one) => /[/+]json$/.test(one));
    if (type === undefined)
      return json === undefined ? undefined : 'with a body that is not documented.';
    if (json === undefined && types.includes('text/html')) return undefined;
    const pointer = ['paths', path, method, 'responses', documented, 'content', type, 'schema'];
    const escaped = pointer.map((part) =>
      encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')),
    );
    // getSchema() compiles once; validate() would compile a reference for each call.
    const validate = ajv.getSchema(`openapi#/${escaped.join('/')}`)!;
    if (validate(json)) return undefined;
    return `with a body that violates its schema: ${ajv.errorsText(validate.errors)}`;
  }

  function headerViolation({ operationId, status, headers, json }: ValidatedResponse) {
    const { path, method } = operations.get(operationId)!;
    const { responses } = document.paths[path]![method]!;
    const { code, nextLink } = (json ?? {}) as { code?: unknown; nextLink?: string };
    const etag = headers.get('etag');
    if (
      /problem\+json/.test(headers.get('content-type') ?? '') &&
      !allProblemTypes.has(String(code))
    )
      return `with the problem ${String(code)}, which has no page.`;
    if (nextLink !== undefined && headers.get('link') !== `<${nextLink}>; rel="next"`)
      return 'with a nextLink, but without a Link header to it.';
    if (etag !== null && !/^"[\x21\x23-\x7e]+"$/.test(etag)) return `with the weak ETag ${etag}.`;
    const { headers: declared = {} } = responses[status] ?? responses['default']!;
    const undeclared = documentedHeaders.find((name) => headers.has(name) && !(name in declared));
    if (undeclared !== undefined) return `with the header ${undeclared}, which is not documented.`;
    return undefined;
  }

  /** A literal path comes before one with parameters. */
  const patterns = [...operations]
    .sort(([, one], [, other]) => parameterCount(one.path) - parameterCount(other.path))
    .map(([operationId, { method, path }]) => ({ operationId, method, pattern: patternOf(path) }));

  /** The operation that serves a request, if any. */
  function operationOf(method: string, pathname: string): string | undefined {
    const wanted = method.toLowerCase();
    return patterns.find((one) => one.method === wanted && one.pattern.test(pathname))?.operationId;
  }

  return { assertDocumented, operationOf };
}

const parameterCount = (path: string) => path.split('{').length;

const patternOf = (path: string) =>
  new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`);
