/** Extensions of the User: EnterpriseUser (RFC 7643 section 4.3) and the Azure object id. */
import { createSchema } from './attribute';

export const enterpriseUserSchema = createSchema(
  {
    id: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
    name: 'EnterpriseUser',
    description: 'Attributes of a user in an organization.',
    attributes: [
      { name: 'employeeNumber', description: 'Number or code of the person.' },
      { name: 'costCenter', description: 'Cost center.' },
      { name: 'organization', description: 'Organization.' },
      { name: 'division', description: 'Division.' },
      { name: 'department', description: 'Department.' },
      {
        name: 'manager',
        type: 'complex',
        description: 'Manager of the user.',
        subAttributes: [
          { name: 'value', caseExact: true, description: 'Id of the manager.' },
          {
            name: '$ref',
            type: 'reference',
            referenceTypes: ['User'],
            caseExact: true,
            description: 'URI of the manager.',
          },
          { name: 'displayName', mutability: 'readOnly', description: 'Name of the manager.' },
        ],
      },
    ],
  },
  true,
);

export const azureUserSchema = createSchema(
  {
    id: 'urn:adf-connect:scim:schemas:extension:azure:2.0:User',
    name: 'AzureUser',
    description: 'The Entra object that stands behind a user.',
    attributes: [
      {
        name: 'objectId',
        format: 'guid',
        description: 'Object id of the user in Entra ID. Receives the role assignments.',
      },
    ],
  },
  true,
);
