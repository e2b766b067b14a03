/**
 * Ids and names of the sample tenants, apps and users. Secrets and passwords are created on first
 * start.
 */
export const sample = {
  /**
   * Tenant of adf-connect, with the API, the multi-tenant app for consent and the managed identity.
   */
  home: {
    tenantId: '0f0e1d2c-0000-4000-8000-00000000ad0f',
    domain: 'adf-connect.example',
    apiClientId: '0f0e1d2c-0000-4000-8000-0000000000a1',
    oauthClientId: '0f0e1d2c-0000-4000-8000-0000000000a2',
    /** Service principal of that app at Contoso, after the consent of an administrator. */
    oauthObjectIdAtContoso: 'b3146b50-c541-41a4-8232-2f5d5d24c8f9',
    identityClientId: '0f0e1d2c-0000-4000-8000-0000000000a3',
    identityObjectId: '0f0e1d2c-0000-4000-8000-0000000000a4',
    consoleClientId: '0f0e1d2c-0000-4000-8000-0000000000a5',
  },
  /** Tenant of the sample customer. */
  contoso: {
    tenantId: 'c0c0a000-0000-4000-8000-000000000001',
    domain: 'contoso.example',
    /** App registration of the customer, for client credentials and password sign-in. */
    app: {
      clientId: 'c0c0a000-0000-4000-8000-00000000000a',
      objectId: 'c0c0a000-0000-4000-8000-00000000000b',
      displayName: 'Contoso data platform',
    },
    users: [
      {
        name: 'ada',
        displayName: 'Ada Lovelace',
        objectId: 'c0c0a000-0000-4000-8000-000000000011',
        role: 'owner',
        mfa: false,
      },
      {
        name: 'grace',
        displayName: 'Grace Hopper',
        objectId: 'c0c0a000-0000-4000-8000-000000000012',
        role: 'member',
        mfa: true,
      },
      {
        name: 'edgar',
        displayName: 'Edgar Codd',
        objectId: 'c0c0a000-0000-4000-8000-000000000013',
        role: 'viewer',
        mfa: false,
      },
      {
        name: 'radia',
        displayName: 'Radia Perlman',
        objectId: 'c0c0a000-0000-4000-8000-000000000014',
        role: 'operator',
        mfa: false,
      },
    ],
    subscription: {
      subscriptionId: 'c0c0a000-0000-4000-8000-0000000000f1',
      displayName: 'Contoso production',
    },
    resourceGroup: 'rg-data',
  },
  /** Tenant of another organization. Its user is a guest of Contoso, too. */
  fabrikam: {
    tenantId: 'fabba000-0000-4000-8000-000000000002',
    domain: 'fabrikam.example',
    user: {
      name: 'zoe',
      displayName: 'Zoe Park',
      objectId: 'fabba000-0000-4000-8000-000000000021',
      guestObjectId: 'c0c0a000-0000-4000-8000-000000000015',
    },
  },
} as const;
