/**
 * Judges names: keys of JSON, parameters, pairs, options. A name is split into words, in the languages in which people
 * name passwords. The last word decides whether a name only describes a secret: `secretName`, `tokenExpiry`.
 */

/**
 * `secret`: the value is a secret in any form. `weak`: the value decides (`sourceKey` may name a column).
 * `plain`: the name says nothing about secrets.
 */
export type NameVerdict = 'secret' | 'weak' | 'plain';

// prettier-ignore
const secretWords = new Set([
  'password', 'passwords', 'passwd', 'passphrase', 'passcode', 'storepass', 'keypass', 'dbpass', 'userpass', 'rootpass', 'adminpass', 'sqlpass', 'ftppass', 'smtppass',
  'mailpass', 'sshpass', 'pgpass', 'ldappass', 'mypass', 'jsessionid', 'phpsessid', 'pwd', 'pswd', 'psw', 'pw', 'passw', 'pword',
  'secret', 'secrets', 'token', 'tokens', 'credential', 'credentials', 'creds', 'cred', 'apikey', 'jwt', 'sas',
  'authorization', 'cookie', 'cookies', 'pfx', 'pat', 'otp', 'totp', 'pin', 'bearer', 'sig', 'signature', 'psk',
  'passwort', 'passworter', 'kennwort', 'kennworter', 'kennworte', 'geheimnis', 'geheim', 'losungswort', 'zugangsdaten',
  'contrasena', 'contrasenia', 'contrasenya', 'clave', 'secreto', 'passe', 'motdepasse', 'mdp', 'jeton', 'senha', 'senhas', 'segredo',
  'parola', 'parolachiave', 'segreto', 'wachtwoord', 'haslo', 'heslo', 'losenord', 'losen', 'salasana', 'jelszo', 'sifre', 'parool',
  'lozinka', 'geslo', 'adgangskode', 'passord', 'kodeord', 'lykilord', 'slaptazodis', 'sandi', 'matkhau', 'palavrapasse',
  'пароль', 'пароли', 'секрет', 'токен', 'парола', 'лозинка', 'κωδικος', 'συνθηματικο', 'סיסמה', 'סיסמא', 'رمز', 'كلمةالمرور',
]);
/** Parts of names in scripts that are written without spaces between words. */
// prettier-ignore
const secretParts = [
  '密码', '密碼', '口令', '密钥', '密鑰', '令牌', '秘密', '秘钥', 'パスワード', '暗証', 'トークン', 'シークレット', '秘密鍵',
  '비밀번호', '암호', '토큰', 'รหัสผ่าน', 'पासवर्ड', 'كلمة المرور', 'كلمة السر',
];

/** Beginnings and endings of words that were written without a separator: dbpassword, userpwd, authtoken. */
const secretEnding =
  /(?:password|passwort|kennwort|passwd|passphrase|wachtwoord|contrasena|secret|token|apikey|pwd|credential)s?$/;
const secretBeginning = /^(?:password|passwort|kennwort|passwd|passphrase|wachtwoord|contrasena)/;

/** Words that people also split: `pass_word`, `Pass Phrase`. */
const splitWord = /(?:password|passphrase|passwort|kennwort|motdepasse|palavrapasse)$/;

/** Words after which `key` is a secret. They may be joined with it. */
// prettier-ignore
const keyOwners = [
  'access', 'account', 'storage', 'api', 'auth', 'authentication', 'app', 'application', 'function', 'client', 'private', 'master',
  'shared', 'subscription', 'license', 'host', 'service', 'services', 'secret', 'sas', 'signing', 'sign', 'encryption', 'admin',
  'blob', 'cosmos', 'ssh', 'aws', 'consumer', 'security', 'principal', 'web', 'crypto', 'decryption', 'hmac', 'ssl', 'tls',
  'rsa', 'pgp', 'gpg', 'azure', 'openai', 'search', 'cognitive', 'maps', 'eventhub', 'servicebus', 'iothub', 'batch', 'synapse',
  'databricks', 'function', 'endpoint', 'write', 'read', 'query', 'user', 'device', 'session', 'integration', 'routing',
  'instrumentation', 'workspace', 'deploy', 'bot', 'sendgrid', 'stripe', 'twilio', 'slack', 'webhook', 'code', 'aes', 'des',
];
const joinedKey = new RegExp(`^(?:${keyOwners.join('|')})keys?$`);
const keyOwnerSet = new Set(keyOwners);
const keyWords = new Set([
  'key',
  'keys',
  'schlussel',
  'schluessel',
  'cle',
  'chiave',
  'chave',
  'llave',
  'ключ',
  'sleutel',
  'nyckel',
  'nogle',
]);

/** Words that make a `key` a key of a table, a map or a document. */
// prettier-ignore
const tableKeys = new Set([
  'primary', 'foreign', 'business', 'surrogate', 'natural', 'composite', 'unique', 'partition', 'sort', 'merge', 'join', 'row',
  'distribution', 'cluster', 'clustering', 'checkpoint', 'watermark', 'alternate', 'candidate', 'dimension', 'dim', 'fact', 'pk',
  'fk', 'bk', 'sk', 'column', 'col', 'index', 'lookup', 'match', 'upsert', 'dedupe', 'dedup', 'group', 'max', 'min', 'last',
  'public', 'delta', 'change', 'increment', 'incremental', 'date', 'record', 'object', 'cache', 'json', 'hash', 'range', 'point',
  'document', 'conflict', 'config', 'compare', 'comparison', 'source', 'sink', 'target', 'staging', 'sap', 'table', 'file',
  'registry', 'phrase', 'word', 'search', 'external',
]);

/** Last words of names that describe a secret without being one. */
// prettier-ignore
const descriptions = new Set([
  'name', 'names', 'url', 'urls', 'uri', 'uris', 'vault', 'endpoint', 'column', 'columns', 'col', 'cols', 'field', 'fields', 'type', 'types', 'id', 'ids',
  'path', 'paths', 'folder', 'file', 'filename', 'directory', 'version', 'versions', 'length', 'count', 'expiry', 'scope', 'scopes', 'expires', 'expiration', 'expired',
  'store', 'kind', 'algorithm', 'format', 'table', 'policy', 'mode', 'provider', 'location', 'issuer', 'audience', 'lifetime',
  'ttl', 'validity', 'days', 'hours', 'minutes', 'seconds', 'size', 'required', 'enabled', 'disabled', 'rotation', 'order', 'label',
  'validation', 'fingerprint', 'thumbprint', 'schema', 'database', 'dataset', 'server', 'host', 'user', 'username', 'linkedservice', 'reference', 'ref',
  'error', 'errors', 'status', 'state', 'date', 'time', 'timestamp', 'changed', 'flag', 'limit', 'usage', 'budget', 'container', 'activity', 'pipeline',
  'description', 'title', 'phrase', 'phrases', 'nombre', 'nom', 'nome', 'bezeichnung', 'spalte', 'columna',
]);
/** Ends of names for the same value in other environments: passwordNameDev. */
// prettier-ignore
const environments = new Set([
  'dev', 'test', 'tst', 'prod', 'prd', 'production', 'uat', 'qa', 'stg', 'stage', 'staging', 'acc', 'sit', 'ppd', 'preprod', 'nonprod', 'sandbox',
]);
/** `max_tokens`, `totalTokens`. */
const quantities = new Set([
  'max',
  'min',
  'num',
  'number',
  'total',
  'used',
  'prompt',
  'completion',
  'input',
  'output',
  'count',
]);
// prettier-ignore
const afterPass = new Set([
  'through', 'thru', 'count', 'rate', 'mark', 'percent', 'threshold', 'fail', 'failed', 'by', 'on', 'down', 'result', 'results', 'flag', 'score',
  'number', 'no', 'or', 'if', 'to', 'as', 'all', 'null', 'nulls', 'criteria', 'check', 'value', 'values', 'data',
]);
// prettier-ignore
const beforePass = new Set(['first', 'second', 'third', 'single', 'multi', 'each', 'per', 'last', 'next', 'boarding', 'ski', 'should', 'test', 'will', 'is', 'did', 'quality', 'check', 'validation']);

/** Verdicts of names that occurred, because the same keys occur in every document. */
const known = new Map<string, NameVerdict>();
const maxKnown = 10_000;
const maxLength = 200;

export function judgeName(name: string): NameVerdict {
  const verdict = known.get(name);
  if (verdict !== undefined) return verdict;
  if (known.size >= maxKnown) known.clear();
  const judged = judge(name.slice(-maxLength));
  if (name.length <= maxLength) known.set(name, judged);
  return judged;
}

export const isSecretName = (name: string): boolean => judgeName(name) === 'secret';

/** Names of connection strings, whose harmless pairs are shown. */
export const isConnectionString = (name: string): boolean =>
  /(?:connection|conn)_?-? ?(?:string|str)$|^connstr/i.test(name.slice(-40));

/** Lower-case words of a name, without diacritics. */
export function wordsOf(name: string): string[] {
  return name
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/ł/g, 'l')
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}]+/u)
    .filter(Boolean);
}

function judge(name: string): NameVerdict {
  if (secretParts.some((part) => name.includes(part))) return 'secret';
  const words = wordsOf(name);
  while (words.length > 1 && environments.has(words.at(-1)!)) words.pop();
  const last = words.at(-1);
  if (last === undefined) return 'plain';
  // A shared access signature is part of its URL.
  if (words.includes('sas') && (last === 'url' || last === 'uri' || last === 'endpoint'))
    return 'secret';
  if (splitWord.test(words.join(''))) return 'secret';
  // `secret_id` is the password of an application role.
  if (words.length > 1 && descriptions.has(last) && !(last === 'id' && words.at(-2) === 'secret'))
    return 'plain';
  let verdict: NameVerdict = 'plain';
  for (const [index, word] of words.entries()) {
    const judged = judgeWord(word, words[index - 1] ?? '', words[index + 1] ?? '', words);
    if (judged === 'secret') return 'secret';
    if (judged === 'weak') verdict = 'weak';
  }
  return verdict;
}

function judgeWord(word: string, before: string, after: string, words: string[]): NameVerdict {
  if (word === 'tokens' && words.some((each) => quantities.has(each))) return 'plain';
  if (word === 'pass') return afterPass.has(after) || beforePass.has(before) ? 'plain' : 'secret';
  if (word === 'passe' && after === 'partout') return 'plain';
  if (word === 'auth') return after === '' ? 'secret' : 'plain';
  if (word === 'certificate' || word === 'cert')
    return after === '' || after === 'data' ? 'weak' : 'plain';
  if (word === 'sig' || word === 'pin' || word === 'pat' || word === 'signature')
    return after === '' ? 'secret' : 'plain';
  if (secretWords.has(word) || joinedKey.test(word)) return 'secret';
  if (secretEnding.test(word) || secretBeginning.test(word)) return 'secret';
  if (!keyWords.has(word) || after === 'vault') return 'plain';
  if (words.length === 1) return word === 'key' ? 'secret' : 'weak';
  if (keyOwnerSet.has(before) && !(before === 'search' && words.includes('word'))) return 'secret';
  return words.some((each) => tableKeys.has(each)) ? 'plain' : 'weak';
}
