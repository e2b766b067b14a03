/**
 * Every answer is held to the OpenAPI document and to what all answers have in common: a field that leaks, a problem
 * without a page or a list without its Link fails the first test that sees it.
 */
import Ajv from 'ajv/dist/2020';
import type { OpenApiDocument } from '../../functions/http/openapi';
import { allProblemTypes } from '../../functions/http/problems.http';

export interface ValidatedResponse {
  readonly operationId: string;
  readonly status: number;
  readonly headers: Headers;
  /** The body as it went over the wire, when it was JSON. */
  readonly json: unknown;
}

/** Throws when the document does not know such an answer. */
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

  function assertDocumented(answered: ValidatedResponse): void {
    const complaint = complaintAboutBody(answered) ?? complaintAboutHeaders(answered);
    if (complaint === undefined) return;
    const { operationId, status, json } = answered;
    const shown = (JSON.stringify(json, null, 2) ?? '').slice(0, 2_000);
    throw new Error(`${operationId} answered ${status} ${complaint}\n${shown}`);
  }

  function complaintAboutBody({ operationId, status, json }: ValidatedResponse): string | undefined {
    const { path, method } = operations.get(operationId)!;
    const { responses } = document.paths[path]![method]!;
    const known = responses[status] ? String(status) : 'default';
    const types = Object.keys(responses[known]!.content ?? {});
    const type = types.find((one) => one.endsWith('json'));
    if (type === undefined)
      return json === undefined ? undefined : 'with a body it does not document.';
    if (json === undefined && types.includes('text/html')) return undefined;
    const pointer = ['paths', path, method, 'responses', known, 'content', type, 'schema'];
    const escaped = pointer.map((part) =>
      encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')),
    );
    // Compiled once and kept, which validate() would not do for a reference.
    const validate = ajv.getSchema(`openapi#/${escaped.join('/')}`)!;
    if (validate(json)) return undefined;
    return `with what it does not document: ${ajv.errorsText(validate.errors)}`;
  }

  function complaintAboutHeaders({ operationId, status, headers, json }: ValidatedResponse) {
    const { path, method } = operations.get(operationId)!;
    const { responses } = document.paths[path]![method]!;
    const { code, nextLink } = (json ?? {}) as { code?: unknown; nextLink?: string };
    const tag = headers.get('etag');
    if (
      /problem\+json/.test(headers.get('content-type') ?? '') &&
      !allProblemTypes.has(String(code))
    )
      return `with the problem ${String(code)}, which has no page.`;
    if (nextLink !== undefined && headers.get('link') !== `<${nextLink}>; rel="next"`)
      return 'with another page, but no Link to it.';
    if (tag !== null && !/^"[\x21\x23-\x7e]+"$/.test(tag)) return `with the weak tag ${tag}.`;
    if (tag !== null && !responses[status]?.headers?.['ETag'])
      return 'with an ETag that it does not document.';
    return undefined;
  }

  /** The operation that serves a request, if any; a literal path beats one with parameters. */
  function operationOf(method: string, pathname: string): string | undefined {
    return [...operations]
      .filter(([, operation]) => operation.method === method.toLowerCase())
      .sort(([, a], [, b]) => parameters(a.path) - parameters(b.path))
      .find(([, { path }]) => matches(path, pathname))?.[0];
  }

  return { expectDocumented: assertDocumented, operationOf };
}

const parameters = (path: string) => path.split('{').length;

const matches = (path: string, pathname: string) =>
  new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(pathname);
