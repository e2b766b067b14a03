/** Secrets in the shapes in which people write them into factories. `¤` is the place of the secret. */
import type { Json, JsonObject } from '../../../functions/data-factory/json';
import type { ListedKind } from '../../../functions/data-factory/resource';

export const canary = 'C4nary-5ecret-value';
export const plant = <T extends Json>(template: T, secret = canary): T =>
  JSON.parse(JSON.stringify(template).replaceAll('¤', JSON.stringify(secret).slice(1, -1))) as T;

const pipeline = (activity: JsonObject): JsonObject => ({
  name: 'p',
  properties: { activities: [{ name: 'a', ...activity }] },
});
const activity = (type: string, typeProperties: JsonObject) => pipeline({ type, typeProperties });
const web = (typeProperties: JsonObject) => activity('WebActivity', typeProperties);
const copy = (source: JsonObject) => activity('Copy', { source });
const service = (type: string, typeProperties: JsonObject): JsonObject => ({
  name: 'ls',
  properties: { type, typeProperties },
});
const dataset = (typeProperties: JsonObject): JsonObject => ({
  name: 'd',
  properties: { type: 'RestResource', typeProperties },
});
const parameters = (values: JsonObject): JsonObject => ({ properties: { parameters: values } });
const expression = (value: string): JsonObject => ({ value, type: 'Expression' });

/** A text is planted as the value of a variable, an argument, a description and an annotation. */
export const plantedTexts: readonly string[] = [
  // URLs.
  'https://loader:¤@api.example.com/orders',
  'https://¤@api.example.com/orders',
  'sftp://loader:¤@files.example.com/in',
  'mongodb://loader:¤@h1:27017,h2:27017/db?replicaSet=r',
  'mongodb+srv://loader:¤@cluster.example.net/db',
  'postgresql://loader:¤@db:5432/app',
  'amqps://loader:¤@bus.example.com:5671/',
  'redis://:¤@cache:6379/0',
  'https://loader:pa/¤@api.example.com/orders',
  'wasbs://container:¤@account.blob.core.windows.net/x',
  'https://x.blob.core.windows.net/c?sv=2020-08-04&sig=¤&se=2030',
  'see https://api.example.com/x?code=¤ for more',
  'https://api.example.com/x?page=2&apikey=¤',
  'https://api.example.com/x?api-version=1.0&subscription-key=¤',
  'https://api.example.com/x?hapikey=¤#top',
  'https://api.example.com/x?filterBy=¤',
  'https://api.example.com/callback#access_token=¤&state=1',
  'https://api.example.com/x?access%5Ftoken=¤',
  'orders/export?code=¤',
  '/orders?key=¤&page=3',
  'https://hooks.slack.com/services/T00000000/B00000000/¤',
  'hooks.slack.com/services/T00000000/B00000000/¤',
  'https://contoso.webhook.office.com/webhookb2/¤/IncomingWebhook/1/2',
  'https://outlook.office.com/webhook/¤',
  'https://prod-01.westeurope.logic.azure.com:443/workflows/¤/triggers/manual/paths/invoke',
  'https://prod-01.westeurope.logic.azure.com/workflows/1/triggers/manual/paths/invoke?api-version=2016-10-01&sp=%2Ftriggers&sv=1.0&sig=¤',
  'https://discord.com/api/webhooks/123456/¤',
  'https://hooks.zapier.com/hooks/catch/123/¤/',
  'https://api.telegram.org/bot¤/sendMessage',
  'https://n8n.example.com/webhook/¤',
  'https://hook.eu1.make.com/¤',
  'https://maker.ifttt.com/trigger/done/with/key/¤',
  // Connection strings, JDBC and forms.
  'Server=s;Database=d;User ID=u;Password=¤;Encrypt=true',
  'Server=s;Pwd=¤',
  'Server=s;PASSWORD = "a;¤";Encrypt=true',
  'Server=s;Password={a;¤};Encrypt=true',
  "Server=s;Password='a;¤';Encrypt=true",
  'Server=s;Password=with spaces ¤;Encrypt=true',
  'Server=s;Password=a,b&¤;Encrypt=true',
  'AccountName=a;AccountKey=¤;EndpointSuffix=core.windows.net',
  'Endpoint=sb://x/;SharedAccessKeyName=n;SharedAccessKey=¤',
  'BlobEndpoint=https://x/;SharedAccessSignature=sv=1&sig=¤',
  'InstrumentationKey=¤;IngestionEndpoint=https://x/',
  'cache.example.com:6380,password=¤,ssl=True,abortConnect=False',
  'jdbc:sqlserver://h:1433;databaseName=d;user=u;password=¤;encrypt=true',
  'jdbc:mysql://h:3306/d?user=u&password=¤&useSSL=true',
  'jdbc:postgresql://h/d?user=u&password=¤',
  'jdbc:snowflake://a.snowflakecomputing.com/?user=u&private_key_file_pwd=¤',
  'jdbc:oracle:thin:scott/¤@//h:1521/svc',
  'grant_type=client_credentials&client_id=1&client_secret=¤',
  'username=u&password=¤&remember=1',
  'user=u, password=¤, host=h',
  'api_key: ¤',
  'API Key = ¤',
  'x-api-key: ¤',
  'Authorization: Bearer ¤',
  'Authorization: Basic dXNlcjpDNG5hcnktNWVjcmV0-¤',
  'Cookie: session=¤; theme=dark',
  'token=¤',
  'password%3D¤%26user%3Du',
  'the password is ¤.',
  "Login failed for user 'u' with password '¤'.",
  // JSON and XML in texts, at several depths of escaping.
  '{"user":"u","password":"¤"}',
  "{'user':'u','password':'¤'}",
  '{"auth":{"clientSecret":"¤","tenant":"t"}}',
  '{\\"user\\":\\"u\\",\\"password\\":\\"¤\\"}',
  '{\\\\\\"password\\\\\\":\\\\\\"¤\\\\\\"}',
  '{""password"":""¤""}',
  '{&quot;password&quot;:&quot;¤&quot;}',
  '%7B%22password%22%3A%22¤%22%7D',
  '{"name":"password","value":"¤"}',
  '{"value":"¤","name":"password"}',
  '{"secrets":["¤","other"]}',
  '[{"key":"apiKey","value":"¤"}]',
  '{"password" : "¤',
  '<login user="u" password="¤"/>',
  "<login password='¤'/>",
  '<login><password>¤</password></login>',
  '<wsse:Password Type="text">¤</wsse:Password>',
  '<Password><![CDATA[¤]]></Password>',
  '<add key="ApiKey" value="¤"/>',
  '<connectionStrings><add name="db" connectionString="Server=s;Password=¤;"/></connectionStrings>',
  'password: "¤"',
  "secret_key: '¤'",
  'client_secret => "¤"',
  // Command lines.
  'tool --user u --password ¤',
  'tool --password=¤ --verbose',
  'tool --api-key "¤" run',
  "tool --token '¤'",
  'Connect -Server s -Password ¤',
  'Connect -ClientSecret "¤"',
  'tool /password:¤ /q',
  'mysql -u root -p¤ db',
  'mysql -u root -p ¤ db',
  'sqlcmd -S s -U u -P ¤ -Q "select 1"',
  'bcp t out f -S s -U u -P ¤',
  'curl -u loader:¤ https://x',
  'curl --user loader:¤ https://x',
  'curl -H "Authorization: Bearer ¤" https://x',
  "curl -H 'X-Api-Key: ¤' https://x",
  'sqlplus scott/¤@db',
  'az login --service-principal -u id -p ¤ --tenant t',
  'net use Z: \\\\server\\share ¤ /user:u',
  'export DB_PASSWORD=¤',
  'set API_TOKEN=¤',
  'sshpass -p ¤ ssh u@h',
  'plink -pw ¤ u@h',
  'redis-cli -h h -a ¤',
  'psql "host=h user=u password=¤"',
  'dtexec /F p.dtsx /Set \\Package.Variables[Password];¤ --password ¤',
  // SQL.
  "CREATE LOGIN l WITH PASSWORD = '¤'",
  "CREATE USER u IDENTIFIED BY '¤'",
  'ALTER USER u IDENTIFIED BY "¤"',
  "CREATE DATABASE SCOPED CREDENTIAL c WITH IDENTITY = 'SHARED ACCESS SIGNATURE', SECRET = '¤'",
  "SELECT * FROM users WHERE password = N'¤'",
  "COPY INTO t FROM 'https://x' WITH (CREDENTIAL=(IDENTITY='Storage Account Key', SECRET='¤'))",
  "UPDATE u SET api_token = '¤' WHERE id = 1",
  "EXEC dbo.login @user = 'u', @password = '¤'",
  "SELECT ENCRYPTBYPASSPHRASE('¤', name) FROM t",
  "SELECT * FROM OPENROWSET('SQLNCLI', 'server';'user';'¤', 'select 1')",
  "CREATE USER u PASSWORD '¤'",
  "OPEN SYMMETRIC KEY k DECRYPTION BY PASSWORD = '¤'",
  // Names in other languages.
  ...[
    'Pass',
    'pw',
    'PW',
    'dbPass',
    'db_pw',
    'Kennwort',
    'Passwort',
    'contraseña',
    'Contrasena',
    'mot de passe',
    'MotDePasse',
    'senha',
    'Senha',
    '密码',
    '密碼',
    'パスワード',
    '비밀번호',
    'пароль',
    'wachtwoord',
    'hasło',
    'heslo',
    'lösenord',
    'salasana',
    'jelszó',
    'şifre',
    'parola',
    'adgangskode',
    'passord',
    'segredo',
    'clave',
  ].map((name) => `${name}=¤`),
  '"Kennwort": "¤"',
  '"contraseña":"¤"',
  '"密码":"¤"',
  '<senha>¤</senha>',
  'mot de passe : ¤',
  // Expressions.
  "@concat('Server=s;Password=', '¤', ';Encrypt=true')",
  "@concat('Server=s;Password=¤;Database=', pipeline().parameters.db)",
  "@concat('https://api.example.com/x?code=', '¤')",
  "@concat('https://api.example.com/x?code=¤&n=', item())",
  "@concat('{\"password\":\"', '¤', '\"}')",
  '@json(\'{"password":"¤"}\')',
  '@json(concat(\'{"client_secret":"¤","id":\', pipeline().RunId, \'}\'))',
  "@concat('Bearer ', '¤abcdefghijkl')",
  "@setProperty(json('{}'), 'password', '¤')",
  "@if(equals(pipeline().parameters.password, '¤'), 1, 2)",
  "@equals(variables('token'), '¤')",
  "@concat(concat('pass', 'word='), '¤')",
  "SELECT * FROM u WHERE id = @{item().id} AND password = '¤'",
  "Server=@{pipeline().parameters.server};Password=@{concat('¤', '1')}",
  'https://@{item().host}/x?code=¤&page=@{item().page}',
  "[concat('Server=', parameters('s'), ';Password=¤;')]",
  "@concat('SELECT 1 WHERE password = ''¤''')",
];

/** Tokens that are recognized by their form, in texts with harmless names. Built from parts, so that no scanner of a repository reports them. */
const filler = (length: number, alphabet = 'aB3dE5fG7hJ9kL2mN4pQ6rS8tU'): string =>
  alphabet.repeat(Math.ceil(length / alphabet.length)).slice(0, length);
const hex = (length: number) => filler(length, '0a1b2c3d4e5f6789');
const join = (...parts: string[]) => parts.join('');
export const tokens: readonly (readonly [kind: string, token: string])[] = [
  ['AWS access key', join('AK', 'IA', 'Q3EGR7ZT2WBX5MNP')],
  ['AWS temporary key', join('AS', 'IA', 'Q3EGR7ZT2WBX5MNP')],
  ['GitHub token', join('gh', 'p_', filler(36))],
  ['GitHub app token', join('gh', 's_', filler(36))],
  ['GitHub fine-grained token', join('github', '_pat_', filler(60))],
  ['GitLab token', join('gl', 'pat-', filler(20))],
  ['Slack bot token', join('xo', 'xb-', '123456789012-', filler(24))],
  ['Slack app token', join('xa', 'pp-1-', filler(30))],
  ['JSON Web Token', join('ey', 'JhbGciOiJSUzI1NiJ9.', 'eyJzdWIiOiJjYW5hcnkifQ.', 'c2lnbmF0dXJl')],
  ['storage key', `${filler(86, 'Ab0+cD1/eF2gH3iJ')}==`],
  ['function key', `${filler(54, 'Ab0_cD1-eF2gH3iJ')}==`],
  ['service bus key', `${filler(43, 'Ab0+cD1/eF2gH3iJ')}=`],
  ['Entra client secret', join('abC', '8', 'Q~', filler(34))],
  ['Google API key', join('AI', 'za', filler(35))],
  ['Google OAuth token', join('ya', '29.', filler(60))],
  ['Google client secret', join('GOC', 'SPX-', filler(28))],
  ['Stripe key', join('sk', '_live_', filler(24))],
  ['Stripe restricted key', join('rk', '_live_', filler(24))],
  ['Stripe webhook secret', join('wh', 'sec_', filler(32))],
  ['SendGrid key', join('SG', '.', filler(22), '.', filler(43))],
  ['npm token', join('npm', '_', filler(36))],
  ['PyPI token', join('py', 'pi-', filler(60))],
  ['Databricks token', join('da', 'pi', hex(32))],
  ['OpenAI key', join('sk', '-proj-', filler(48))],
  ['Anthropic key', join('sk', '-ant-api03-', filler(60))],
  ['Hugging Face token', join('h', 'f_', filler(34))],
  ['Shopify token', join('sh', 'pat_', hex(32))],
  ['Vault token', join('hv', 's.', filler(40))],
  ['DigitalOcean token', join('do', 'p_v1_', hex(64))],
  ['HubSpot token', join('pat', '-na1-', hex(36))],
  ['Atlassian token', join('ATA', 'TT3', filler(80))],
  ['Postman key', join('PM', 'AK-', hex(40))],
  ['Telegram bot token', join('123456789', ':', 'AA', filler(33))],
  ['Alibaba key', join('LT', 'AI', filler(20))],
  [
    'private key',
    join(
      '-----BEGIN RSA PRIV',
      'ATE KEY-----\nMIIEpAIBAAKCAQEA',
      filler(40),
      '\n-----END RSA PRIVATE KEY-----',
    ),
  ],
];

export const plantedResources: readonly (readonly [
  where: string,
  kind: ListedKind,
  body: JsonObject,
])[] = [
  // Headers and bodies.
  ['a header of a Web activity', 'pipeline', web({ headers: { 'X-Anything': '¤' } })],
  [
    'the authorization of a Web activity',
    'pipeline',
    web({ headers: { Authorization: 'Bearer ¤' } }),
  ],
  [
    'a header in an expression',
    'pipeline',
    web({ headers: { 'X-Any': expression("@concat('¤', item().id)") } }),
  ],
  [
    'a header of a Copy source',
    'pipeline',
    copy({ type: 'RestSource', additionalHeaders: { 'X-Any': '¤' } }),
  ],
  [
    'headers of a Copy source as text',
    'pipeline',
    copy({ additionalHeaders: 'Accept: text/plain\nX-Any: ¤' }),
  ],
  [
    'headers in store settings',
    'pipeline',
    copy({ storeSettings: { type: 'HttpReadSettings', additionalHeaders: 'X-Any: ¤' } }),
  ],
  ['the body of a Copy source', 'pipeline', copy({ requestBody: '{"x":"¤"}' })],
  ['the text body of a Copy source', 'pipeline', copy({ storeSettings: { requestBody: '¤' } })],
  ['the form body of a Copy source', 'pipeline', copy({ requestBody: 'grant_type=password&x=¤' })],
  ['the XML body of a Copy source', 'pipeline', copy({ requestBody: '<a><b>¤</b></a>' })],
  ['an XML attribute of a body', 'pipeline', copy({ requestBody: '<a b="¤"/>' })],
  ['a header of a REST dataset', 'dataset', dataset({ additionalHeaders: { 'X-Any': '¤' } })],
  ['the body of a REST dataset', 'dataset', dataset({ requestBody: '{"q":{"deep":["¤"]}}' })],
  ['the relative URL of a REST dataset', 'dataset', dataset({ relativeUrl: 'orders?anything=¤' })],
  ['the object body of a Web activity', 'pipeline', web({ body: { deep: ['¤'] } })],
  ['the text body of a Web activity', 'pipeline', web({ body: '¤' })],
  [
    'the body of a WebHook activity',
    'pipeline',
    activity('WebHook', { body: expression("@concat('{\"x\":\"', '¤', '\"}')") }),
  ],
  ['the body of a function', 'pipeline', activity('AzureFunctionActivity', { body: { x: '¤' } })],
  [
    'the query of a function',
    'pipeline',
    activity('AzureFunctionActivity', { functionName: 'f?code=¤' }),
  ],
  ['the address of a Web activity', 'pipeline', web({ url: 'https://api.example.com/x?any=¤' })],
  [
    'query parameters of a sink',
    'pipeline',
    activity('Copy', { sink: { queryParameters: { any: '¤' } } }),
  ],
  [
    'authentication of a Web activity',
    'pipeline',
    web({ authentication: { type: 'Basic', username: 'u', password: '¤' } }),
  ],
  [
    'the certificate of a Web activity',
    'pipeline',
    web({ authentication: { type: 'ClientCertificate', pfx: '¤' } }),
  ],
  [
    'a header of a nested activity',
    'pipeline',
    activity('ForEach', {
      activities: [
        { name: 'w', type: 'WebActivity', typeProperties: { headers: { 'X-Any': '¤' } } },
      ],
    }),
  ],
  // Linked services and other settings.
  ...[
    'password',
    'accountKey',
    'sasUri',
    'accessToken',
    'servicePrincipalKey',
    'encryptedCredential',
    'pfx',
    'embeddedCertData',
    'consumerKey',
    'developerToken',
    'somethingNew',
    'vendorSetting',
    'credString',
    'apiKey',
    'licenseKey',
    'connectionProperties',
    'privateKeyContent',
  ].map(
    (key) =>
      [`${key} of a linked service`, 'linkedService', service('New', { [key]: '¤' })] as const,
  ),
  [
    'authHeaders of a linked service',
    'linkedService',
    service('RestService', { authHeaders: { 'x-any': '¤' } }),
  ],
  ['a nested setting', 'linkedService', service('New', { options: { deep: [{ any: '¤' }] } })],
  ['a list of settings', 'linkedService', service('New', { things: ['¤'] })],
  [
    'Spark settings',
    'linkedService',
    service('AzureDatabricks', { newClusterSparkConf: { 'spark.any': '¤' } }),
  ],
  [
    'an expression in a setting',
    'linkedService',
    service('New', { any: "@concat('¤', linkedService().x)" }),
  ],
  ['a setting that begins with an at sign', 'linkedService', service('New', { any: '@¤' })],
  [
    'an unknown pair of a connection string',
    'linkedService',
    service('Odbc', { connectionString: 'Driver={x};Server=s;Anything=¤;Port=1' }),
  ],
  ['a connection string without pairs', 'linkedService', service('Any', { connectionString: '¤' })],
  [
    'a connection string as an object',
    'linkedService',
    service('Any', { connectionString: { type: 'SecureString', value: '¤' } }),
  ],
  [
    'the query of an address',
    'linkedService',
    service('HttpServer', { url: 'https://x.example.com/?any=¤' }),
  ],
  [
    'the user of an address',
    'linkedService',
    service('HttpServer', { url: 'https://u:¤@x.example.com/' }),
  ],
  [
    'the default of a parameter',
    'linkedService',
    { properties: { parameters: { pw: { type: 'String', defaultValue: '¤' } } } },
  ],
  [
    'an environment variable',
    'integrationRuntime',
    {
      properties: {
        typeProperties: {
          ssisProperties: {
            expressCustomSetupProperties: [
              {
                type: 'EnvironmentVariable',
                typeProperties: { variableName: 'x', variableValue: '¤' },
              },
            ],
          },
        },
      },
    },
  ],
  [
    'a setup with a token',
    'integrationRuntime',
    {
      properties: {
        typeProperties: {
          ssisProperties: {
            customSetupScriptProperties: { blobContainerUri: 'https://x/c', sasToken: '¤' },
          },
        },
      },
    },
  ],
  [
    'a license',
    'integrationRuntime',
    { properties: { typeProperties: { anything: { deep: '¤' } } } },
  ],
  [
    'an unknown setting of a credential',
    'credential',
    { properties: { typeProperties: { any: '¤' } } },
  ],
  [
    'the secret of a repository',
    'factory',
    { properties: { repoConfiguration: { clientSecret: { any: '¤' } } } },
  ],
  [
    'an argument of a reference',
    'pipeline',
    activity('Copy', {
      inputs: [{ referenceName: 'd', type: 'DatasetReference', parameters: { token: '¤' } }],
    }),
  ],
  ['a text in the place of settings', 'linkedService', { properties: { typeProperties: '¤' } }],
  ['a list in the place of settings', 'linkedService', { properties: { typeProperties: ['¤'] } }],
  // Arguments.
  [
    'headers as an argument',
    'trigger',
    { properties: { pipelines: [{ parameters: { headers: { x: '¤' } } }] } },
  ],
  [
    'a Spark option',
    'pipeline',
    activity('HDInsightSpark', {
      arguments: ['-D', 'fs.azure.account.key.a.blob.core.windows.net=¤'],
    }),
  ],
  [
    'parameters of a data flow',
    'pipeline',
    activity('ExecuteDataFlow', {
      dataflow: {
        referenceName: 'd',
        type: 'DataFlowReference',
        datasetParameters: { s: { token: "'¤'" } },
      },
    }),
  ],
  [
    'an object argument',
    'pipeline',
    activity('ExecutePipeline', { parameters: { config: { user: 'u', password: '¤' } } }),
  ],
  [
    'a deep object argument',
    'pipeline',
    activity('ExecutePipeline', { parameters: { config: { items: [{ auth: { apiKey: '¤' } }] } } }),
  ],
  [
    'an object default',
    'pipeline',
    parameters({ config: { type: 'object', defaultValue: { db: { pwd: '¤' } } } }),
  ],
  [
    'an object global parameter',
    'globalParameter',
    { g: { type: 'object', value: { db: { Kennwort: '¤' } } } },
  ],
  ['a global parameter', 'globalParameter', { apiToken: { type: 'string', value: '¤' } }],
  [
    'a numeric secret',
    'pipeline',
    parameters({
      pin: { type: 'int', defaultValue: 123 },
      password: { type: 'string', defaultValue: '¤' },
    }),
  ],
  [
    'a stored procedure',
    'pipeline',
    activity('SqlServerStoredProcedure', {
      storedProcedureParameters: { ApiKey: { value: '¤', type: 'String' } },
    }),
  ],
  ['a variable', 'pipeline', activity('SetVariable', { variableName: 'token', value: '¤' })],
  ['a user property', 'pipeline', pipeline({ userProperties: [{ name: 'senha', value: '¤' }] })],
  [
    'arguments in a list',
    'pipeline',
    activity('HDInsightSpark', { arguments: ['--password', '¤'] }),
  ],
  [
    'a joined argument in a list',
    'pipeline',
    activity('DatabricksSparkPython', { parameters: ['--password=¤'] }),
  ],
  [
    'parameters of a notebook',
    'pipeline',
    activity('DatabricksNotebook', { baseParameters: { storage_key: '¤' } }),
  ],
  ['a command', 'pipeline', activity('Custom', { command: 'run.exe --secret ¤' })],
  [
    'extended properties',
    'pipeline',
    activity('Custom', { extendedProperties: { dbPassword: '¤' } }),
  ],
  [
    'a package password',
    'pipeline',
    activity('ExecuteSSISPackage', { packagePassword: { type: 'SecureString', value: '¤' } }),
  ],
  [
    'a connection manager',
    'pipeline',
    activity('ExecuteSSISPackage', {
      connectionManagers: { cm: { ConnectionString: { value: 'Data Source=s;Any=¤;' } } },
    }),
  ],
  [
    'arguments of a trigger',
    'trigger',
    { properties: { pipelines: [{ parameters: { sasToken: '¤' } }] } },
  ],
  ['a description', 'dataset', { properties: { description: 'Use password=¤' } }],
  ['an annotation', 'dataset', { properties: { annotations: ['password: ¤'] } }],
  // Data flow scripts.
  [
    'a data flow script',
    'dataFlow',
    { properties: { typeProperties: { script: "source(format: 'rest', password: '¤') ~> s" } } },
  ],
  [
    'headers of a data flow script',
    'dataFlow',
    {
      properties: {
        typeProperties: {
          script: "source(headers: ['Authorization' -> '¤', 'X-Api-Key' -> '¤']) ~> s",
        },
      },
    },
  ],
  [
    'a derived column',
    'dataFlow',
    { properties: { typeProperties: { script: "s derive(apiToken = '¤') ~> d" } } },
  ],
  [
    'lines of a script',
    'dataFlow',
    { properties: { typeProperties: { scriptLines: ['source(', "  password: '¤',", ') ~> s'] } } },
  ],
  [
    'a secret after a line break',
    'dataFlow',
    { properties: { typeProperties: { scriptLines: ['source(password:', "  '¤',", ') ~> s'] } } },
  ],
  [
    'a script with an address',
    'dataFlow',
    {
      properties: { typeProperties: { script: "call(url: 'https://x.example.com/?code=¤') ~> c" } },
    },
  ],
];
