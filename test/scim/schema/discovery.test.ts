import { limits } from '../../../functions/scim/limits';
import { resourceTypeDocuments, schemaDocuments } from '../../../functions/scim/schema/discovery';
import { resourceTypes } from '../../../functions/scim/schema/resource-type';
import { serviceProviderConfig } from '../../../functions/scim/schema/service-provider-config';
import { azure, enterprise, groupUri, userUri } from '../support/resources';

const baseUrl = 'https://example.com/api/scim/v2';

const core = 'urn:ietf:params:scim:schemas:core:2.0';
const serviceUris = ['ServiceProviderConfig', 'ResourceType', 'Schema'].map(
  (name) => `${core}:${name}`,
);

describe('schemaDocuments', () => {
  const documents = schemaDocuments(resourceTypes, baseUrl);

  it('have one schema each, with its location', () => {
    expect(documents.map(({ id, meta }) => [id, meta.location])).toEqual(
      [userUri, enterprise, azure, groupUri, ...serviceUris].map((id) => [
        id,
        `${baseUrl}/Schemas/${id}`,
      ]),
    );
  });

  it('state every characteristic of every attribute', () => {
    const attributes = documents.flatMap((document) => document.attributes);
    const all = attributes.flatMap((one) => [one, ...(one.subAttributes ?? [])]);

    expect(all.length).toBeGreaterThan(80);
    for (const attribute of all)
      expect(attribute).toEqual(
        expect.objectContaining({
          name: expect.any(String),
          type: expect.any(String),
          description: expect.stringMatching(/\.$/),
          multiValued: expect.any(Boolean),
          required: expect.any(Boolean),
          caseExact: expect.any(Boolean),
          mutability: expect.any(String),
          returned: expect.any(String),
          uniqueness: expect.any(String),
        }),
      );
  });

  it('show the members of a group as RFC 7643 has them', () => {
    const group = documents.find(({ id }) => id === groupUri)!;

    const members = group.attributes.find(({ name }) => name === 'members')!;

    expect(members).toMatchObject({ type: 'complex', multiValued: true, mutability: 'readWrite' });
    expect(members.subAttributes!.map(({ name }) => name)).toEqual([
      'value',
      '$ref',
      'type',
      'display',
    ]);
  });

  it('show no characteristic of our own', () => {
    expect(JSON.stringify(documents)).not.toContain('guid');
    expect(JSON.stringify(documents)).not.toContain('"parent"');
  });
});

describe('resourceTypeDocuments', () => {
  it('name endpoints, schemas and extensions', () => {
    expect(resourceTypeDocuments(resourceTypes, baseUrl)).toMatchObject([
      {
        id: 'User',
        endpoint: '/Users',
        schema: userUri,
        schemaExtensions: [
          { schema: enterprise, required: false },
          { schema: azure, required: false },
        ],
        meta: { location: `${baseUrl}/ResourceTypes/User` },
      },
      { id: 'Group', endpoint: '/Groups', schema: groupUri, schemaExtensions: [] },
    ]);
  });
});

describe('serviceProviderConfig', () => {
  it('advertises features and limits', () => {
    expect(serviceProviderConfig(baseUrl)).toMatchObject({
      patch: { supported: true },
      bulk: { supported: true, maxOperations: limits.bulkOperations, maxPayloadSize: 1_048_576 },
      filter: { supported: true, maxResults: 200 },
      changePassword: { supported: false },
      sort: { supported: true },
      etag: { supported: true },
      pagination: { cursor: true, index: true, defaultPaginationMethod: 'index' },
    });
  });
});
