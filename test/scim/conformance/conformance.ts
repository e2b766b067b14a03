/**
 * What RFC 7643 and RFC 7644 require of a service provider, as tests over HTTP. They run against the
 * handler with fakes and against the running host.
 */
import { groupSchema, patchOp, userSchema, type ScimClient } from '../../provisioning/scim-client';
import { sampleValue, writableAttributes } from './sample-values';

const errorSchema = 'urn:ietf:params:scim:api:messages:2.0:Error';
const encoded = (filter: string) => encodeURIComponent(filter);

export function describeConformance(name: string, open: () => Promise<ScimClient>): void {
  describe(`SCIM conformance: ${name}`, () => {
    let scim: ScimClient;
    let run = 0;
    beforeAll(async () => {
      scim = await open();
    });
    /** A name that no other test of the run uses. */
    const unique = (text: string) => `${text}-${process.pid}-${++run}`;
    const create = async (attributes: object = {}) => {
      const body = { schemas: [userSchema], userName: unique('user'), ...attributes };
      const { status, json, headers } = await scim('POST', '/Users', { body });
      expect(status).toBe(201);
      return { json, headers, path: `/Users/${json.id}` };
    };

    it('gives a new resource a location, a version and an id', async () => {
      const { json, headers, path } = await create();

      expect(headers['location'] ?? headers['Location']).toBe(json.meta.location);
      expect(json.meta.location.endsWith(path)).toBe(true);
      expect(headers['etag'] ?? headers['ETag']).toBe(json.meta.version);
      expect(json.meta).toMatchObject({ resourceType: 'User', created: json.meta.lastModified });
    });

    it.each([
      ['GET', '/Users/unknown', 404],
      ['GET', '/Unknown', 404],
      ['GET', '/Schemas/urn:unknown', 404],
      ['GET', '/ResourceTypes/Unknown', 404],
      ['GET', '/Users?filter=userName%20xx%20%22a%22', 400],
      ['GET', '/Me', 501],
    ])('answers %s %s with an error of RFC members only', async (method, path, status) => {
      const result = await scim(method, path);

      expect(result.status).toBe(status);
      expect(result.json).toMatchObject({ schemas: [errorSchema], status: String(status) });
      const known = ['schemas', 'status', 'scimType', 'detail'];
      expect(Object.keys(result.json).filter((key) => !known.includes(key))).toEqual([]);
    });

    it('keeps schemas and id in every projection', async () => {
      const { json, path } = await create({ displayName: 'Ada' });

      const named = await scim('GET', `${path}?attributes=displayName`);
      const excluded = await scim('GET', `${path}?excludedAttributes=id,schemas,displayName`);

      expect(Object.keys(named.json).toSorted()).toEqual(['displayName', 'id', 'schemas']);
      expect(excluded.json).toMatchObject({ id: json.id, schemas: json.schemas });
      expect(excluded.json.displayName).toBeUndefined();
    });

    it('changes each writable attribute of each resource type by PATCH', async () => {
      const attributes = await writableAttributes(scim);
      expect(attributes.length).toBeGreaterThan(20);
      for (const { endpoint, path, attribute } of attributes) {
        const isUser = endpoint === '/Users';
        const name = isUser ? { userName: unique('u') } : { displayName: unique('g') };
        const { json } = await scim('POST', endpoint, {
          body: { schemas: [isUser ? userSchema : groupSchema], ...name },
        });
        const resource = `${endpoint}/${json.id}?attributes=${encoded(path)}`;
        const value = sampleValue(attribute, unique('value'));
        const added = await scim('PATCH', resource, { body: patchOp({ op: 'add', path, value }) });
        const replaced = await scim('PATCH', resource, {
          body: patchOp({ op: 'replace', path, value }),
        });
        expect([path, added.status, replaced.status]).toEqual([path, 200, 200]);
        expect([path, JSON.stringify(replaced.json)]).toEqual([path, JSON.stringify(added.json)]);
        if (attribute.required) continue;
        const removed = await scim('PATCH', resource, { body: patchOp({ op: 'remove', path }) });
        expect([path, removed.status]).toEqual([path, 200]);
        expect([path, Object.keys(removed.json).toSorted()]).toEqual([path, ['id', 'schemas']]);
      }
    });

    it('unsets active when it is removed', async () => {
      const { path } = await create({ active: false });

      const { json } = await scim('PATCH', path, {
        body: patchOp({ op: 'remove', path: 'active' }),
      });

      expect(json.active).toBeUndefined();
    });

    it('applies all operations of a PATCH or none', async () => {
      const { json, path } = await create({ displayName: 'Ada' });

      const failed = await scim('PATCH', path, {
        body: patchOp(
          { op: 'replace', path: 'displayName', value: 'Eve' },
          { op: 'replace', path: 'emails[type eq "work"].unknown', value: 'x' },
        ),
      });

      expect(failed.status).toBe(400);
      expect((await scim('GET', path)).json).toEqual(json);
    });

    it('selects values of a multi-valued attribute by a filter', async () => {
      const { path } = await create({
        emails: [
          { value: 'a@contoso.com', type: 'work' },
          { value: 'b@contoso.com', type: 'home' },
        ],
      });

      await scim('PATCH', path, {
        body: patchOp(
          { op: 'replace', path: 'emails[type eq "work"].value', value: 'c@contoso.com' },
          { op: 'remove', path: 'emails[type eq "home" and value ew "contoso.com"]' },
        ),
      });

      expect((await scim('GET', path)).json.emails).toEqual([
        { value: 'c@contoso.com', type: 'work' },
      ]);
    });

    it.each([
      'userName eq "%name%"',
      'USERNAME Eq "%NAME%"',
      'name.familyName co "O\'Malley" and userName eq "%name%"',
      'userName sw "%name%"',
      'urn:ietf:params:scim:schemas:core:2.0:User:userName sw "%name%"',
      'title pr and userName eq "%name%"',
      'meta.lastModified gt "2011-05-13T04:42:34Z" and userName eq "%name%"',
      'meta.lastModified ge "2011-05-13T04:42:34Z" and userName eq "%name%"',
      'not (meta.lastModified lt "2011-05-13T04:42:34Z") and userName eq "%name%"',
      'title pr and userType eq "Employee" and userName eq "%name%"',
      '(title pr or userType eq "Intern") and userName eq "%name%"',
      'schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User" and userName eq "%name%"',
      'userType eq "Employee" and (emails co "example.com" or emails.value co "example.org") and userName eq "%name%"',
      'userType ne "Employee" and not (emails co "example.com") or userName eq "%name%"',
      'userName eq "%name%" and (emails.type eq "work")',
      'userName eq "%name%" and emails[type eq "work" and value co "@example.com"]',
      'emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]',
    ])('filters by %s', async (template) => {
      const { json } = await create({
        schemas: [userSchema, 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'],
        userName: unique('filtered'),
        name: { familyName: "O'Malley" },
        title: 'Tour Guide',
        userType: 'Employee',
        emails: [
          { value: 'guide@example.com', type: 'work' },
          { value: 'guide@private.org', type: 'home' },
        ],
        'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { department: 'Tours' },
      });
      const filter = template
        .replaceAll('%name%', json.userName)
        .replaceAll('%NAME%', json.userName.toUpperCase());

      const found = await scim('GET', `/Users?filter=${encoded(filter)}&count=200`);

      expect(found.status).toBe(200);
      const names = found.json.Resources.map(({ userName }: { userName: string }) => userName);
      expect(names).toContain(json.userName);
    });

    it('sorts, pages and counts a list', async () => {
      const prefix = unique('page');
      for (const n of [3, 1, 2]) await create({ userName: `${prefix}-${n}` });
      const filter = encoded(`userName sw "${prefix}"`);

      const sorted = await scim('GET', `/Users?filter=${filter}&sortBy=userName`);
      const page = await scim(
        'GET',
        `/Users?filter=${filter}&sortBy=userName&startIndex=2&count=1`,
      );

      expect(sorted.json.Resources.map(({ userName }: { userName: string }) => userName)).toEqual(
        [1, 2, 3].map((n) => `${prefix}-${n}`),
      );
      expect(page.json).toMatchObject({ totalResults: 3, startIndex: 2, itemsPerPage: 1 });
      expect(page.json.Resources[0].userName).toBe(`${prefix}-2`);
    });

    it('replaces a resource and clears what the request leaves out', async () => {
      const { json, path } = await create({ displayName: 'Ada', title: 'Countess' });

      const replaced = await scim('PUT', path, {
        body: { schemas: [userSchema], id: json.id, userName: json.userName, title: 'Lady' },
      });

      expect(replaced).toMatchObject({ status: 200, json: { title: 'Lady' } });
      expect(replaced.json.displayName).toBeUndefined();
    });

    it('deletes a resource for good', async () => {
      const { json, path } = await create();
      const body = { schemas: [userSchema], userName: json.userName };

      const results = [await scim('DELETE', path), await scim('DELETE', path)];

      expect(results.map(({ status }) => status)).toEqual([204, 404]);
      expect((await scim('PUT', path, { body })).status).toBe(404);
    });
  });
}
