/** Types of requests and responses, from the declarations of the endpoints. Erased by the build. */
import type { z } from 'zod';
import type { endpoints } from '../../../endpoints';

type Endpoints = typeof endpoints;
export type EndpointName = keyof Endpoints;

type TypesOf<Name extends EndpointName> = NonNullable<Endpoints[Name]['types']>;

export type RouteOf<Name extends EndpointName> =
  `${TypesOf<Name>['method']} ${TypesOf<Name>['route']}`;

/** A part that the endpoint does not declare may be left out; an optional body, too. */
type Part<Key extends string, Value> = unknown extends Value
  ? { readonly [K in Key]?: undefined }
  : Record<string, never> extends Value
    ? { readonly [K in Key]?: Value }
    : { readonly [K in Key]: Value };

export type Input<Name extends EndpointName> = Part<'params', TypesOf<Name>['params']> &
  Part<'query', TypesOf<Name>['query']> &
  Part<'body', TypesOf<Name>['body']>;

type ContentOf<Response> = Response extends z.ZodType
  ? z.output<Response>
  : Response extends readonly [infer Schema extends z.ZodType, 'page']
    ? z.output<Schema>
    : Response extends undefined
      ? undefined
      : string;

type Responses<Name extends EndpointName> = TypesOf<Name>['responses'];

/** Content of a successful response. */
export type Output<Name extends EndpointName> = ContentOf<Responses<Name>[keyof Responses<Name>]>;

/** An item of a list. */
export type ItemOf<Name extends EndpointName> =
  Output<Name> extends { readonly items: readonly (infer Item)[] } ? Item : never;
