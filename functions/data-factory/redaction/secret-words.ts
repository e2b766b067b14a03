/** Words in names of secrets, in the languages in which people name passwords. Lower case, without diacritics. */

// prettier-ignore
export const secretWords = new Set([
  'password', 'passwords', 'passwd', 'passphrase', 'passcode', 'jsessionid', 'phpsessid', 'pwd', 'pswd', 'psw', 'pw', 'passw', 'pword',
  'pwrd', 'passwrd', 'passwod', 'pasword', 'paswd', 'pssword', 'psswd', 'psswrd', 'passwor', 'wachtwrd', 'secrt', 'scrt',
  'secret', 'secrets', 'token', 'tokens', 'credential', 'credentials', 'creds', 'cred', 'apikey', 'jwt', 'sas',
  'authorization', 'cookie', 'cookies', 'pfx', 'pat', 'otp', 'totp', 'pin', 'bearer', 'sig', 'signature', 'psk',
  'passwort', 'passworter', 'kennwort', 'kennworter', 'kennworte', 'geheimnis', 'geheim', 'losungswort', 'zugangsdaten',
  'contrasena', 'contrasenia', 'contrasenya', 'clave', 'secreto', 'passe', 'motdepasse', 'mdp', 'jeton', 'senha', 'senhas', 'segredo',
  'parola', 'parolachiave', 'segreto', 'wachtwoord', 'haslo', 'heslo', 'losenord', 'losen', 'salasana', 'jelszo', 'sifre', 'parool',
  'lozinka', 'geslo', 'adgangskode', 'passord', 'kodeord', 'lykilord', 'slaptazodis', 'sandi', 'matkhau', 'palavrapasse',
  'parol', 'salasona', 'wagwoord', 'pasahitza', 'facalfaire', 'cyfrinair', 'fjalekalimi', 'parolata',
  'hemmelighed', 'hemmelighet', 'hemlighet', 'sekret', 'sekrety', 'tajne', 'tajny', 'tajemstvi', 'tajemnica', 'salaisuus', 'titok', 'gizli', 'secreta', 'secrete', 'segreta',
  'парол', 'гасло', 'пароль', 'пароли', 'секрет', 'токен', 'парола', 'лозинка', 'κωδικος', 'συνθηματικο', 'סיסמה', 'סיסמא', 'ססמה', 'رمز', 'كلمةالمرور', 'گذرواژه', 'գաղտնաբառ', 'құпиясөз',
  'katalaluan', 'katasandi', 'tkn',
]);
/** Parts of names in scripts that are written without spaces between words. */
// prettier-ignore
export const secretParts = [
  '密码', '密碼', '口令', '密钥', '密鑰', '令牌', '秘密', '秘钥', 'パスワード', '暗証', 'トークン', 'シークレット', '秘密鍵',
  '비밀번호', '암호', '토큰', 'รหัสผ่าน', 'पासवर्ड', 'পাসওয়ার্ড', 'கடவுச்சொல்', 'პაროლ', '패스워드', '通行碼', 'رمز عبور', 'پاس ورڈ', 'كلمة المرور', 'كلمة السر',
];

/** Beginnings and endings of words that were written without a separator: dbpassword, userpwd, authtoken. */
export const secretEnding =
  /(?:password|passwort|kennwort|passwd|passphrase|wachtwoord|contrasena|senha|jelszo|secret|token|apikey|pwd|credential)s?$/;
/** Some languages inflect the word: jelszavam, hasła, пароля. */
export const secretBeginning =
  /^(?:password|passwort|kennwort|passwd|passphrase|wachtwoord|contrasen|jelsz[oa]|hasl[oau]$|hesl[oau]$|sifren|salasan|slaptazod|losenord|fjalekalim|парол)/;
/** `pass` and `pw` after the name of what they open. Words such as `bypass` do not end so. */
export const joinedPass =
  /^(?:my|db|database|sql|mssql|mysql|pg|postgres|ora|oracle|mongo|redis|sap|hana|ftps?|sftp|ssh|smtp|imap|mail|ldap|ad|http|https|web|proxy|api|app|svc|srv|service|server|host|vm|usr|user|login|conn|root|sys|system|sa|admin|adm|master|store|key|cert|pfx|zip|pdf|git|vpn|wifi|rdp|win)(?:pass|pw)$/;

/** Words that people also split: `pass_word`, `Pass Phrase`. */
export const splitWord =
  /(?:password|passphrase|passwort|kennwort|motdepasse|palavrapasse|matkhau|clavesecreta|chavesecreta|katalaluan|katasandi|كلمةالمرور|كلمةالسر)$/;

/** Words after which `key` is a secret. They may be joined with it. */
// prettier-ignore
export const keyOwners = [
  'access', 'account', 'storage', 'api', 'auth', 'authentication', 'app', 'application', 'function', 'client', 'private', 'master',
  'shared', 'subscription', 'license', 'host', 'service', 'services', 'secret', 'sas', 'signing', 'sign', 'encryption', 'admin',
  'blob', 'cosmos', 'ssh', 'aws', 'consumer', 'security', 'principal', 'web', 'crypto', 'decryption', 'hmac', 'ssl', 'tls',
  'rsa', 'pgp', 'gpg', 'azure', 'openai', 'search', 'cognitive', 'maps', 'eventhub', 'servicebus', 'iothub', 'batch', 'synapse',
  'databricks', 'function', 'endpoint', 'write', 'read', 'query', 'user', 'device', 'session', 'integration', 'routing',
  'instrumentation', 'workspace', 'deploy', 'bot', 'sendgrid', 'stripe', 'twilio', 'slack', 'webhook', 'code', 'aes', 'des',
];
export const joinedKey = new RegExp(`^(?:${keyOwners.join('|')})keys?$`);
export const keyOwnerSet = new Set(keyOwners);
export const keyWords = new Set([
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
  'klucz',
  'klic',
  'kljuc',
  'avain',
  'kulcs',
  'anahtar',
  'cheie',
  'kunci',
]);
/** Words with another meaning in another language or subject: the value decides. */
export const weakWords = new Set([
  'parole',
  'sifra',
  'assertion',
  'hmac',
  'pem',
  'salt',
  'nonce',
  'tok',
]);

/** Words that make a `key` a key of a table, a map or a document. */
// prettier-ignore
export const tableKeys = new Set([
  'primary', 'foreign', 'business', 'surrogate', 'natural', 'composite', 'unique', 'partition', 'sort', 'merge', 'join', 'row',
  'distribution', 'cluster', 'clustering', 'checkpoint', 'watermark', 'alternate', 'candidate', 'dimension', 'dim', 'fact', 'pk',
  'fk', 'bk', 'sk', 'column', 'col', 'index', 'lookup', 'match', 'upsert', 'dedupe', 'dedup', 'group', 'max', 'min', 'last',
  'public', 'delta', 'change', 'increment', 'incremental', 'date', 'record', 'object', 'cache', 'json', 'hash', 'range', 'point',
  'document', 'conflict', 'config', 'compare', 'comparison', 'source', 'sink', 'target', 'staging', 'sap', 'table', 'file',
  'registry', 'phrase', 'word', 'search', 'external', 'part', 'kolumn', 'spalte', 'primaria', 'primario', 'primaire', 'primar', 'foranea', 'etrangere', 'estrangeira',
  'producto', 'produto', 'produit', 'cliente', 'client', 'articulo', 'compuesta', 'kunde', 'kunden', 'artikel',
]);

/** Last words of names that describe a secret without being one. */
// prettier-ignore
export const descriptions = new Set([
  'name', 'names', 'url', 'urls', 'uri', 'uris', 'vault', 'endpoint', 'column', 'columns', 'col', 'cols', 'field', 'fields', 'type', 'types', 'id', 'ids',
  'path', 'paths', 'folder', 'file', 'filename', 'directory', 'version', 'versions', 'length', 'count', 'expiry', 'scope', 'scopes', 'expires', 'expiration', 'expired',
  'store', 'kind', 'algorithm', 'format', 'table', 'policy', 'mode', 'provider', 'location', 'issuer', 'audience', 'lifetime',
  'ttl', 'validity', 'days', 'hours', 'minutes', 'seconds', 'size', 'required', 'enabled', 'disabled', 'rotation', 'order', 'label',
  'validation', 'fingerprint', 'thumbprint', 'schema', 'database', 'dataset', 'server', 'host', 'user', 'username', 'linkedservice', 'reference', 'ref',
  'error', 'errors', 'status', 'state', 'date', 'time', 'timestamp', 'changed', 'flag', 'limit', 'usage', 'budget', 'container', 'activity', 'pipeline',
  'description', 'title', 'identifier', 'phrase', 'phrases', 'nombre', 'nom', 'nome', 'bezeichnung', 'spalte', 'columna',
]);
/** Ends of names for the same value in other environments: passwordNameDev. */
// prettier-ignore
export const environments = new Set([
  'dev', 'test', 'tst', 'prod', 'prd', 'production', 'uat', 'qa', 'stg', 'stage', 'staging', 'acc', 'sit', 'ppd', 'preprod', 'nonprod', 'sandbox',
]);
/** `max_tokens`, `totalTokens`. */
export const quantities = new Set([
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
export const afterPass = new Set([
  'through', 'thru', 'count', 'rate', 'mark', 'percent', 'threshold', 'fail', 'failed', 'by', 'on', 'down', 'result', 'results', 'flag', 'score',
  'number', 'no', 'or', 'if', 'to', 'as', 'all', 'null', 'nulls', 'criteria', 'check', 'value', 'values', 'data',
]);
// prettier-ignore
export const beforePass = new Set(['first', 'second', 'third', 'single', 'multi', 'each', 'per', 'last', 'next', 'boarding', 'ski', 'should', 'test', 'will', 'is', 'did', 'quality', 'check', 'validation']);
/** Words before a `code` that opens something. */
// prettier-ignore
export const beforeCode = new Set(['auth', 'authentication', 'authorization', 'authorisation', 'access', 'activation', 'verification', 'login', 'unlock', 'otp']);
