import { parseListQuery, parseSearchRequest } from '../../../functions/scim/query/list-query';
import { toListResponse } from '../../../functions/scim/query/list-response';
import { pageByIndex, parsePaging } from '../../../functions/scim/query/paging';
import { profiles } from '../../../functions/scim/profile';
import { resourceTypes, userType } from '../../../functions/scim/schema/resource-type';
import { scimErrorOf } from '../support/resources';

const searchRequest = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';
const list = (query: Record<string, string>) => parseListQuery(query, [userType], profiles.strict);
const search = (body: Record<string, string | number | string[]>) =>
  parseSearchRequest({ schemas: [searchRequest], ...body }, [userType], profiles.strict);

describe('parseListQuery', () => {
  it('reads the parameters, ignoring the case of their names', () => {
    const { filter, sort, paging, projection } = list({
      Filter: 'userName pr',
      sortby: 'name.familyName',
      SORTORDER: 'Descending',
      startIndex: '3',
      count: '10',
      attributes: 'userName, emails.value',
    });

    expect(filter).toMatchObject({ kind: 'present' });
    expect(sort).toMatchObject({ attribute: { path: 'name.familyName' }, descending: true });
    expect(paging).toEqual({ method: 'index', startIndex: 3, count: 10 });
    expect([...projection.attributes!]).toEqual(['username', 'emails.value']);
  });

  it('has defaults and ignores other parameters', () => {
    expect(list({ aadOptscim062020: '', other: 'x' })).toMatchObject({
      paging: { method: 'index', startIndex: 1, count: 100 },
      projection: {},
    });
  });

  it.each([
    ['a filter', { filter: 'x' }, 'invalidFilter'],
    ['an empty filter', { filter: '' }, 'invalidFilter'],
    ['an unknown attribute to sort by', { sortBy: 'famName' }, 'invalidPath'],
    ['a complex attribute to sort by', { sortBy: 'name' }, 'invalidPath'],
    ['a password to sort by', { sortBy: 'password' }, 'invalidPath'],
    ['an order', { sortBy: 'userName', sortOrder: 'up' }, 'invalidValue'],
    ['a start index', { startIndex: 'x' }, 'invalidValue'],
    ['a count', { count: '1.5' }, 'invalidValue'],
    ['an empty count', { count: '' }, 'invalidValue'],
    ['a count by cursor', { cursor: '', count: '0' }, 'invalidCount'],
    ['a cursor with an index', { cursor: '', startIndex: '1' }, 'invalidCursor'],
    ['an unknown attribute', { attributes: 'mail' }, 'invalidPath'],
  ])('refuses %s that is not valid', (_what, query, scimType) => {
    expect(scimErrorOf(() => list(query as Record<string, string>)).scimType).toBe(scimType);
  });

  it('ignores unknown attributes of a projection in lenient profiles', () => {
    const query = { attributes: 'mail,userName', excludedAttributes: 'x' };

    const { projection } = parseListQuery(query, resourceTypes, profiles.okta);

    expect([...projection.attributes!]).toEqual(['username']);
    expect([...projection.excluded!]).toEqual([]);
  });

  it('binds a cursor to all parameters but cursor and count', () => {
    const first = list({ filter: 'title pr', cursor: '', count: '1' }).binding;

    expect(list({ filter: 'title pr', cursor: 'x', count: '2' }).binding).toBe(first);
    expect(list({ filter: 'title pr ', cursor: '' }).binding).not.toBe(first);
    expect(list({ filter: 'title pr', cursor: '', sortBy: 'title' }).binding).not.toBe(first);
    expect(parseListQuery({ filter: 'title pr' }, resourceTypes, profiles.okta).binding).not.toBe(first); // prettier-ignore
  });
});

describe('parseSearchRequest', () => {
  it('reads the body of RFC 7644 section 3.4.3', () => {
    const query = search({
      attributes: ['displayName', 'userName'],
      filter: 'displayName sw "smith"',
      startIndex: 1,
      count: 10,
    });

    expect(query).toMatchObject({
      filter: { kind: 'comparison', operator: 'sw', literal: 'smith' },
      paging: { method: 'index', startIndex: 1, count: 10 },
    });
    expect([...query.projection.attributes!]).toEqual(['displayname', 'username']);
  });

  it('reads the first request by cursor of RFC 9865', () => {
    expect(search({ cursor: '', count: 10 }).paging).toEqual({ method: 'cursor', count: 10 });
  });

  it('refuses parameters of another type', () => {
    expect(scimErrorOf(() => search({ filter: 1 })).scimType).toBe('invalidFilter');
    expect(scimErrorOf(() => search({ sortBy: 1 })).scimType).toBe('invalidValue');
    expect(scimErrorOf(() => search({ cursor: 1 })).scimType).toBe('invalidCursor');
    expect(scimErrorOf(() => search({ schemas: ['x'] })).scimType).toBe('invalidSyntax');
  });
});

describe('parsePaging', () => {
  it.each([
    ['0', '5', 1, 5],
    ['-3', '-1', 1, 0],
    ['7', '0', 7, 0],
    ['7', '100000', 7, 200],
  ])('reads startIndex %s and count %s', (startIndex, count, first, size) => {
    expect(parsePaging({ startIndex, count })).toEqual({
      method: 'index',
      startIndex: first,
      count: size,
    });
  });

  it('caps the count of a page by cursor', () => {
    expect(parsePaging({ cursor: 'abc', count: '500' })).toEqual({
      method: 'cursor',
      cursor: 'abc',
      count: 200,
    });
  });
});

describe('toListResponse', () => {
  it('counts the resources of the page', () => {
    const items = [{ id: 'a' }, { id: 'b' }, { id: 'c' }];

    const resources = pageByIndex(items, 2, 5);

    expect(toListResponse({ resources, totalResults: 3, startIndex: 2 })).toEqual({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
      totalResults: 3,
      itemsPerPage: 2,
      startIndex: 2,
      Resources: [{ id: 'b' }, { id: 'c' }],
    });
    expect(pageByIndex(items, 9, 5)).toEqual([]);
  });
});
