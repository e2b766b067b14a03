/** SQL and scripts of data flows with a secret at the place of `¤`, and without one. */
export const plantedQueries: readonly string[] = [
  "SELECT * FROM OPENROWSET('SQLNCLI', 'Server=x;UID=u;PWD=¤', 'select 1')",
  "SELECT * FROM dblink('host=h user=u password=¤', 'select 1')",
  "EXEC sp_addlinkedserver @server = 'x', @provstr = 'Server=x;Pwd=¤'",
  "CREATE STAGE s CREDENTIALS = (AZURE_SAS_TOKEN = '?sv=2020&sig=¤')",
  "ALTER USER 'x'@'%' IDENTIFIED WITH mysql_native_password BY '¤'",
  'CREATE USER x IDENTIFIED BY ¤',
  "DECLARE @pwd nvarchar(50) = N'¤'",
  "DECLARE @id int = 1, @apiToken varchar(max) = '¤'",
  "INSERT INTO users (name, password) VALUES ('bob', '¤')",
  "INSERT INTO users (name, [password], age) VALUES ('a', 'b', 1), (upper('c'), '¤', 2)",
  "SELECT pgp_sym_decrypt(column1, '¤') FROM t",
  "SELECT AES_ENCRYPT(column1, '¤') FROM t",
  'SELECT 1 -- password: ¤',
  "SELECT 1 -- don't\nSELECT * FROM dblink('host=h password=¤', 'select 1')",
];

export const plantedScripts: readonly string[] = [
  "parameters{\n  pwd as string ('¤')\n}\nsource() ~> s",
  'parameters{\n  clientSecret as string ("¤")\n}',
  "parameters{ mdp as string (concat('¤', 'a')) }",
  "parameters{ tokens as string[] (['¤', 'b']) }",
  "source(body: 'user=u&pass=¤', httpMethod: 'POST') ~> s",
  'source(body: \'{\\"user\\":\\"u\\",\\"password\\":\\"¤\\"}\') ~> s',
  "source(query: 'select * from openrowset(\\'x\\', \\'Pwd=¤\\', \\'y\\')') ~> s",
  "s derive(header = concat('Bearer ', '¤')) ~> d",
  "s derive(x = 'Server=x;Password=' + '¤') ~> d",
  "s derive(x = 'SharedAccessSignature sr=x&sig=¤&se=1') ~> d",
];

export const harmlessQueries: readonly string[] = [
  'DECLARE @token nvarchar(50)',
  "DECLARE @key nvarchar(50) = N'Id'",
  "DECLARE @primaryKey varchar(20) = 'OrderId2'",
  'INSERT INTO tokens (id, token) VALUES (@id, @token)',
  "INSERT INTO settings (name, value) VALUES ('keyColumn', 'Id2')",
  "INSERT INTO users (name, password_status) VALUES ('bob', 'x1y2')",
  "SELECT * FROM OPENROWSET(BULK 'https://x.blob.core.windows.net/c/x.csv', FORMAT='CSV') AS r",
  "SELECT HASHBYTES('SHA2_256', password) FROM u",
  'SELECT decryptbykey(column1) FROM t',
  "SELECT * FROM t WHERE [key] = 'orders' AND pass = 1",
  "SELECT 1 -- don't read t.token = u.token",
  '-- password is masked\nselect 1',
  "parameters{\n  keyColumn as string ('Id2'),\n  tokenCount as integer (5)\n}",
  'parameters{\n  password as string,\n  token as string\n}\nsource() ~> s',
  "s derive(x = concat('Basic plan', name)) ~> d",
  's derive(hash = sha2(256, password)) ~> d',
];
