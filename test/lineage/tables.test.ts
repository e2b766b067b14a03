/** Tables and files that activities read and write. */
import type { Json } from '../../functions/data-factory/json';
import {
  copy,
  dataset,
  expression,
  lineageOf,
  reference,
  sampleDocuments,
  type Documents,
} from '../support/lineage';

const orders = 'mssql://srv.database.windows.net:1433/dwh.sales.Orders';
const table = (name: string) => `mssql://srv.database.windows.net:1433/dwh.${name}`;
const file = (path: string) => `abfss://raw@lake.dfs.core.windows.net/in/${path}/data.csv`;
const fileAt = (path: Json) => dataset('File', { path });
const inPipeline = (activities: Json[], more?: Documents) =>
  lineageOf(sampleDocuments(activities, more));
const withService = (type: string, typeProperties: Json, datasetProperties: Json) => ({
  linkedService: [{ name: 'Other', properties: { type, typeProperties } }],
  dataset: [
    {
      name: 'There',
      properties: {
        linkedServiceName: reference('LinkedService', 'Other'),
        ...(datasetProperties as object),
      },
    },
  ],
});

describe('the lineage of activities', () => {
  it.each<[string, Json[], string[]]>([
    [
      'a Copy',
      [copy('C', dataset('Orders'), fileAt('x'))],
      [`Load/C reads ${orders}`, `Load/C writes ${file('x')}`],
    ],
    [
      'a query',
      [
        copy('C', dataset('Orders'), fileAt('x'), {
          source: { sqlReaderQuery: 'select * from a.T1 t join [b c].T2 on 1 = 1' },
        }),
      ],
      [
        `Load/C reads ${table('a.T1')}`,
        `Load/C reads ${table('b c.T2')}`,
        `Load/C writes ${file('x')}`,
      ],
    ],
    [
      'a query that is built',
      [
        copy('C', dataset('Orders'), fileAt('x'), {
          source: {
            sqlReaderQuery: expression(
              "@concat('select * from a.', variables('t'), ' where x > 1')",
            ),
          },
        }),
      ],
      [`Load/C reads ${table('a.{t}')}`, `Load/C writes ${file('x')}`],
    ],
    [
      'a query that is not SQL',
      [copy('C', dataset('Orders'), fileAt('x'), { source: { query: 'give me all' } })],
      [`Load/C reads ${table('{query}')}`, `Load/C writes ${file('x')}`],
    ],
    [
      'procedures on both sides',
      [
        copy('C', dataset('Orders'), dataset('Orders'), {
          source: { sqlReaderStoredProcedureName: 'sales.read' },
          sink: { sqlWriterStoredProcedureName: '[sales].[write]' },
        }),
      ],
      [`Load/C executes ${table('sales.read')}`, `Load/C executes ${table('sales.write')}`],
    ],
    [
      'a procedure that merges into the table of the sink',
      [
        copy('C', fileAt('x'), dataset('Orders'), {
          sink: {
            sqlWriterStoredProcedureName: 'sales.write',
            storedProcedureTableTypeParameterName: 'rows',
          },
        }),
      ],
      [
        `Load/C reads ${file('x')}`,
        `Load/C executes ${table('sales.write')}`,
        `Load/C writes ${orders}`,
      ],
    ],
    [
      'wildcards',
      [
        copy('C', fileAt('x'), dataset('Orders'), {
          source: { storeSettings: { wildcardFolderPath: 'a/*', wildcardFileName: '*.csv' } },
        }),
      ],
      ['Load/C reads abfss://raw@lake.dfs.core.windows.net/a/*/*.csv', `Load/C writes ${orders}`],
    ],
    [
      'staging and logs',
      [
        copy('C', dataset('Orders'), dataset('Orders'), {
          enableStaging: true,
          stagingSettings: { linkedServiceName: reference('LinkedService', 'Lake'), path: 'tmp/a' },
          logSettings: {
            logLocationSettings: {
              linkedServiceName: reference('LinkedService', 'Lake'),
              path: 'logs',
            },
          },
        }),
      ],
      [
        `Load/C reads ${orders}`,
        `Load/C writes ${orders}`,
        'Load/C writes abfss://tmp@lake.dfs.core.windows.net/a (staging)',
        'Load/C writes abfss://logs@lake.dfs.core.windows.net// (log)',
      ],
    ],
    [
      'Lookup, GetMetadata and Delete',
      [
        { name: 'L', type: 'Lookup', typeProperties: { dataset: dataset('Orders') } },
        { name: 'G', type: 'GetMetadata', typeProperties: { dataset: fileAt('x') } },
        { name: 'D', type: 'Delete', typeProperties: { dataset: fileAt('y') } },
      ],
      [`Load/L reads ${orders}`, `Load/G inspects ${file('x')}`, `Load/D deletes ${file('y')}`],
    ],
    [
      'a script',
      [
        {
          name: 'S',
          type: 'Script',
          linkedServiceName: reference('LinkedService', 'Sql'),
          typeProperties: {
            scripts: [{ type: 'NonQuery', text: 'insert into a.T select * from b.S; exec c.p' }],
          },
        },
      ],
      [
        `Load/S reads ${table('b.S')}`,
        `Load/S writes ${table('a.T')}`,
        `Load/S executes ${table('c.p')}`,
      ],
    ],
    [
      'statements of other dialects',
      [
        {
          name: 'S',
          type: 'Script',
          linkedServiceName: reference('LinkedService', 'Sql'),
          typeProperties: {
            scripts: [
              { text: "CALL raw.check(['x'])" },
              { text: "COPY INTO raw.T FROM '@stage/a' FILE_FORMAT = (TYPE = 'CSV')" },
              { text: 'MERGE INTO a.T AS t USING b.S s ON t.x = s.x WHEN MATCHED THEN DELETE;' },
            ],
          },
        },
      ],
      [
        `Load/S executes ${table('raw.check')}`,
        `Load/S writes ${table('raw.T')}`,
        `Load/S reads ${table('b.S')}`,
        `Load/S writes ${table('a.T')}`,
      ],
    ],
    [
      'a stored procedure',
      [
        {
          name: 'P',
          type: 'SqlServerStoredProcedure',
          linkedServiceName: reference('LinkedService', 'Sql'),
          typeProperties: { storedProcedureName: '[sales].[merge]' },
        },
      ],
      [`Load/P executes ${table('sales.merge')}`],
    ],
    [
      'an address without its query',
      [
        {
          name: 'W',
          type: 'WebActivity',
          typeProperties: { url: 'https://api.example/run/1?code=x', method: 'GET' },
        },
      ],
      ['Load/W executes https://api.example//run/1'],
    ],
    [
      'an address with a path that is built',
      [
        {
          name: 'W',
          type: 'WebActivity',
          typeProperties: {
            url: expression("@concat('https://API.example/run/', variables('id'))"),
          },
        },
      ],
      ['Load/W executes https://api.example//run/{id}'],
    ],
    [
      'a notebook',
      [
        {
          name: 'N',
          type: 'SynapseNotebook',
          typeProperties: { notebook: { referenceName: 'Clean', type: 'NotebookReference' } },
        },
      ],
      ['Load/N executes synapsenotebook://sales/Clean'],
    ],
    [
      'a Copy without inputs',
      [{ name: 'C', type: 'Copy', outputs: [dataset('Orders')], typeProperties: {} }],
      [`Load/C writes ${orders}`],
    ],
    [
      'nested activities',
      [
        {
          name: 'If',
          type: 'IfCondition',
          typeProperties: {
            ifTrueActivities: [
              {
                name: 'Sw',
                type: 'Switch',
                typeProperties: {
                  cases: [{ value: 'a', activities: [copy('C', dataset('Orders'), fileAt('x'))] }],
                },
              },
            ],
          },
        },
      ],
      [`Load/If/true/Sw/case:a/C reads ${orders}`, `Load/If/true/Sw/case:a/C writes ${file('x')}`],
    ],
  ])('has the ends of %s', async (_, activities, expected) => {
    expect((await inPipeline(activities)).ends()).toEqual(expected);
  });

  it('expands a literal ForEach and keeps pairs together', async () => {
    const each = {
      name: 'F',
      type: 'ForEach',
      typeProperties: {
        items: expression("@createArray('A', 'B')"),
        activities: [
          copy(
            'C',
            dataset('AnyTable', { table: expression('@item()') }),
            fileAt(expression('@toLower(item())')),
          ),
        ],
      },
    };

    expect((await inPipeline([each])).pairs()).toEqual([
      `${table('stage.A')} → ${file('a')}`,
      `${table('stage.B')} → ${file('b')}`,
    ]);
  });

  it('keeps a template and its control table if items are looked up', async () => {
    const lookup = { name: 'List', type: 'Lookup', typeProperties: { dataset: dataset('Orders') } };
    const each = {
      name: 'F',
      type: 'ForEach',
      typeProperties: {
        items: expression("@activity('List').output.value"),
        activities: [
          copy('C', dataset('AnyTable', { table: expression('@item().Name') }), fileAt('x')),
        ],
      },
    };

    const lineage = await inPipeline([lookup, each]);

    expect(lineage.pairs()).toEqual([
      `${table('stage.{item.Name}')} → ${file('x')}`,
      `${orders} → ${file('x')} ~`,
    ]);
    expect(lineage.ends()).toContain(`Load/F/C reads ${orders} (control)`);
  });

  it('resolves parameters by every caller and trigger', async () => {
    const load = {
      name: 'One',
      properties: {
        parameters: { table: { type: 'string', defaultValue: 'Default' } },
        activities: [
          copy(
            'C',
            dataset('AnyTable', { table: expression('@pipeline().parameters.table') }),
            fileAt('x'),
          ),
        ],
      },
    };
    const call = (name: string, value: Json) => ({
      name,
      type: 'ExecutePipeline',
      typeProperties: { pipeline: reference('Pipeline', 'ONE'), parameters: { table: value } },
    });
    const trigger = {
      name: 'Hourly',
      properties: {
        type: 'TumblingWindowTrigger',
        pipeline: { pipelineReference: reference('Pipeline', 'One'), parameters: { table: 'T' } },
      },
    };
    const more = { pipeline: [load], trigger: [trigger] };

    const called = await inPipeline(
      [call('A', 'X'), call('B', expression("@concat('Y', '1')"))],
      more,
    );
    const alone = await inPipeline([], { pipeline: [load] });

    expect(
      called
        .ends()
        .filter((end) => end.includes('reads'))
        .sort(),
    ).toEqual([
      `One/C reads ${table('stage.T')}`,
      `One/C reads ${table('stage.X')}`,
      `One/C reads ${table('stage.Y1')}`,
    ]);
    expect(alone.ends()).toContain(`One/C reads ${table('stage.Default')}`);
  });

  const set = (value: Json, more: Json = {}) => ({
    name: 'Set',
    type: 'SetVariable',
    typeProperties: { variableName: 'T', value },
    ...(more as object),
  });
  const after = (...conditions: string[]) => ({
    dependsOn: [{ activity: 'Set', dependencyConditions: conditions }],
  });
  const lookUp = (more: Json = {}) => ({
    name: 'L',
    type: 'Lookup',
    typeProperties: { dataset: dataset('AnyTable', { table: expression("@variables('t')") }) },
    ...(more as object),
  });
  const loop = (isSequential: boolean, activities: Json[], more: Json = {}) => ({
    name: 'F',
    type: 'ForEach',
    typeProperties: { isSequential, items: expression("@createArray('A', 'B')"), activities },
    ...(more as object),
  });
  it.each<[string, Json[], string[]]>([
    ['its default if no activity sets it', [lookUp()], ['stage.usual']],
    ['what was set before', [set('New'), lookUp(after('Succeeded'))], ['stage.New']],
    ['nothing certain if both run at once', [set('New'), lookUp()], ['stage.{t}']],
    ['nothing certain after a failure', [set('New'), lookUp(after('Failed'))], ['stage.{t}']],
    [
      'nothing certain if its activity may be skipped',
      [set('New'), lookUp(after('Succeeded', 'Skipped'))],
      ['stage.{t}'],
    ],
    [
      'nothing certain if two activities set it',
      [set('New'), { ...set('Other'), name: 'S2' }, lookUp(after('Succeeded'))],
      ['stage.{t}'],
    ],
    [
      'nothing certain if a branch sets it',
      [
        {
          name: 'Set',
          type: 'IfCondition',
          typeProperties: { ifTrueActivities: [{ ...set('New'), name: 'S' }] },
        },
        lookUp(after('Succeeded')),
      ],
      ['stage.{t}'],
    ],
    [
      'each item of a sequential loop',
      [loop(true, [set(expression('@item()')), lookUp(after('Succeeded'))])],
      ['stage.A', 'stage.B'],
    ],
    [
      'nothing certain in a parallel loop',
      [loop(false, [set(expression('@item()')), lookUp(after('Succeeded'))])],
      ['stage.{t}'],
    ],
    [
      'what was set before the loop',
      [set(expression("@concat('N', 'ew')")), loop(false, [lookUp()], after('Succeeded'))],
      ['stage.New'],
    ],
  ])('reads from a variable %s', async (_, activities, expected) => {
    const variables = { t: { type: 'String', defaultValue: 'usual' } };
    const lineage = await lineageOf({
      ...sampleDocuments([]),
      pipeline: [{ name: 'Load', properties: { variables, activities } }],
    });

    expect([...new Set(lineage.assets.map(({ name }) => name))]).toEqual(
      expected.map((name) => `dwh.${name}`),
    );
  });

  it('reads a variable quickly that many references set', async () => {
    const setters = Array.from({ length: 7 }, (_, n) => {
      const references = Array<string>(60).fill(`variables('v${n - 1}')`);
      const value = n === 0 ? 'New' : expression(`@coalesce(${references.join(', ')})`);
      const before = { activity: `S${n - 1}`, dependencyConditions: ['Succeeded'] };
      return {
        name: `S${n}`,
        type: 'SetVariable',
        typeProperties: { variableName: `v${n}`, value },
        ...(n > 0 && { dependsOn: [before] }),
      };
    });
    const reader = {
      name: 'L',
      type: 'Lookup',
      typeProperties: { dataset: dataset('AnyTable', { table: expression("@variables('v6')") }) },
      dependsOn: [{ activity: 'S6', dependencyConditions: ['Succeeded'] }],
    };

    const lineage = await inPipeline([...setters, reader]);

    expect(lineage.ends()).toEqual([`Load/L reads ${table('stage.New')}`]);
  });

  it('follows a control table through a variable', async () => {
    const lineage = await inPipeline([
      { name: 'Control', type: 'Lookup', typeProperties: { dataset: dataset('Orders') } },
      set(expression("@activity('Control').output.firstRow.name"), {
        dependsOn: [{ activity: 'Control', dependencyConditions: ['Succeeded'] }],
      }),
      {
        ...(copy(
          'C',
          fileAt('x'),
          dataset('AnyTable', { table: expression("@variables('T')") }),
        ) as object),
        ...after('Succeeded'),
      } as Json,
    ]);

    expect(lineage.pairs()).toEqual([
      `${file('x')} → ${table('stage.{Control.firstRow.name}')}`,
      `${orders} → ${table('stage.{Control.firstRow.name}')} ~`,
    ]);
  });

  it('grades names by how they are known', async () => {
    const lineage = await inPipeline([
      copy('C', dataset('Orders'), fileAt('x')),
      copy('D', dataset('AnyTable', { table: 'T' }), fileAt(expression('@utcnow()'))),
    ]);

    expect(lineage.activities().flatMap(({ ends }) => ends.map((end) => end.confidence))).toEqual([
      'static', 'defaulted', 'defaulted', 'dynamic',
    ]); // prettier-ignore
  });

  it.each<[string, Json, Json, string]>([
    ['SnowflakeV2', { accountIdentifier: 'org-acc', database: 'DB' }, { type: 'SnowflakeV2Table', typeProperties: { schema: 'S', table: 'T' } }, 'snowflake://org-acc/DB.S.T'],
    ['Snowflake', { connectionString: 'jdbc:snowflake://org-acc.snowflakecomputing.com/?user=u&db=DB&warehouse=w' }, { type: 'SnowflakeTable', typeProperties: { schema: 'S', table: 'T' } }, 'snowflake://org-acc/DB.S.T'],
    ['SqlServer', { server: 'srv\\inst', database: 'db' }, { type: 'SqlServerTable', typeProperties: { tableName: '[a.b].[c]' } }, 'mssql://srv\\inst:1433/db.a.b.c'],
    ['AzureSqlDW', { connectionString: 'Server=dw.sql.azuresynapse.net;Database=pool' }, { type: 'AzureSqlDWTable', typeProperties: { tableName: 'dim.Date' } }, 'sqlserver://dw.sql.azuresynapse.net:1433/pool.dim.Date'],
    ['PostgreSqlV2', { server: 'pg', port: 5433, database: 'db' }, { type: 'PostgreSqlV2Table', typeProperties: { schema: 'public', table: 't' } }, 'postgres://pg:5433/db.public.t'],
    ['MySql', { server: 'my', database: 'db' }, { type: 'MySqlTable', typeProperties: { tableName: 't' } }, 'mysql://my:3306/db.t'],
    ['AzureBlobStorage', { serviceEndpoint: 'https://acc.blob.core.windows.net' }, { type: 'AzureBlob', typeProperties: { folderPath: 'box/a', fileName: 'f.csv' } }, 'wasbs://box@acc.dfs.core.windows.net/a/f.csv'],
    ['AmazonS3', {}, { type: 'Json', typeProperties: { location: { type: 'AmazonS3Location', bucketName: 'b', folderPath: 'k' } } }, 's3://b/k'],
    ['CosmosDb', { accountEndpoint: 'https://c.documents.azure.com:443/', database: 'db' }, { type: 'CosmosDbSqlApiCollection', typeProperties: { collectionName: 'items' } }, 'azurecosmos://c.documents.azure.com/dbs/db/colls/items'],
    ['AzureDataExplorer', { endpoint: 'https://c.westeurope.kusto.windows.net', database: 'db' }, { type: 'AzureDataExplorerTable', typeProperties: { table: 't' } }, 'azurekusto://c.westeurope.kusto.windows.net/db/t'],
    ['Oracle', { connectionString: { type: 'AzureKeyVaultSecret', secretName: 'ora' } }, { type: 'OracleTable', typeProperties: { schema: 'S', table: 'T' } }, 'oracle://unknown host of secret ora/S.T'],
    ['NewStore', { url: 'https://new.example/x' }, { type: 'NewStoreObject', typeProperties: { path: 'thing' } }, 'newstore://new.example/x/thing'],
    ['Sftp', { host: 'ftp.example' }, { type: 'Binary', typeProperties: { location: { type: 'SftpLocation', folderPath: '/a/', fileName: 'b' } } }, 'sftp://ftp.example/a/b'],
    ['AzureBlobFS', { url: 'https://acc.dfs.core.windows.net' }, { type: 'Parquet', typeProperties: { location: { type: 'AzureBlobFSLocation', fileSystem: 'raw/dev', folderPath: 'a' } } }, 'abfss://raw@acc.dfs.core.windows.net/dev/a'],
    ['FtpServer', { host: 'ftp.example', port: 2121 }, { type: 'Binary', typeProperties: { location: { type: 'FtpServerLocation', fileName: 'b' } } }, 'ftpserver://ftp.example:2121/b'],
    ['RestService', { url: 'https://api.example:443/v2/sales/' }, { type: 'RestResource', typeProperties: { relativeUrl: '/orders' } }, 'restservice://api.example/v2/sales/orders'],
    ['HttpServer', { url: 'https://api.example/all.csv?key=1' }, { type: 'DelimitedText', typeProperties: { location: { type: 'HttpServerLocation' } } }, 'httpserver://api.example/all.csv'],
    ['SharePointOnlineList', { siteUrl: 'https://c.sharepoint.com/sites/hr' }, { type: 'SharePointOnlineListResource', typeProperties: { listName: 'People' } }, 'sharepointonlinelist://c.sharepoint.com/sites/hr/People'],
    ['MongoDbV2', { connectionString: { type: 'AzureKeyVaultSecret', secretName: 'm' }, database: 'shop' }, { type: 'MongoDbV2Collection', typeProperties: { collection: 'orders' } }, 'mongodb://unknown host of secret m/shop/orders'],
    ['SapHana', { server: 'hana:30015' }, { type: 'SapHanaTable', typeProperties: { schema: 'S', table: 'T' } }, 'saphana://hana:30015/S.T'],
    ['AmazonS3Compatible', { serviceUrl: 'https://minio.example:9000' }, { type: 'Json', typeProperties: { location: { type: 'AmazonS3CompatibleLocation', bucketName: 'b', folderPath: 'k' } } }, 'amazons3compatible://minio.example:9000/b/k'],
    ['AmazonS3', { serviceUrl: 'https://minio.example' }, { type: 'Json', typeProperties: { location: { type: 'AmazonS3Location', bucketName: 'b', folderPath: 'k' } } }, 'amazons3compatible://minio.example/b/k'],
    ['AmazonS3', { serviceUrl: 'https://s3.eu-west-1.amazonaws.com' }, { type: 'Json', typeProperties: { location: { type: 'AmazonS3Location', bucketName: 'b', folderPath: 'k' } } }, 's3://b/k'],
    ['AzureFileStorage', { connectionString: 'AccountName=acc;EndpointSuffix=core.windows.net', fileShare: 'share' }, { type: 'Binary', typeProperties: { location: { type: 'AzureFileStorageLocation', folderPath: 'a' } } }, 'azurefilestorage://acc/share/a'],
    ['AzureStorage', { connectionString: 'AccountName=acc' }, { type: 'AzureTable', typeProperties: { tableName: 'Orders' } }, 'azuretablestorage://acc/Orders'],
    ['OracleCloudStorage', { serviceUrl: 'https://ns.oraclecloud.com' }, { type: 'Json', typeProperties: { location: { type: 'OracleCloudStorageLocation', bucketName: 'b', folderPath: 'k' } } }, 'oraclecloudstorage://ns.oraclecloud.com/b/k'],
    ['Lakehouse', { workspaceId: 'w', artifactId: 'a' }, { type: 'LakehouseTable', typeProperties: { schema: 'dbo', table: 'Orders' } }, 'lakehouse://w/a.dbo.Orders'],
    ['Warehouse', { endpoint: 'x.datawarehouse.fabric.microsoft.com', artifactId: 'a', workspaceId: 'w' }, { type: 'WarehouseTable', typeProperties: { schema: 'dbo', table: 'Orders' } }, 'sqlserver://x.datawarehouse.fabric.microsoft.com:1433/a.dbo.Orders'],
    ['Oracle', { server: 'ora.example:1522/sales' }, { type: 'OracleTable', typeProperties: { schema: 'S', table: 'T' } }, 'oracle://ora.example:1522/sales.S.T'],
    ['MySql', { server: 'my', database: 'db' }, { type: 'MySqlTable', typeProperties: { tableName: 'other.t' } }, 'mysql://my:3306/other.t'],
    ['Teradata', { server: 'td' }, { type: 'TeradataTable', typeProperties: { database: 'D', table: 'T' } }, 'teradata://td:1025/D.T'],
    ['GoogleBigQueryV2', { projectId: 'p' }, { type: 'GoogleBigQueryV2Object', typeProperties: { dataset: 'd', table: 't' } }, 'bigquery://p/p.d.t'],
    ['AzureSqlDatabase', { server: 'srv', database: 'db' }, { type: 'AzureSqlTable', typeProperties: { tableName: 'other..T' } }, 'mssql://srv:1433/other.dbo.T'],
    ['AzureSqlDatabase', { server: 'srv', database: 'db' }, { type: 'AzureSqlTable', typeProperties: { tableName: 'other.s.T' } }, 'mssql://srv:1433/other.s.T'],
    ['SqlServer', { server: 'localhost', database: 'db' }, { type: 'SqlServerTable', typeProperties: { tableName: 'T' } }, 'mssql://localhost of integration runtime AutoResolve/db.dbo.T'],
    ['SqlServer', { connectionString: 'Data Source=(local)\\inst;Initial Catalog=db' }, { type: 'SqlServerTable', typeProperties: { tableName: 'T' } }, 'mssql://localhost\\inst of integration runtime AutoResolve/db.dbo.T'],
    ['Odbc', { connectionString: 'Driver={x};Server=h' }, { type: 'OdbcTable', typeProperties: { query: 'select 1' } }, 'odbc://h/{object}'],
  ])('names assets of %s', async (type, service, properties, expected) => {
    const lookup = { name: 'L', type: 'Lookup', typeProperties: { dataset: dataset('There') } };

    const { assets } = await inPipeline([lookup], withService(type, service, properties));

    expect(assets.map(({ namespace, name }) => `${namespace}/${name}`)).toEqual([expected]);
  }); // prettier-ignore

  it.each<[string, string, Json, string[]]>([
    ['Dynamics', 'DynamicsEntity', '<fetch><entity name="account"><link-entity name="contact"/></entity></fetch>', ['dynamics://host/account', 'dynamics://host/contact']],
    ['Salesforce', 'SalesforceObject', 'SELECT Id, (SELECT Id FROM Contacts) FROM Account WHERE Date > 2020-01-01T00:00:00Z', ['salesforce://host/Account']],
    ['AzureDataExplorer', 'AzureDataExplorerTable', 'Orders | where x > 1', ['azurekusto://host/{database}/Orders']],
    ['AzureDataExplorer', 'AzureDataExplorerTable', 'Orders | join (Lines) on id', ['azurekusto://host/{query}']],
    ['AzureDataExplorer', 'AzureDataExplorerTable', expression("@concat('Orders | where at > ', utcnow(), ' | join (Lines) on id')"), ['azurekusto://host/{query}']],
    ['AzureDataExplorer', 'AzureDataExplorerTable', expression("@concat('Orders', utcnow(), ' | take 1')"), ['azurekusto://host/{query}']],
    ['Salesforce', 'SalesforceObject', expression("@concat('SELECT Id FROM Account WHERE At > ', utcnow())"), ['salesforce://host/Account']],
    ['Dynamics', 'DynamicsEntity', expression("@concat('<fetch><entity name=\"account\"><filter value=\"', utcnow(), '\"/><link-entity name=\"contact\"/></entity></fetch>')"), ['dynamics://host/account', 'dynamics://host/contact']],
    ['Odbc', 'OdbcTable', 'select * from s.T', ['odbc://host/s.T']],
    ['MongoDbV2', 'MongoDbV2Collection', '{ "x": 1 }', ['mongodb://host/named']],
    ['CosmosDb', 'CosmosDbSqlApiCollection', 'select * from c', ['azurecosmos://host/dbs/{database}/colls/named']],
  ])('reads the tables of a query of %s', async (type, datasetType, query, expected) => {
    const lookup = {
      name: 'L',
      type: 'Lookup',
      typeProperties: { dataset: dataset('There'), source: { query } },
    };
    const properties = { type: datasetType, typeProperties: { collectionName: 'named' } };

    const { assets } = await inPipeline([lookup], withService(type, { host: 'host' }, properties));

    expect(assets.map(({ namespace, name }) => `${namespace}/${name}`)).toEqual(expected);
  }); // prettier-ignore

  it('pairs the sink of a query with the sources that it uses', async () => {
    const flow = {
      name: 'Pq',
      properties: {
        type: 'WranglingDataFlow',
        typeProperties: {
          sources: [
            { name: 'One', dataset: dataset('Orders') },
            { name: 'Two', dataset: dataset('AnyTable', { table: 'Two' }) },
          ],
          script:
            'section S; shared One = 1; shared Two = let a = "One" in a;\nshared Q = let s = #"Both" in s; shared #"Both" = Table.Combine({Two}); shared R = One;',
        },
      },
    };
    const activity = {
      name: 'E',
      type: 'ExecuteWranglingDataflow',
      typeProperties: {
        dataFlow: reference('DataFlow', 'Pq'),
        sinks: {
          Q: { name: 'OutQ', dataset: fileAt('q') },
          R: { name: 'OutR', dataset: fileAt('r') },
        },
      },
    };

    const lineage = await inPipeline([activity], { dataFlow: [flow] });

    expect(lineage.pairs()).toEqual([
      `${table('stage.Two')} → ${file('q')}`,
      `${orders} → ${file('r')}`,
    ]);
  });

  it('joins a pool of the workspace and its linked service', async () => {
    const sqlPool = { referenceName: 'dwh', type: 'SqlPoolReference' };
    const server = { server: 'sales.sql.azuresynapse.net', database: 'dwh' };
    const place = { typeProperties: { schema: 'dbo', table: 'T' } };
    const there = withService('AzureSqlDW', server, { type: 'AzureSqlDWTable', ...place });
    const pool = { name: 'Pool', properties: { type: 'SqlPoolTable', sqlPool, ...place } };
    const procedure = {
      name: 'P',
      type: 'SqlPoolStoredProcedure',
      sqlPool,
      typeProperties: { storedProcedureName: 'dbo.P' },
    };

    const { assets } = await inPipeline([copy('C', dataset('There'), dataset('Pool')), procedure], {
      ...there,
      dataset: [...there.dataset, pool],
    });

    expect(assets.map(({ namespace, name }) => `${namespace}/${name}`)).toEqual([
      'sqlserver://sales.sql.azuresynapse.net:1433/dwh.dbo.T',
      'sqlserver://sales.sql.azuresynapse.net:1433/dwh.dbo.P',
    ]);
  });

  it('joins both protocols of a storage account', async () => {
    const blob = withService(
      'AzureBlobStorage',
      { serviceEndpoint: 'https://lake.blob.core.windows.net' },
      {
        type: 'DelimitedText',
        typeProperties: {
          location: { type: 'AzureBlobStorageLocation', container: 'raw', folderPath: 'in/x', fileName: 'data.csv' },
        },
      },
    ); // prettier-ignore

    const lineage = await inPipeline([copy('C', fileAt('x'), dataset('There'))], blob);

    expect(new Set(lineage.activities()[0]!.ends.map(({ asset }) => asset)).size).toBe(1);
  });

  it('tells templates of two pipelines apart, and not those of a time', async () => {
    const reads = (name: string, path: string) => ({
      name,
      properties: {
        activities: [
          { name: 'G', type: 'GetMetadata', typeProperties: { dataset: fileAt(expression(path)) } },
        ],
      },
    });
    const assetsOf = async (path: string) =>
      (await inPipeline([], { pipeline: [reads('A', path), reads('B', path)] })).assets.length;

    expect(await assetsOf("@variables('x')")).toBe(2);
    expect(await assetsOf("@utcnow('yyyy')")).toBe(1);
  });
});
