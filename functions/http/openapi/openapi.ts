/** Generates the OpenAPI 3.1 document from the schemas that validate requests. */
import { z } from 'zod';
import type { Role } from '../caller';
import type { Endpoint, ResponseSchema, TextContent } from '../endpoint';
import {
  headerComponents,
  headerParameters,
  problemHeaders,
  responseHeaders,
  type Schema,
} from './openapi-headers';
import { problemsOf } from './openapi-problems';
import { tagOf, tags } from './openapi-tags';
import { problem } from '../problem';
import responseExamples from './response-examples.json';

type Content = Record<string, { readonly schema: Schema; readonly example?: unknown }>;
interface Response {
  readonly description: string;
  readonly headers?: Schema;
  readonly content?: Content;
}
interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
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
  readonly servers: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Record<string, Schema>;
    readonly headers: Schema;
    readonly securitySchemes: Schema;
  };
}

/** `serverUrl` is the origin under which clients reach the API. */
export function openApi(
  endpoints: Readonly<Record<string, Endpoint>>,
  serverUrl = '/',
): OpenApiDocument {
  const schemas: Record<string, Schema> = {};
  const paths: Record<string, Record<string, Operation>> = {};
  for (const [name, declared] of Object.entries(endpoints))
    (paths[`/api/${declared.route}`] ??= {})[declared.method.toLowerCase()] = operation(
      name,
      declared,
      schemas,
    );
  for (const [name, example] of Object.entries(responseExamples))
    if (schemas[name]) schemas[name] = { ...schemas[name], examples: [example] };
  return {
    openapi: '3.1.0',
    info,
    servers: [{ url: serverUrl }],
    tags: tags.map(({ name, description }) => ({ name, description })),
    paths,
    components: {
      schemas,
      headers: headerComponents(),
      securitySchemes: {
        entra: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description:
            'Access token of Entra ID for this API, version 2, with the scope access_as_user or as an app. x-required-roles of an operation lists the app roles of which the caller needs one.',
        },
      },
    },
  };
}

const info = {
  title: 'adf-connect',
  version: '1',
  summary: 'Connects a product to Azure Data Factory.',
  description: [
    'Every failure is application/problem+json (RFC 9457), also for unknown paths (404) and methods (405 with Allow).',
    'Lists are pages: follow nextLink, or the header Link, until it is absent. A page may have fewer items than its limit.',
    'Changes of a resource need its version as If-Match (RFC 9110). Bodies have it as etag.',
    'GET paths take HEAD, too, unless a GET redeems a link.',
    'Members whose names end in At are times (RFC 3339, UTC), in Ms durations in milliseconds, in Id ids.',
  ].join('\n\n'),
  license: { name: 'MIT', identifier: 'MIT' },
};

function operation(
  operationId: string,
  declared: Endpoint,
  schemas: Record<string, Schema>,
): Operation {
  const { route, summary, description, body, allow, mediaType, example } = declared;
  const json = (schema: z.ZodType, io: 'input' | 'output', type = 'application/json'): Content => ({
    [type]: { schema: hoistSchemas(schema, io, schemas) },
  });
  const contentOf = (schema: ResponseSchema): Content => {
    if (schema === undefined) return {};
    if (schema === 'page') return textOf('text/html');
    if (isText(schema)) return Object.assign({}, ...schema.mediaTypes.map(textOf)) as Content;
    if (isJsonOrPage(schema)) return { ...contentOf(schema[0]), ...contentOf(schema[1]) };
    return json(schema, 'output');
  };
  const toResponse = ([status, schema]: [string, ResponseSchema]): [string, Response] => [
    status,
    {
      description: status === '304' ? 'The response that you have is current.' : summary,
      headers: responseHeaders(declared, Number(status), schema),
      ...(schema && { content: contentOf(schema) }),
    },
  ];
  const toProblemResponse = (title: string, status: number | 'default'): Response => ({
    description: title,
    headers: problemHeaders(declared, status),
    content: json(problem, 'output', 'application/problem+json'),
  });
  const notModified = declared.ifNoneMatch && { 304: undefined };
  return {
    operationId,
    summary,
    ...(description !== undefined && { description }),
    ...(Array.isArray(allow) && { 'x-required-roles': allow as readonly Role[] }),
    tags: [tagOf(route) ?? 'Other'],
    security: allow === 'anonymous' ? [] : [{ entra: [] }],
    parameters: [
      ...pathParameters(declared, schemas),
      ...queryParameters(declared, schemas),
      ...headerParameters(declared),
    ],
    ...(body && {
      requestBody: {
        required: !declared.bodyOptional,
        content: withExample(json(body, 'input', mediaType), example),
      },
    }),
    responses: {
      ...Object.fromEntries(
        Object.entries({ ...declared.responses, ...notModified }).map(toResponse),
      ),
      ...Object.fromEntries(
        problemsOf(declared).map(({ status, title }) => [status, toProblemResponse(title, status)]),
      ),
      default: toProblemResponse('Any other problem (RFC 9457).', 'default'),
    },
  };
}

const withExample = (content: Content, example: unknown): Content =>
  example === undefined
    ? content
    : Object.fromEntries(
        Object.entries(content).map(([type, media]) => [type, { ...media, example }]),
      );

const textOf = (mediaType: string): Content => ({ [mediaType]: { schema: { type: 'string' } } });

const isText = (schema: Exclude<ResponseSchema, undefined | 'page'>): schema is TextContent =>
  'mediaTypes' in schema;

const isJsonOrPage = (
  schema: z.ZodType | readonly [z.ZodType, 'page'],
): schema is readonly [z.ZodType, 'page'] => Array.isArray(schema);

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

/** Parameters are described by their schemas; the description belongs to the parameter. */
function toParameter(name: string, place: string, required: boolean, schema: Schema): Schema {
  const { description, ...rest } = schema;
  return { name, in: place, required, ...(description ? { description } : {}), schema: rest };
}

function pathParameters({ route, params }: Endpoint, schemas: Record<string, Schema>): Schema[] {
  const { properties = {} }: ObjectSchema = params ? hoistSchemas(params, 'input', schemas) : {};
  return Array.from(route.matchAll(/\{(\w+)\}/g), ([, name]) =>
    toParameter(name!, 'path', true, properties[name!] ?? { type: 'string' }),
  );
}

function queryParameters({ query }: Endpoint, schemas: Record<string, Schema>): Schema[] {
  if (!query) return [];
  const { properties = {}, required = [] }: ObjectSchema = hoistSchemas(query, 'input', schemas);
  return Object.entries(properties).map(([name, schema]) =>
    toParameter(name, 'query', required.includes(name), schema),
  );
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
