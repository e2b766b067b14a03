/** Which names and which texts give a secret away. Data for redact.ts, and the only place to widen it. */

/** Keys whose value is a secret wherever they stand. Without case, without `_` and `-`. */
// prettier-ignore
const secretKeys = new Set([
  'password', 'pwd', 'passphrase', 'encryptedcredential', 'pfx', 'authheaders',
  'serviceprincipalkey', 'serviceprincipalembeddedcert', 'serviceprincipalembeddedcertpassword',
  'accountkey', 'accesskey', 'secretaccesskey', 'sharedaccesskey', 'functionkey', 'licensekey',
  'apikey', 'apitoken', 'accesstoken', 'refreshtoken', 'sessiontoken', 'securitytoken',
  'bearertoken', 'personalaccesstoken', 'sasuri', 'sastoken', 'clientsecret', 'consumersecret',
  'appsecret', 'privatekey', 'privatekeycontent', 'catalogadminpassword', 'secret', 'clientkey',
]);

export const isSecretKey = (key: string) => secretKeys.has(bare(key));

/** Linked services and integration runtimes: connectors of tomorrow spell their secrets like those of today. */
export const isSecretSetting = (key: string) =>
  isSecretKey(key) || /(password|secret|token|passphrase|[a-z]key|^key|pfx|pwd)$/.test(bare(key));

const bare = (key: string) => key.toLowerCase().replace(/[_-]/g, '');

// prettier-ignore
const secretWords = new Set([
  'password', 'passwd', 'passphrase', 'pwd', 'secret', 'token', 'key', 'sas', 'apikey', 'jwt',
  'credential', 'credentials', 'passwords', 'secrets', 'tokens', 'keys',
]);
/** A name that ends like this tells of a secret without being one: secretName, keyVaultUrl, tokenExpiry. */
// prettier-ignore
const referenceSuffixes = new Set([
  'name', 'names', 'url', 'uri', 'vault', 'endpoint', 'column', 'columns', 'field', 'fields',
  'type', 'id', 'path', 'folder', 'file', 'version', 'length', 'count', 'expiry', 'scope',
]);

/** Keys of tables, which parameters name more often than keys that open something. */
// prettier-ignore
const tableKeys = new Set([
  'primary', 'foreign', 'business', 'surrogate', 'natural', 'composite', 'unique', 'partition',
  'sort', 'merge', 'join', 'row',
]);

/** Names that people choose (parameters, variables) are read word by word: storageAccountKey, sas_token. */
export function isSecretName(name: string): boolean {
  const words = name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter(Boolean);
  if (words.includes('sas')) return true;
  if (referenceSuffixes.has(words.at(-1) ?? '')) return false;
  const ofTable = words.some((word) => tableKeys.has(word));
  return words.some(
    (word) =>
      (secretWords.has(word) && !(ofTable && /^keys?$/.test(word))) ||
      /(password|passwd|secret|token)$/.test(word),
  );
}

/** A text that names where a secret comes from: `@linkedService().pwd`, `[parameters('pwd')]`, `@{item().key}`. */
export const isReference = (text: string) =>
  /^@\{?\s*[a-z]+\((?:'[^']*')?\)(?:\??\.\w+|\?|\[\w+\])*\s*\}?$/i.test(text) ||
  /^\[(?:parameters|variables)\('[^']*'\)\]$/i.test(text);

/** A value that can only be a key: 32 or 64 bytes in base64, as Azure makes its account and function keys. */
export const looksLikeKey = (text: string) =>
  /^[A-Za-z0-9+/_-]{43}=$|^[A-Za-z0-9+/_-]{54,56}==$|^[A-Za-z0-9+/]{86}==$/.test(text);

interface SecretPattern {
  readonly pattern: RegExp;
  /** What of the match stays; the secret part becomes `mark`. */
  readonly replacement: (mark: string) => string;
}

/** Secrets inside longer texts: connection strings, URLs, scripts. `$1` is what stays in front. */
export const secretPatterns: readonly SecretPattern[] = [
  // A JSON Web Token: two base64url objects and a signature.
  { pattern: /eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*/g, replacement: (mark) => mark },
  // The key of a storage account, alone or in a text.
  { pattern: /(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{86}==/g, replacement: (mark) => mark },
  // The signature of a shared access signature.
  { pattern: /([?&;'"]|^)(sig=)[^&\s'";]+/gi, replacement: (mark) => `$1$2${mark}` },
  // Parts of a connection string; quoted or braced values may hold semicolons.
  {
    pattern:
      /((?:^|[;'"])\s*(?:password|pwd|accountkey|sharedaccesskey|sharedaccesssignature|access ?key|client ?secret|accesstoken|token|apikey|secret)\s*=\s*)(?!@|\[redacted\])("[^"]*"|'[^']*'|\{[^}]*\}|[^;'"]+)/gi,
    replacement: (mark) => `$1${mark}`,
  },
  // Literals in scripts and queries: PASSWORD = '…', SECRET = N'…', CREDENTIAL … SAS = "…".
  {
    pattern:
      /(\b(?:password|pwd|secret|sas|sas_token|account_?key|identity_?key)\s*=\s*N?)('(?!@)(?:[^']|'')+'|"(?!@)[^"]+")/gi,
    replacement: (mark) => `$1'${mark}'`,
  },
  { pattern: /(\bbearer\s+)(?!@)[\w.~+/-]{16,}=*/gi, replacement: (mark) => `$1${mark}` },
];

/** Most texts hold none of it: one look saves six searches. */
export const mayContainSecret = (text: string) =>
  text.length > 5 && /eyJ|==|[a-z]\s*=|bearer/i.test(text);
