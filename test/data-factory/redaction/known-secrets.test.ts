import {
  redactResource as redact,
  redacted,
} from '../../../functions/data-factory/redaction/redact-resource';
import type { ListedKind } from '../../../functions/data-factory/resource';
import type { Json, JsonObject } from '../../../functions/data-factory/json';

const canary = 'C4nary-5ecret-value';
/** Has the form of a real key, because the patterns test the form. */
const accountKey = `${'Ab0+'.repeat(21)}Zz==`;
const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl';
const vaultReference = {
  type: 'AzureKeyVaultSecret',
  store: { referenceName: 'vault', type: 'LinkedServiceReference' },
  secretName: 'sql-password',
};

const linkedService = (typeProperties: JsonObject) => ({
  name: 'ls',
  properties: { type: 'AnyStore', typeProperties },
});
const pipelineOf = (activity: JsonObject) => ({
  name: 'p',
  properties: { activities: [{ name: 'a', ...activity }] },
});
const web = (typeProperties: JsonObject, type = 'WebActivity') =>
  pipelineOf({ type, typeProperties });
const parametersOf = (parameters: JsonObject) => ({ name: 'p', properties: { parameters } });

const secretSettings =
  'encryptedCredential password servicePrincipalKey accountKey accessToken apiKey ' +
  'sasUri sasToken secretAccessKey clientSecret privateKeyContent passPhrase ' +
  'pfx functionKey refreshToken someNewApiKey vendorSecret';

describe('redact', () => {
  it.each<[what: string, kind: ListedKind, body: JsonObject]>([
    ['a SecureString', 'dataset', { any: { type: 'SecureString', value: canary } }],
    [
      'a secure string in another case',
      'pipeline',
      { any: { Type: 'secureString', Value: canary } },
    ],
    ...secretSettings
      .split(' ')
      .map((key): [string, ListedKind, JsonObject] => [
        `${key} of a linked service`,
        'linkedService',
        linkedService({ [key]: canary }),
      ]),
    ['authHeaders', 'linkedService', linkedService({ authHeaders: { 'x-api': canary } })],
    [
      'authHeaders held securely',
      'linkedService',
      linkedService({ authHeaders: { 'x-api': { type: 'SecureString', value: canary } } }),
    ],
    ...[
      `Server=s;Database=d;User ID=u;Password=${canary};`,
      `Server=s;Pwd=${canary}`,
      `Server=s;Password="a;${canary}";Encrypt=true`,
      `Server=s;PASSWORD = {a;${canary}};Encrypt=true`,
      `AccountName=a;AccountKey=${canary};EndpointSuffix=core.windows.net`,
      `Endpoint=sb://x/;SharedAccessKeyName=n;SharedAccessKey=${canary}`,
      `BlobEndpoint=https://x/;SharedAccessSignature=sv=1&sig=${canary}`,
      `https://x.blob.core.windows.net/c?sv=2020&sig=${canary}&se=1`,
    ].map((connectionString): [string, ListedKind, JsonObject] => [
      connectionString.slice(0, 40),
      'linkedService',
      linkedService({ connectionString }),
    ]),
    [
      'a parameter that a password reads by its name in brackets',
      'linkedService',
      {
        properties: {
          type: 'SqlServer',
          parameters: { zz: { type: 'String', defaultValue: canary } },
          typeProperties: { connectionString: "Server=a;Pwd=@{linkedService()['zz']};X=1" },
        },
      },
    ],
    ['headers of a Web activity', 'pipeline', web({ headers: { Authorization: canary } })],
    ['the body of a Web activity', 'pipeline', web({ body: { deep: [canary] } })],
    ['the text body of a webhook', 'pipeline', web({ body: `x=${canary}` }, 'WebHook')],
    [
      'authentication of a Web activity',
      'pipeline',
      web({ authentication: { type: 'Basic', username: 'u', password: canary } }),
    ],
    [
      'the certificate of a Web activity',
      'pipeline',
      web({ authentication: { type: 'ClientCertificate', pfx: canary } }),
    ],
    ['a query string', 'pipeline', web({ url: `https://x/y?code=${canary}` })],
    [
      'a query string in an expression',
      'pipeline',
      web({
        url: { value: `@concat('https://x/y?code=${canary}&n=', item())`, type: 'Expression' },
      }),
    ],
    [
      'a query string of a function',
      'pipeline',
      web({ functionName: `f?code=${canary}` }, 'AzureFunctionActivity'),
    ],
    [
      'an activity in a container',
      'pipeline',
      pipelineOf({
        type: 'ForEach',
        typeProperties: {
          activities: [{ name: 'w', type: 'WebActivity', typeProperties: { body: canary } }],
        },
      }),
    ],
    [
      'the default of a secure parameter',
      'pipeline',
      parametersOf({ plain: { type: 'SecureString', defaultValue: canary } }),
    ],
    ...['password', 'dbPassword', 'storage_key', 'apiKey', 'sasUrl', 'client-secret', 'TOKEN'].map(
      (name): [string, ListedKind, JsonObject] => [
        `parameter ${name}`,
        'pipeline',
        parametersOf({ [name]: { type: 'string', defaultValue: canary } }),
      ],
    ),
    [
      'the default of a variable named token',
      'pipeline',
      { properties: { variables: { token: { type: 'String', defaultValue: canary } } } },
    ],
    [
      'the value a variable is set to',
      'pipeline',
      pipelineOf({ type: 'SetVariable', typeProperties: { variableName: 'token', value: canary } }),
    ],
    [
      'an argument of a called pipeline',
      'pipeline',
      pipelineOf({ type: 'ExecutePipeline', typeProperties: { parameters: { apiKey: canary } } }),
    ],
    [
      'an argument of a stored procedure',
      'pipeline',
      pipelineOf({
        typeProperties: {
          storedProcedureParameters: { apiKey: { value: canary, type: 'String' } },
        },
      }),
    ],
    [
      'an argument of a trigger',
      'trigger',
      { properties: { pipelines: [{ parameters: { sasToken: canary } }] } },
    ],
    [
      'a key in a parameter with a neutral name',
      'pipeline',
      parametersOf({ x: { type: 'string', defaultValue: accountKey } }),
    ],
    [
      'a token in a parameter with a neutral name',
      'pipeline',
      parametersOf({ x: { type: 'string', defaultValue: `${jwt}` } }),
    ],
    ['a global parameter', 'globalParameter', { apiKey: { type: 'String', value: canary } }],
    [
      'a global parameter inside its factory',
      'factory',
      { properties: { globalParameters: { apiKey: { type: 'String', value: canary } } } },
    ],
    [
      'the secret of a repository',
      'factory',
      { properties: { repoConfiguration: { clientSecret: canary } } },
    ],
    [
      'the key of a linked runtime',
      'integrationRuntime',
      { properties: { typeProperties: { linkedInfo: { authorizationType: 'Key', key: canary } } } },
    ],
    [
      'the catalog password',
      'integrationRuntime',
      { properties: { catalogInfo: { catalogAdminPassword: canary } } },
    ],
    [
      'an environment variable of a custom setup',
      'integrationRuntime',
      {
        properties: {
          setup: [{ type: 'EnvironmentVariable', typeProperties: { variableValue: canary } }],
        },
      },
    ],
    [
      'a script',
      'pipeline',
      pipelineOf({ typeProperties: { text: `CREATE LOGIN x WITH PASSWORD = N'${canary}'` } }),
    ],
    ['a copy script', 'pipeline', pipelineOf({ typeProperties: { text: `SAS = '${canary}'` } })],
    [
      'a key in a script',
      'pipeline',
      pipelineOf({ typeProperties: { text: `set k to ${accountKey}` } }),
    ],
  ])('redacts %s', (_, kind, body) => {
    const text = JSON.stringify(redact(kind, body));

    expect(text).not.toMatch(/C4nary|Ab0\+Ab0|eyJ/);
    expect(text).toContain(redacted);
    expect(keysOf(JSON.parse(text))).toEqual(keysOf(body));
  });

  it.each<[what: string, kind: ListedKind, body: JsonObject]>([
    ['a Key Vault reference', 'linkedService', linkedService({ password: vaultReference })],
    [
      'a reference to a parameter',
      'linkedService',
      linkedService({ password: { value: '@linkedService().pwd', type: 'Expression' } }),
    ],
    [
      'a connection string with a parameter for its password',
      'linkedService',
      linkedService({ connectionString: 'Server=s;Password=@{linkedService().pwd};' }),
    ],
    [
      'a template parameter',
      'linkedService',
      linkedService({ encryptedCredential: "[parameters('ls_credential')]" }),
    ],
    [
      'names of secrets',
      'pipeline',
      parametersOf({
        secretName: { type: 'string', defaultValue: 'sql-password' },
        keyVaultUrl: { type: 'string', defaultValue: 'https://v.vault.azure.net' },
        primaryKey: { type: 'string', defaultValue: 'id' },
        keyColumns: { type: 'array', defaultValue: ['id'] },
        tokenUrl: { type: 'string', defaultValue: 'https://login.example/token' },
      }),
    ],
    [
      'an expression with optional access',
      'pipeline',
      web({ url: "@activity('Get')?.output?.url", body: '@pipeline().parameters.payload' }),
    ],
    [
      'a query that compares a column',
      'pipeline',
      pipelineOf({
        typeProperties: { sqlReaderQuery: 'select * from t where token = @p and k=1' },
      }),
    ],
    [
      'a repository that names its secret',
      'factory',
      {
        properties: {
          repoConfiguration: {
            clientSecret: { byoaSecretAkvUrl: 'https://v.vault.azure.net', byoaSecretName: 'git' },
          },
        },
      },
    ],
  ])('returns the same object for %s', (_, kind, body) => {
    expect(redact(kind, body)).toBe(body);
  });

  it('keeps server and database of a connection string', () => {
    const body = linkedService({
      connectionString: `Server=tcp:s.example,1433;Database=sales;Password=${canary};Encrypt=true`,
    });

    expect(redact('linkedService', body)).toEqual(
      linkedService({
        connectionString: `Server=tcp:s.example,1433;Database=sales;Password=${redacted};Encrypt=true`,
      }),
    );
  });
});

/** Keys without values, to compare shapes. */
function keysOf(value: Json): unknown {
  if (Array.isArray(value)) return value.map(keysOf);
  if (typeof value !== 'object' || value === null) return '';
  return Object.entries(value).map(([key, member]) => [key, keysOf(member as Json)]);
}
