import fc from 'fast-check';
import { Router } from '../../infra/local/function-app/http/router';

const routerOf = (...routes: string[]) => {
  const router = new Router<string>();
  for (const route of routes) router.add(route, route, ['GET'], route);
  return router;
};
const find = (path: string, ...routes: string[]) => routerOf(...routes).find('GET', path);

describe('Router', () => {
  it.each([
    ['a/{id}', '/a/1', { id: '1' }],
    ['a/{id}', '/A/One/', { id: 'One' }],
    ['a/{id}', '/a/x%20y', { id: 'x y' }],
    ['a/{id}', '/a/x%2Fy', { id: 'x%2Fy' }],
    ['a/{id}', '/a/%E2%82%AC', { id: '€' }],
    ['a/{id}', '/a/%ff', { id: '%ff' }],
    ['a/{id?}', '/a', {}],
    ['a/{id?}', '/a/1', { id: '1' }],
    ['a/{*rest}', '/a', {}],
    ['a/{*rest}', '/a/b/c', { rest: 'b/c' }],
    ['{**rest}', '/a/b', { rest: 'a/b' }],
    ['a/{name}.{extension}', '/a/b.c.json', { name: 'b.c', extension: 'json' }],
    ['a/{id:int}', '/a/-12', { id: '-12' }],
    ['a/{id:int:range(1,5)}', '/a/3', { id: '3' }],
    ['a/{id:guid}', '/a/7d5b9a3e-0000-4000-8000-000000000001', expect.anything()],
    ['a/{code:regex(^[A-Z]{{2}}:x/y$)}', '/a/DE:x%2fy', undefined],
    ['a/{code:regex(^[A-Z]{{2}}$)}', '/a/DE', { code: 'DE' }],
    ['a/{day:datetime}', '/a/2026-01-31', { day: '2026-01-31' }],
    ['a/{word:alpha:maxlength(3)?}', '/a/abc', { word: 'abc' }],
    ['openapi.json', '/openapi.json', {}],
  ])('matches the route %s with %s, parameters %j', (route, path, params) => {
    expect(find(path, route)?.params).toEqual(params);
  });

  it.each([
    ['a/{id}', '/a'],
    ['a/{id}', '/a/b/c'],
    ['a/{id:int}', '/a/1.5'],
    ['a/{id:int}', '/a/2147483648'],
    ['a/{id:bool}', '/a/yes'],
    ['a/{id:min(3)}', '/a/2'],
    ['a/{id:length(2)}', '/a/abc'],
    ['a/{word:alpha:maxlength(3)?}', '/a/abcd'],
    ['openapi.json', '/openapi-json'],
  ])('does not match the route %s with %s', (route, path) => {
    expect(find(path, route)).toBeUndefined();
  });

  it.each([
    ['/a/b', 'a/b'],
    ['/a/b-c', 'a/b-{part}'],
    ['/a/12', 'a/{id:int}'],
    ['/a/c', 'a/{id}'],
    ['/a/b/c', 'a/{*rest}'],
    ['/x/y/z', '{*rest}'],
  ])('finds the most specific route for %s: %s', (path, route) => {
    const routes = ['{*rest}', 'a/{*rest}', 'a/{id}', 'a/{id:int}', 'a/b-{part}', 'a/b'];

    expect(find(path, ...routes)?.target).toBe(route);
  });

  it('skips a literal route of another method', () => {
    const router = new Router<string>();
    router.add('search', 'a/search', ['POST'], 'search');
    router.add('one', 'a/{id}', ['GET'], 'one');

    expect(router.find('GET', '/a/search')?.target).toBe('one');
  });

  it.each([
    ['/a', 'must not begin'],
    ['a//b', 'empty segment'],
    ['a/{id', 'braces'],
    ['a/{}', 'cannot be parsed'],
    ['a/{id:even}', 'not known'],
    ['a/{id:toString}', 'not known'],
    ['a/{id:min(x)}', 'whole numbers'],
    ['a/{id:min}', 'whole numbers'],
    ['a/{id?}/b', 'last segment'],
    ['{*rest}/b', 'last segment'],
    ['{a}/{A}', 'twice'],
    ['admin/x', 'belong to the host'],
  ])('rejects the route %s: %s', (route, why) => {
    expect(() => routerOf(route)).toThrow(why);
  });

  it('rejects a second function with the same route and method', () => {
    expect(() => routerOf('a/{id}', 'A/{other}')).toThrow('"a/{id}" has the same route');
  });

  it('decodes any text in a parameter', () => {
    const router = routerOf('a/{id}');

    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (id) => {
        fc.pre(!/%|\/|^\.{1,2}$/.test(id));
        const { pathname } = new URL(`http://host/a/${encodeURIComponent(id)}`);
        expect(router.find('GET', pathname)?.params).toEqual({ id });
      }),
    );
  });
});
