/** The OpenAPI 3.1 document, from the schemas that check the requests. Never written by hand. */
import { z } from 'zod';
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
        'Connects a product to Azure Data Factory. Every failure is application/problem+json (RFC 9457).',
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
    [type]: { schema: hoisted(schema, io, schemas) },
  });
  const contentOf = (carried: ResponseSchema): Content => {
    if (carried === undefined) return {};
    if (carried === 'page') return { 'text/html': { schema: { type: 'string' } } };
    if (isBoth(carried)) return { ...contentOf(carried[0]), ...contentOf(carried[1]) };
    return json(carried, 'output');
  };
  const answer = ([status, carried]: [string, ResponseSchema]): [string, Response] => {
    const headers = answerHeaders(declared, carried);
    return [
      status,
      {
        description: summary,
        ...(Object.keys(headers).length > 0 && { headers }),
        ...(carried && { content: contentOf(carried) }),
      },
    ];
  };
  const unchanged = declared.ifNoneMatch && { 304: undefined };
  return {
    operationId,
    summary: allow === 'anonymous' ? summary : `${summary} (${allow.join(', ')})`,
    tags: [route.split('/')[0]!],
    security: allow === 'anonymous' ? [] : [{ entra: [] }],
    parameters: parameters(declared, schemas),
    ...(body && {
      requestBody: { required: !declared.bodyOptional, content: json(body, 'input', mediaType) },
    }),
    responses: {
      ...Object.fromEntries(Object.entries({ ...declared.responses, ...unchanged }).map(answer)),
      default: {
        description: 'A problem (RFC 9457)',
        content: json(problem, 'output', 'application/problem+json'),
      },
    },
  };
}

const isBoth = (
  carried: z.ZodType | readonly [z.ZodType, 'page'],
): carried is readonly [z.ZodType, 'page'] => Array.isArray(carried);

/** What a success brings besides its body. */
function answerHeaders(
  { etag, ifNoneMatch, idempotent }: Endpoint,
  carried: ResponseSchema,
): Schema {
  const header = (description: string) => ({ description, schema: { type: 'string' } });
  const isList = carried instanceof z.ZodObject && 'nextLink' in carried.shape;
  return {
    ...((etag ?? ifNoneMatch) && { ETag: header('Its version, or a hash of its content.') }),
    ...(isList && { Link: header('The next page, as rel="next"; absent on the last one.') }),
    ...(idempotent && { 'Idempotency-Replayed': header('true when it was executed before.') }),
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
  const { properties = {}, required = [] } = (query ? hoisted(query, 'input', schemas) : {}) as {
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

/** A schema with an id stands once under components, and every use refers to it. */
function hoisted(
  schema: z.ZodType,
  io: 'input' | 'output',
  schemas: Record<string, Schema>,
): Schema {
  const { $schema: _, $defs = {}, ...rest } = z.toJSONSchema(schema, { io }) as Schema;
  const id = schema.meta()?.id;
  const moved = (part: unknown) =>
    JSON.parse(JSON.stringify(part).replaceAll('"#/$defs/', '"#/components/schemas/')) as Schema;
  for (const [name, definition] of Object.entries($defs as Record<string, Schema>))
    schemas[name] = moved(definition);
  if (!id) return moved(rest);
  // zod may have put it among the definitions already, and refer to it from the root.
  schemas[id] ??= moved(rest);
  return { $ref: `#/components/schemas/${id}` };
}
