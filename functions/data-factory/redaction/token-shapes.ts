/**
 * Forms of tokens and keys that are recognized anywhere in a text. The published prefixes of vendors come first, then
 * JSON Web Tokens, PEM blocks, keys in base64 and texts that look generated.
 */
import { looksRandom } from './value-rules';
import { shifted, type AddRange } from './ranges';

/** Each alternative is a fixed prefix and one class of characters, so a match never goes back. */
// prettier-ignore
const prefixed = new RegExp(
  '(?<![A-Za-z0-9])(?:' + [
    // AWS access keys.
    '(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16,}',
    // GitHub, GitLab, Azure DevOps, npm, PyPI, Docker, Artifactory.
    'gh[pousr]_[A-Za-z0-9]{20,}', 'github_pat_[A-Za-z0-9_]{20,}', 'gl(?:pat|ptt|rt|dt|soat|agent|cbt|ft|imt|oas)-[\\w-]{16,}',
    'npm_[A-Za-z0-9]{30,}', 'pypi-[\\w-]{20,}', 'dckr_pat_[\\w-]{20,}', 'AKCp[A-Za-z0-9]{40,}', 'rubygems_[a-f0-9]{32,}',
    // Slack, Teams, Telegram, Discord bots.
    'xox[a-z](?:-|\\.)[\\w-]{10,}', 'xapp-[\\w-]{10,}', '\\d{8,10}:AA[\\w-]{30,}',
    // Payment: Stripe, Square, PayPal (Braintree).
    '(?:sk|rk|pk)_(?:live|test|prod)_[A-Za-z0-9]{10,}', 'whsec_[A-Za-z0-9+/]{16,}', 'sq0[a-z]{3}-[\\w-]{20,}', 'EAAA[\\w-]{56,}',
    'access_token\\$[a-z]+\\$[a-z0-9]{10,}\\$[a-f0-9]{20,}',
    // Google.
    'AIza[\\w-]{30,}', 'ya29\\.[\\w-]{20,}', 'GOCSPX-[\\w-]{20,}', '1//0[\\w-]{30,}',
    // Models: OpenAI, Anthropic, Hugging Face, Groq, Replicate, xAI.
    'sk-(?:ant-|proj-|or-|svcacct-|admin-)[\\w-]{20,}', 'sk-[A-Za-z0-9]{32,}', 'hf_[A-Za-z0-9]{20,}', 'gsk_[A-Za-z0-9]{20,}', 'r8_[A-Za-z0-9]{30,}', 'xai-[A-Za-z0-9]{20,}',
    // Mail and messages: SendGrid, Mailgun, Mailchimp, Twilio.
    'SG\\.[\\w-]{16,}\\.[\\w-]{10,}', 'key-[a-f0-9]{32}', 'SK[a-f0-9]{32}(?![a-f0-9])', 'xkeysib-[a-f0-9]{32,}',
    // Data and infrastructure.
    'dapi[a-f0-9]{32}', 'dose[a-f0-9]{32}', 'do[opr]_v1_[a-f0-9]{32,}', 'hv[sbr]\\.[\\w-]{20,}', 'dp\\.(?:pt|st|ct|sa)\\.[\\w.-]{20,}', 'pscale_(?:tkn|pw|oauth)_[\\w.-]{20,}',
    'NR(?:AK|II|JS|AL)-[\\w-]{20,}', 'gl(?:sa|c)_[A-Za-z0-9_=]{20,}', 'sntry[su]_[\\w+/=]{20,}', 'pul-[a-f0-9]{32,}', 'PMAK-[a-f0-9-]{30,}',
    'HRKU-[\\w-]{20,}', 'rnd_[A-Za-z0-9]{20,}', 'tfp_[\\w-]{20,}', 'dt0[a-z]\\d{2}\\.[A-Z0-9]{20,}(?:\\.[A-Z0-9]{20,})?', 'dbt[cu]_[\\w=-]{20,}', 'sbp_[a-f0-9]{32,}',
    // Business applications.
    'ATATT3[\\w=-]{30,}', 'ATCTT3[\\w=-]{30,}', 'lin_api_[A-Za-z0-9]{20,}', 'ntn_[A-Za-z0-9]{20,}', 'secret_[A-Za-z0-9]{32,}', 'shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{20,}',
    'pat-(?:na|eu)\\d-[a-f0-9-]{20,}', 'pat[A-Za-z0-9]{14}\\.[a-f0-9]{30,}', 'figd_[\\w-]{20,}', 'CFPAT-[\\w-]{30,}', '00D[A-Za-z0-9]{12,15}![\\w.]{20,}', 'sl\\.[A-Za-z0-9_-]{60,}', 'EAA[A-Za-z0-9]{60,}',
    'AGE-SECRET-KEY-1[A-Z0-9]{40,}', 'ops_eyJ[\\w+/-]{40,}', 'gAAAAA[\\w-]{40,}', 'LTAI[A-Za-z0-9]{16,}',
  ].join('|') + ')', 'g',
);

/** The secret of AWS that follows the id of its key. */
const awsSecret = /(?<=(?:AKIA|ASIA)[A-Z0-9]{16}["'\s,:;|/]{1,4})[A-Za-z0-9/+]{40,}/g;

/** Cheap test that is false for most texts. */
const mayHavePrefix =
  /[a-z0-9][_-]|[A-Z]{2,4}[A-Z0-9]{4}|:AA|EAA|AIza|AKCp|LTAI|ATT3|CTT3|1\/\/0|\.[\w-]{16}|dapi|dose|!|gAAAAA|\$|[A-Z]-|pat[A-Za-z0-9]{14}/;

/** Keys of Mailchimp, and personal access tokens of Azure DevOps, which are 52 characters of base 32. */
const hexWithRegion = /(?<![A-Za-z0-9])[a-f0-9]{32}-us\d{1,2}/g;
const base32 = /(?<![A-Za-z0-9])[a-z2-7]{52}(?![A-Za-z0-9]{3})/g;
/** Tokens of Entra ID that are no JSON Web Tokens. */
const opaqueToken = /(?<![\w.])[01]\.A[A-Za-z][\w-]{20,200}\.A[\w-]{10,}/g;
/** Marks in the keys of Azure services, which follow at least 30 random characters. */
const keyMark = /\+(?:ACR|ASb|ASt|AMC)|AIoT|ACDb|AzFu|AzSe|AzCa|JQQJ9[9D]/g;
const keyCharacter = /[A-Za-z0-9+/]/;

/** Secrets of applications in Entra ID: three characters, a digit, `Q~`, and the rest. */
const entraSecret = /(?<![\w~.-])[\w~.-]{3}\dQ~[\w~.-]{20,}/g;

/** Shortest run of token characters in which tokens are looked for. Two `=` may follow it. */
const minRun = 16;
const maxPadding = 2;
const equalsSign = 61;
/** 1 for the codes of characters that can be part of a token. */
const tokenCharacters = Uint8Array.from({ length: 128 }, (_, code) =>
  /[A-Za-z0-9_+/.$:!~-]/.test(String.fromCharCode(code)) ? 1 : 0,
);
const keyCharacters = /[A-Za-z0-9+/_-]{32,}={0,2}/g;
const privateKey = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----|Private-Lines: \d+/g;

export function scanTokens(text: string, add: AddRange): void {
  if (text.length < 16) return;
  let start = 0;
  for (let at = 0; at <= text.length; at++) {
    const code = at < text.length ? text.charCodeAt(at) : 0;
    if (code < 128 && tokenCharacters[code] === 1) continue;
    let end = at;
    if (at - start >= minRun) {
      while (end - at < maxPadding && text.charCodeAt(end) === equalsSign) end++;
      scanRun(text.slice(start, end), shifted(add, start));
    }
    at = Math.max(at, end - 1);
    start = at + 1;
  }
  if (/PRIVATE KEY|Private-Lines/.test(text)) scanPrivateKeys(text, add);
  if (/A(?:KI|SI)A/.test(text)) addAll(awsSecret, text, add);
}

function scanRun(text: string, add: AddRange): void {
  if (mayHavePrefix.test(text)) addAll(prefixed, text, add);
  if (text.includes('Q~')) addAll(entraSecret, text, add);
  if (text.includes('-us')) addAll(hexWithRegion, text, add);
  if (text.length >= 52)
    addAll(base32, text, add, (found) => (found.match(/\d/g)?.length ?? 0) > 3);
  if (text.includes('.A')) addAll(opaqueToken, text, add);
  if (text.length >= 40) scanMarkedKeys(text, add);
  if (text.includes('eyJ')) scanWebTokens(text, add);
  if (text.length < 32 || !/\d/.test(text)) return;
  addAll(keyCharacters, text, add, isKey);
}

function addAll(
  pattern: RegExp,
  text: string,
  add: AddRange,
  accepts: (found: string) => boolean = () => true,
): void {
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match; match = pattern.exec(text))
    if (accepts(match[0])) add(match.index, match.index + match[0].length);
}

/** Keys of Azure services are 32 or 64 bytes in base64. Function keys have 40 bytes. */
function isKey(run: string): boolean {
  const padding = run.endsWith('==') ? 2 : run.endsWith('=') ? 1 : 0;
  const length = run.length - padding;
  if (padding === 2 && (length === 86 || (length >= 52 && length <= 56))) return true;
  if (padding === 1 && length === 43) return true;
  return looksRandom(run, 32);
}

/** Whether the whole value is a token, judged more strictly than within a text. */
export function isToken(value: string): boolean {
  let found = false;
  scanTokens(value, () => (found = true));
  return found || (/^[\w+/=~.-]+$/.test(value) && looksRandom(value, 20));
}

/** `eyJ…` with at least one dot and a second part. */
function scanWebTokens(text: string, add: AddRange): void {
  const end = /[^\w.-]/g;
  for (let at = text.indexOf('eyJ'); at >= 0; at = text.indexOf('eyJ', at)) {
    end.lastIndex = at;
    const stop = end.exec(text)?.index ?? text.length;
    const dot = text.slice(at, stop).indexOf('.');
    if (dot > 8 && at + dot < stop - 4) add(at, stop);
    at = stop;
  }
}

function scanMarkedKeys(text: string, add: AddRange): void {
  keyMark.lastIndex = 0;
  for (let match = keyMark.exec(text); match; match = keyMark.exec(text)) {
    let start = match.index;
    while (start > 0 && match.index - start < 100 && keyCharacter.test(text[start - 1]!)) start--;
    const before = text.slice(start, match.index);
    if (before.length < 30 || !/\d/.test(before) || (before.match(/[A-Z]/g)?.length ?? 0) < 5)
      continue;
    if ((before.match(/\//g)?.length ?? 0) > 3) continue;
    const end = match.index + /^[A-Za-z0-9+/=]*/.exec(text.slice(match.index))![0].length;
    add(start, end);
    keyMark.lastIndex = end;
  }
}

function scanPrivateKeys(text: string, add: AddRange): void {
  privateKey.lastIndex = 0;
  for (let match = privateKey.exec(text); match; match = privateKey.exec(text)) {
    const start = match.index + match[0].length;
    const end = /-----END|\sPrivate-MAC/.exec(text.slice(start))?.index;
    const stop = end === undefined ? text.length : start + end;
    add(start, stop);
    privateKey.lastIndex = stop;
  }
}

/** Texts in base64. The first of their characters is ASCII. */
const encoded = /(?<![A-Za-z0-9+/])[A-Za-f][A-Za-z0-9+/]{15,}={0,2}(?![A-Za-z0-9+/=])/g;
/** Most characters of one text in base64 that are read. */
const maxEncoded = 400_000;
const userAndPassword = /^[\w.@\\-]{1,60}:\S{4,200}$/;

/** Texts in base64 that hold a secret, such as the body of a request or a script of PowerShell. */
export function scanEncoded(
  text: string,
  holdsSecret: (decoded: string) => boolean,
  add: AddRange,
): void {
  if (text.length < minRun) return;
  for (const { index, 0: found } of text.matchAll(encoded)) {
    const decoded = decodedText(found);
    if (decoded !== undefined && (userAndPassword.test(decoded) || holdsSecret(decoded)))
      add(index, index + found.length);
  }
}

function decodedText(base64: string): string | undefined {
  const start = Buffer.from(base64.slice(0, 16), 'base64');
  if (isPrintable(start.toString('latin1'))) {
    const decoded = Buffer.from(base64.slice(0, maxEncoded), 'base64').toString('utf8');
    return isPrintable(decoded) ? decoded : undefined;
  }
  if (!isPrintable(start.toString('utf16le'))) return undefined;
  const decoded = Buffer.from(base64.slice(0, maxEncoded), 'base64').toString('utf16le');
  return isPrintable(decoded) ? decoded : undefined;
}

const isPrintable = (text: string): boolean => !/[^\t\r\n\u0020-\u007e\u00a0-\u024f]/.test(text);
