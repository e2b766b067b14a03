/** Names and text patterns that indicate secrets. Data of redaction.ts. */

/** Keys whose value is always a secret. Lower case, without `_` and `-`. */
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

/**
 * For linked services and integration runtimes: also matches keys of unknown connectors by their
 * usual endings.
 */
export const isSecretSetting = (key: string) =>
  isSecretKey(key) || /(password|secret|token|passphrase|[a-z]key|^key|pfx|pwd)$/.test(bare(key));

const bare = (key: string) => key.toLowerCase().replace(/[_-]/g, '');

// prettier-ignore
const secretWords = new Set([
  'password', 'passwd', 'passphrase', 'pwd', 'secret', 'token', 'key', 'sas', 'apikey', 'jwt',
  'credential', 'credentials', 'passwords', 'secrets', 'tokens', 'keys',
]);
/**
 * Names with these endings describe a secret without being one: secretName, keyVaultUrl,
 * tokenExpiry.
 */
// prettier-ignore
const referenceSuffixes = new Set([
  'name', 'names', 'url', 'uri', 'vault', 'endpoint', 'column', 'columns', 'field', 'fields',
  'type', 'id', 'path', 'folder', 'file', 'version', 'length', 'count', 'expiry', 'scope',
]);

/** Words before `key` that mean a key of a table, not a secret. */
// prettier-ignore
const tableKeys = new Set([
  'primary', 'foreign', 'business', 'surrogate', 'natural', 'composite', 'unique', 'partition',
  'sort', 'merge', 'join', 'row',
]);

/**
 * For names that people choose (parameters, variables). Splits them into words: storageAccountKey,
 * sas_token.
 */
export function isSecretName(name: string): boolean {
  const words = name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter(Boolean);
  if (words.includes('sas')) return true;
  if (referenceSuffixes.has(words.at(-1) ?? '')) return false;
  const isTableKey = words.some((word) => tableKeys.has(word));
  return words.some(
    (word) =>
      (secretWords.has(word) && !(isTableKey && /^keys?$/.test(word))) ||
      /(password|passwd|secret|token)$/.test(word),
  );
}

/**
 * Whether a text refers to a value elsewhere: `@linkedService().pwd`, `[parameters('pwd')]`,
 * `@{item().key}`.
 */
export const isReference = (text: string) =>
  /^@\{?\s*[a-z]+\((?:'[^']*')?\)(?:\??\.\w+|\?|\[\w+\])*\s*\}?$/i.test(text) ||
  /^\[(?:parameters|variables)\('[^']*'\)\]$/i.test(text);

/** Whether a value has the form of Azure's account and function keys: 32 or 64 bytes in base64. */
export const looksLikeKey = (text: string) =>
  /^[A-Za-z0-9+/_-]{43}=$|^[A-Za-z0-9+/_-]{54,56}==$|^[A-Za-z0-9+/]{86}==$/.test(text);

interface SecretPattern {
  readonly pattern: RegExp;
  /** Replacement of the match: the secret part becomes `mark`, other parts stay. */
  readonly replacement: (mark: string) => string;
}

/**
 * Secrets inside longer texts: connection strings, URLs, scripts. `$1` is the part before the
 * secret.
 */
export const secretPatterns: readonly SecretPattern[] = [
  // A JSON Web Token: two base64url objects and a signature.
  { pattern: /eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*/g, replacement: (mark) => mark },
  // Key of a storage account, alone or within a text.
  { pattern: /(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{86}==/g, replacement: (mark) => mark },
  // Signature of a SAS URL.
  { pattern: /([?&;'"]|^)(sig=)[^&\s'";]+/gi, replacement: (mark) => `$1$2${mark}` },
  // Parts of a connection string. Quoted or braced values may contain semicolons.
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

/** Cheap test that is false for most texts, so the patterns need not be searched. */
export const mayContainSecret = (text: string) =>
  text.length > 5 && /eyJ|==|[a-z]\s*=|bearer/i.test(text);
