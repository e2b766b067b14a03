import { readText, type Place } from '../../../functions/data-factory/redaction/text-reader';

/** A quadratic search of this many characters takes a second, a linear one milliseconds. */
const size = 30_000;
const repeated = (unit: string) => unit.repeat(Math.ceil(size / unit.length)).slice(0, size);

/** Texts that make a search start often, look far ahead or go back. */
const hostile: readonly (readonly [what: string, text: string])[] = [
  ['one letter', repeated('a')],
  ['spaces', `password${repeated(' ')}`],
  ['spaces between words', repeated('password   ')],
  ['equal signs', repeated('=')],
  ['colons', repeated(':')],
  ['pairs of a secret', repeated('password=')],
  ['pairs of a weak name', repeated('keys=a ')],
  ['pairs without an end', repeated('password:[')],
  ['weak lists without an end', repeated('keys:[a,')],
  ['brackets', `password:${repeated('[')}`],
  ['quotes', repeated('"')],
  ['single quotes', repeated("'")],
  ['quoted names', repeated('"password":"')],
  ['escaped quotes', repeated('\\"password\\":\\"')],
  ['backslashes', `"password":"${repeated('\\')}`],
  ['addresses', repeated('a://')],
  ['addresses with users', repeated('https://a:b@')],
  ['addresses without an end', repeated('https://a:b/')],
  ['addresses with queries', repeated('https://a?b=c&')],
  ['a long query', `https://a?${repeated('b=c&')}`],
  ['query separators', `https://a?${repeated(';')}`],
  ['webhooks', repeated('https://hooks.slack.com/services/')],
  ['elements', `${repeated('<password>')}</`],
  ['closing elements', repeated('<password></')],
  ['angle brackets', `</${repeated('<a ')}`],
  ['attributes', `</${repeated('<a password="x" ')}`],
  ['token beginnings', repeated('eyJ')],
  ['token beginnings with dots', repeated('eyJ.')],
  ['separated token beginnings', repeated('eyJ ')],
  ['token prefixes', repeated('ghp_')],
  ['SendGrid prefixes', repeated('SG.aaaaaaaaaaaaaaaaaaaa')],
  ['key beginnings', repeated('-----BEGIN PRIVATE KEY-----')],
  ['options', repeated('--password ')],
  ['quoted options', repeated('--password "')],
  ['options of a program', `mysql ${repeated('-p ')}`],
  ['joined options', `mysql ${repeated('-pabc ')}`],
  ['at signs', repeated('@')],
  ['expressions', repeated('@{')],
  ['complete expressions', repeated('@{a()}')],
  ['calls', `@${repeated('a(')}`],
  ['arguments', `@concat(${repeated("'a',")}'b')`],
  ['literals with passwords', `@concat(${repeated("'password=','a',")}'b')`],
  ['unclosed literals', `@concat('${repeated("''")}`],
  ['SQL comments', repeated('--\n')],
  ['SQL passwords', `SELECT ${repeated("password = 'x' ")}`],
  ['inserts', `select ${repeated("insert into t (password) values ('")}`],
  ['defaults of parameters', `select ${repeated("pwd as string ('a',")}`],
  ['literals in a query', `select ${repeated("'password=x',")}`],
  ['nested file functions', `select ${repeated("s3('x://',")}`],
  ['nested table functions', `select ${repeated("remote('a','b.")}`],
  ['headers of data flows', `headers: [${repeated("'a' -> 'b',")}`],
  ['encrypting calls', `select ${repeated("decrypt(a,'")}`],
  ['headers of a program', `curl ${repeated('-H "a:b" ')}`],
  ['pipes', repeated('echo a | sudo ')],
  ['network drives', repeated('net use a /user:b ')],
  ['segments of a path', `https://a/${repeated('token/a1b2c3d4/')}`],
  ['escaped elements', repeated('&lt;password&gt;')],
  ['declarations', `"password":${repeated('{"type":"string",')}`],
  ['marks of keys', repeated('aB3dE5fG7hJ9kL2mN4pQ6rS8tU+ACR')],
  ['replacing calls', `@concat(${repeated("replace('password=#','#','b'),")}'a')`],
  ['bearer', repeated('bearer ')],
  ['sentences', repeated('password is ')],
  ['open rowsets', repeated("openrowset('a','b';")],
  ['braces', `{${repeated('{')}`],
  ['JSON of names', `{${repeated('"a":')}`],
  ['JSON of pairs', `[${repeated('{"name":"password","value":"x"},')}]`],
  ['name members without values', repeated('"name":"password",')],
  ['value members', repeated('"value":"a",')],
  ['connection pairs', repeated('Password=;')],
  ['connection quotes', repeated('Password="')],
  ['separators without pairs', repeated(';')],
  ['ampersands', repeated('a&')],
  ['percent signs', repeated('%3D')],
  ['entities', repeated('&quot;')],
  ['escaped letters', repeated('\\u0070')],
  ['letters that look the same', repeated('p\u0430ssword=')],
  ['texts in base64', repeated(`${btoa('password=x y z')} `)],
  ['a long text in base64', btoa(repeated('password='))],
  ['enclosed passwords', repeated('password[')],
  ['passwords after values', repeated('abc123 is the ')],
  ['users before passwords', repeated('user a pass ')],
  ['here strings', repeated('kinit <<< ')],
  ['logons', repeated('.logon a/b,')],
  ['lines', repeated('a\n')],
  ['package properties', repeated('[Password];')],
  ['oracle logins', repeated('sqlplus a/')],
  ['options of Vault', `vault login ${repeated('--a ')}`],
  ['options of a write to Vault', `vault kv put ${repeated('--a=b ')}`],
  ['piped literals', repeated('"a" | ConvertTo-SecureString ')],
  ['aliases', repeated('mc alias set a b c ')],
  ['prompts of a script', repeated('expect assword ')],
  ['created users', repeated('create user a = b ')],
  ['comments in comments', repeated("select 'a=b' /* ")],
  ['settings', repeated('set a.b.c\n')],
  ['assigned calls', `select ${repeated('pwd = concat(')}`],
  ['comments in statements', `select ${repeated('password /* a */ ')}`],
  ['comments without an end', `select ${repeated('password = /* ')}`],
];
const places: readonly Place[] = ['open', 'code', 'url', 'connection', 'body', 'closed'];

describe('readText', () => {
  // Processor time, not elapsed time, so that a busy machine changes nothing.
  it.each(hostile)('reads %s in linear time', (_, text) => {
    for (const place of places) {
      const started = process.cpuUsage();
      readText(text, place);
      const { user, system } = process.cpuUsage(started);

      const milliseconds = (user + system) / 1_000;
      expect({ place, isFast: milliseconds < 700 }).toEqual({ place, isFast: true });
    }
  });
});
