/** Generates the OpenAPI 3.1 document from the schemas that validate requests. */
import { z } from 'zod';
import type { Role } from './caller';
import type { ResponseSchema, Endpoint } from './endpoint';
import { problem } from './problem';

type Schema = Record<string, unknown>;
type Content = Record<string, { readonly schema: Schema }>;
interface Response {
  readonly description: string;
  readonly headers?: Schema;
  readonly content?: Content;
}
interface Operation {
  readonly operationId: string;
  readonly summary: string;
  /** Roles of which the caller needs one. Absent if any caller may call. */
  readonly 'x-required-roles'?: readonly Role[];
  readonly tags: readonly string[];
  readonly security: readonly object[];
  readonly parameters: readonly Schema[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, Response>>;
}

export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: Schema;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Record<string, Schema>;
    readonly securitySchemes: Schema;
  };
}

export function openApi(endpoints: Readonly<Record<string, Endpoint>>): OpenApiDocument {
  const schemas: Record<string, Schema> = {};
  const paths: Record<string, Record<string, Operation>> = {};
  for (const [name, declared] of Object.entries(endpoints))
    (paths[`/api/${declared.route}`] ??= {})[declared.method.toLowerCase()] = operation(
      name,
      declared,
      schemas,
    );
  return {
    openapi: '3.1.0',
    info: {
      title: 'adf-connect',
      version: '1',
      description:
        'Connects a product to Azure Data Factory. Errors are application/problem+json (RFC 9457).',
    },
    paths,
    components: {
      schemas,
      securitySchemes: { entra: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  };
}

function operation(
  operationId: string,
  declared: Endpoint,
  schemas: Record<string, Schema>,
): Operation {
  const { route, summary, body, allow, mediaType } = declared;
  const json = (schema: z.ZodType, io: 'input' | 'output', type = 'application/json'): Content => ({
    [type]: { schema: hoistSchemas(schema, io, schemas) },
  });
  const contentOf = (schema: ResponseSchema): Content => {
    if (schema === undefined) return {};
    if (schema === 'page') return { 'text/html': { schema: { type: 'string' } } };
    if (isJsonOrPage(schema)) return { ...contentOf(schema[0]), ...contentOf(schema[1]) };
    return json(schema, 'output');
  };
  const toResponse = ([status, schema]: [string, ResponseSchema]): [string, Response] => {
    const headers = responseHeaders(declared, schema);
    return [
      status,
      {
        description: summary,
        ...(Object.keys(headers).length > 0 && { headers }),
        ...(schema && { content: contentOf(schema) }),
      },
    ];
  };
  const notModified = declared.ifNoneMatch && { 304: undefined };
  return {
    operationId,
    summary,
    ...(Array.isArray(allow) && { 'x-required-roles': allow }),
    tags: [route.split('/')[0]!],
    security: allow === 'anonymous' ? [] : [{ entra: [] }],
    parameters: parameters(declared, schemas),
    ...(body && {
      requestBody: { required: !declared.bodyOptional, content: json(body, 'input', mediaType) },
    }),
    responses: {
      ...Object.fromEntries(
        Object.entries({ ...declared.responses, ...notModified }).map(toResponse),
      ),
      default: {
        description: 'Problem (RFC 9457)',
        content: json(problem, 'output', 'application/problem+json'),
      },
    },
  };
}

const isJsonOrPage = (
  schema: z.ZodType | readonly [z.ZodType, 'page'],
): schema is readonly [z.ZodType, 'page'] => Array.isArray(schema);

/** Headers of a success that the endpoint's declaration implies. */
function responseHeaders(
  { etag, ifNoneMatch, idempotent }: Endpoint,
  content: ResponseSchema,
): Schema {
  const header = (description: string) => ({ description, schema: { type: 'string' } });
  const isList = content instanceof z.ZodObject && 'nextLink' in content.shape;
  return {
    ...((etag ?? ifNoneMatch) && {
      ETag: header('Version of the resource, or a hash of the response.'),
    }),
    ...(isList && { Link: header('The next page as rel="next". Absent on the last page.') }),
    ...(idempotent && {
      'Idempotency-Replayed': header('true if this is the stored response of the first request.'),
    }),
  };
}

function parameters(
  { route, query, ifMatch, ifNoneMatch, idempotent }: Endpoint,
  schemas: Record<string, Schema>,
): Schema[] {
  const inPath = Array.from(route.matchAll(/\{(\w+)\}/g), ([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const { properties = {}, required = [] } = (
    query ? hoistSchemas(query, 'input', schemas) : {}
  ) as {
    properties?: Record<string, Schema>;
    required?: string[];
  };
  const inQuery = Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
  const header = (name: string, required: boolean) => ({
    name,
    in: 'header',
    required,
    schema: { type: 'string' },
  });
  const inHeader = [
    ...(ifMatch ? [header('If-Match', true)] : []),
    ...(ifNoneMatch ? [header('If-None-Match', false)] : []),
    ...(idempotent ? [header('Idempotency-Key', idempotent === 'required')] : []),
  ];
  return [...inPath, ...inQuery, ...inHeader];
}

/** Moves schemas with an id to components. Every use refers to them. */
function hoistSchemas(
  schema: z.ZodType,
  io: 'input' | 'output',
  schemas: Record<string, Schema>,
): Schema {
  const { $schema: _, $defs = {}, ...rest } = z.toJSONSchema(schema, { io }) as Schema;
  const id = schema.meta()?.id;
  const withMovedRefs = (part: unknown) =>
    JSON.parse(JSON.stringify(part).replaceAll('"#/$defs/', '"#/components/schemas/')) as Schema;
  for (const [name, definition] of Object.entries($defs as Record<string, Schema>))
    schemas[name] = withMovedRefs(definition);
  if (!id) return withMovedRefs(rest);
  // zod may have moved the schema to the definitions and refer to it from the root.
  schemas[id] ??= withMovedRefs(rest);
  return { $ref: `#/components/schemas/${id}` };
}
