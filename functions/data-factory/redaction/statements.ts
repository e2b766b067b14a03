/** Secrets that follow a word without a separator: in SQL, in sentences, in XML elements and after schemes. */
import { hole, nextOf, type AddRange } from './ranges';
import { judgeName, judgeVariable } from './secret-names';
import { scanSentences } from './sentences';
import { hasNoContent, isIdentifierList, isMixed, isName } from './value-rules';

const schemes =
  /\b(?:bearer|basic|negotiate|sharedaccesssignature|sharedkey(?:lite)?|apikey|token)[ +](?=\w)/gi;
/** `Password for the archive: …`, `token (test): …`, `pw/prod: …`. */
const qualified =
  /(?<![\p{L}\d])(?:password|passwort|kennwort|passwd|passphrase|pwd|pw|secret|token|api[ -]?key|access key|mot de passe|contraseña|senha|wachtwoord|credentials?|zugangsdaten)(?:\s(?:for|of|to|on|für|von|zu|de|del|du|des|da|do|van|voor|pour|para)\s[^:=\n]{1,60}|\s{0,2}[([][^()[\]\n]{1,40}[)\]]|\/[\p{L}\d]{1,20}|\s[\p{L}\d]{1,20})\s{0,2}[:=]\s{0,4}["'`]?/giu;
const schemeOfExpression = new RegExp(`\\b(?:bearer|basic)[ +](?=${hole})`, 'gi');
const sqlLiteral =
  /\b(?:identified\s{1,4}(?:with\s{1,4}[\w'\x22]{1,60}\s{1,4})?by(?:\s{1,4}values)?|(?:password|pwd|passphrase|secret|token|credentials)\s|password\s{0,2}\(\s{0,2}|set\s{1,4}password\s{1,4}for\s{1,4}[^=\s]{1,100}\s{0,4}=|user\s{1,4}\w{1,60}\s{1,4}using|sp_addlinkedsrvlogin\s[^;()\n]{0,200},|convertto-securestring(?:\s{1,4}-(?:asplaintext|force|string)){0,4}\s{1,4}|(?:network|ps)credential\s{0,2}\(\s{0,2}["'][^"'\n]{0,100}["']\s{0,2},|(?:new\s{1,4}pdo|mysqli(?:_connect)?|drivermanager\s?\.\s?getconnection)\s{0,2}\(\s{0,2}["'][^"'\n]{0,200}["']\s{0,2},\s{0,2}["'][^"'\n]{0,100}["']\s{0,2},|encryptbypassphrase\s{0,2}\(|decryptbypassphrase\s{0,2}\(|pwd(?:encrypt|compare)\s{0,2}\(|\bcrypt\s{0,2}\(|sp_changereplicationserverpasswords\s{1,4}\d,\s{0,2}N?'[^']{0,128}'\s{0,2},|sp_password\s|sp_(?:addlogin|addapprole|setapprole)\s{1,4}(?:@\w{1,30}\s{0,2}=\s{0,2})?N?'[^']{0,128}'\s{0,2},(?:\s{0,2}@\w{1,30}\s{0,2}=)?)\s{0,4}(?:\{\s{0,2}encrypt\s{1,4})?(?:N\s?|E|U&|B)?(?=['"])/gi;
/** `SECRET_ACCESS_KEY '…'`: an option with words of its own. */
const sqlOption = /(?<![\w@])([a-z]{1,40}(?:_[a-z]{1,40}){1,5})\s{1,4}(?=')/gi;
/** The new password is the second argument. */
const newPassword = /\bsp_password\s{1,4}(?:null|N?'[^'\n]{0,128}')\s{0,4},\s{0,4}N?(?=')/gi;
/** The old password follows the new one: `identified by 'new' replace '…'`. */
const oldPassword =
  /(?:\bby|=)\s{0,4}(?:"[^"\n]{1,128}"|'[^'\n]{1,128}'|[\w$#]{1,128})\s{1,4}replace\s{1,4}(?=["'\w$#])/gi;
/** A procedure that has a secret name, and its arguments: `exec dbo.SetPassword 'user', '…'`. */
const procedure = /\bexec(?:ute)?\s{1,4}([\w.[\]"]{1,200})\s{1,4}(?=N?'|@\w{1,60}\s{0,2}=)/gi;
const procedureArgument = /\s{0,8}(?:@\w{1,60}\s{0,2}=\s{0,2})?N?'([^']{0,400})'\s{0,8},?/y;
const sentence =
  /(?:password|passwort|kennwort|passwd|passphrase|passcode|pwd|secret|token|key)(?:\s(?:is|ist|was|lautet|est|es|to|value))?[\s:]{1,3}["'`]?/gi;
const plainSecureString =
  /convertto-securestring(?:\s{1,4}-(?:asplaintext|force|string)){0,4}\s{1,4}(?:\\{1,8}["'])?(?=[^\s"'-])/gi;
/** A password of Oracle without quotes, and one in quotes of its own: `q'[…]'`. */
const identifiedBy =
  /\bidentified\s{1,4}by\s{1,4}(?!values\b)(?:n?q'(?=[^\s\w]))?(?=[\w$#[({<!|])/gi;
/** A password of Teradata, and a setting of Spark, without quotes. */
const createUser =
  /\b(?:create|modify)\s{1,4}user\s[^;'"=]{1,200}(?:=\s{0,4}[\w.*]{1,40}\s[^;'"=]{0,100}?){0,4}\bpassword\s{0,4}=\s{0,4}(?=[\w$#])/gi;
const setting =
  /(?:^|[;\n])\s{0,40}set\s{1,4}([\w-]{1,60}(?:\.[\w-]{1,60}){1,8})\s{0,4}=\s{0,4}(?=[^\s'"@$;])/gi;
/** `user:password@host` without a scheme. */
const userAtHost =
  /(?<![\w/.:-])(?:\/\/)?[\w.-]{1,64}:(?=[^\s:@/"'`,;<>()]{4,100}@[A-Za-z0-9][A-Za-z0-9.-]{0,200})|(?<![\w/.-])[\w$#]{1,60}\/(?=[^\s@/"'`,;<>()]{4,100}@(?:\/\/|[\w.-]{1,100}:\d{2,5}\/\w))/g;
/** `scott/tiger@db` in a message of Oracle. */
const oracleUser = /(?<![\w/.-])[\w$#]{1,60}\/(?=[^\s@/"'`,;<>()]{4,100}@\w)/g;
const serverLogin =
  /\bopenrowset\s{0,4}\(\s{0,4}N?'[^']{0,200}'\s{0,2},\s{0,2}N?'[^']{0,200}'\s{0,2};\s{0,2}N?'[^']{0,200}'\s{0,2};\s{0,2}N?'/gi;

/** A key after an address in a text of Kusto that its author hid from traces: `h'https://…;…'`. */
const hiddenAddress =
  /(?<!\w)h@?(["'])https?:\/\/[^"';\s]{1,400};(?!impersonate|managed_identity)/gi;
/** `{"type": "SecureString", "value": "…"}` in a text. */
const secureString =
  /type(\\{0,4}["'])\s{0,4}:\s{0,4}\\{0,4}["']securestring\\{0,4}["']\s{0,4},\s{0,4}\\{0,4}["']value\\{0,4}["']\s{0,4}:\s{0,4}\1/gi;
/** A line of .pgpass: server, port, database, user, password. */
const passwordFile = /^[\w.*-]{1,100}:\d{4,5}:[\w*-]{1,60}:[\w*.-]{1,60}:(?=[^\s:]{4,200}$)/gm;
/** A filter of OData: `Password eq '…'`. */
const filter = /(?<![\w])([\p{L}_][\p{L}\p{N}_./]{0,63})\s{1,4}(?:eq|ne)\s{1,4}'/giu;

/** Cheap test that is false for most texts. */
const mayHaveStatement =
  /\bpdo\b|mysqli|getconnection|пароль|密[码碼]|口令|パスワード|비밀번호|crypt|compare|hasło|heslo|lösenord|salasana|parola|creds|spark\.|fs\.azure|bearer|basic|negotiate|shared|apikey|token|identified|pass|pwd|kennwort|secret|credential|senha|wachtwoord|contrase|passe|zugangsdaten|pw|addlogin|srvlogin|approle|using|log[io]n\s|anmeldung|securestring|openrowset|key(?:\s(?:is|ist|was|to))|api[ -]?key|ccess[ -]key|ccount[ -]key|\b(?:pin|otp)\s/i;

export function scanStatements(text: string, add: AddRange): void {
  scanHiddenAddresses(text, add);
  // Much cheaper than the search, and false for most texts.
  for (const { index, 0: found } of /:\d{4,5}:\w/.test(text) ? text.matchAll(passwordFile) : []) {
    const start = index + found.length;
    const value = /^[^\s:]*/.exec(text.slice(start, start + 200))![0];
    if (isMixed(value)) add(start, start + value.length);
  }
  if (!mayHaveStatement.test(text)) return;
  // The literals of an expression: `concat('Basic ', base64('user:…'))`.
  for (const { index, 0: found } of text.matchAll(schemeOfExpression))
    add(index + found.length, index + found.length + 1);
  for (const { index, 0: found } of text.matchAll(schemes)) {
    const start = index + found.length;
    const end = start + /^[\w~+/=.:%-]*/.exec(text.slice(start, start + 8_000))![0].length;
    const value = text.slice(start, end);
    // `Basic authentication`, `token for the user`.
    if (value.length >= 8 && !isIdentifierList(value.replace(/[:.]+$/, ''))) add(start, end);
    else if (value.length >= 24) add(start, end);
  }
  for (const { index, 0: found } of text.matchAll(sqlLiteral)) {
    const start = index + found.length + 1;
    if (!isMissingName(found, text, start) && !isSyntax(found, text, index))
      addLiteral(text, start, text[start - 1]!, add);
  }
  for (const { index, 0: found, 1: name } of text.matchAll(sqlOption))
    if (judgeName(name!) === 'secret') addLiteral(text, index + found.length + 1, "'", add);
  for (const { index, 0: found } of text.matchAll(serverLogin))
    addLiteral(text, index + found.length, "'", add);
  for (const { index, 0: found } of text.matchAll(newPassword))
    addLiteral(text, index + found.length + 1, "'", add);
  for (const { index, 0: found, 1: name } of text.matchAll(filter))
    if (judgeVariable(name!) === 'secret') addLiteral(text, index + found.length, "'", add);
  for (const { index, 0: found, 1: quote } of text.matchAll(secureString))
    addLiteral(text, index + found.length, quote!, add);
  scanOldPasswords(text, add);
  scanProcedures(text, add);
  scanSentences(text, add);
  for (const { index, 0: found } of text.matchAll(sentence)) {
    const start = index + found.length;
    const end = start + /^[^\s"'`<>]{0,200}/.exec(text.slice(start, start + 200))![0].length;
    const value = text.slice(start, end).replace(/[.,;!?)]+$/, '');
    const isStated = /\s(?:is|ist|was|lautet|est|es|to|value)\b/i.test(found);
    if (isStated ? value.length >= 4 && !isIdentifierList(value) : isLikelySecret(value))
      add(start, start + value.length);
  }
  for (const { index, 0: found } of text.matchAll(qualified)) {
    const start = index + found.length;
    const value = /^[^\s"'`<>]{0,200}/.exec(text.slice(start, start + 200))![0];
    // `secret (name)`, `token [type]`: the brackets say what the value is.
    const described = /^(.*?)\s{0,2}[([]([^()[\]]+)[)\]]/.exec(found);
    const isDescription = described
      ? judgeName(`${described[1]} ${described[2]}`) === 'plain'
      : isDescribed(found);
    if (!isDescription && isMixed(value)) add(start, start + value.length);
  }
  for (const { index, 0: found, 1: name } of text.matchAll(setting))
    if (judgeName(name!) === 'secret') {
      const start = index + found.length;
      add(start, start + /^[^\s;]{0,400}/.exec(text.slice(start, start + 400))![0].length);
    }
  for (const pattern of [plainSecureString, identifiedBy, createUser])
    for (const { index, 0: found } of text.matchAll(pattern)) {
      const start = index + found.length;
      add(start, start + /^[^\s"';\\]{0,200}/.exec(text.slice(start, start + 200))![0].length);
    }
}

function scanOldPasswords(text: string, add: AddRange): void {
  if (!/\sreplace\s/i.test(text) || !/\bidentified\s|\bset\s{1,4}password\s/i.test(text)) return;
  for (const { index, 0: found } of text.matchAll(oldPassword)) {
    const start = index + found.length;
    const quote = text[start]!;
    if (quote === "'" || quote === '"') addLiteral(text, start + 1, quote, add);
    else add(start, start + /^[\w$#]{1,128}/.exec(text.slice(start, start + 128))![0].length);
  }
}

function scanProcedures(text: string, add: AddRange): void {
  for (const { index, 0: found, 1: name } of text.matchAll(procedure)) {
    if (judgeName(name!.slice(name!.lastIndexOf('.') + 1)) !== 'secret') continue;
    procedureArgument.lastIndex = index + found.length;
    for (let match; (match = procedureArgument.exec(text));) {
      const value = match[1]!;
      const start = match.index + match[0].indexOf("'") + 1;
      if (isMixed(value) && !isName(value)) add(start, start + value.length);
    }
  }
}

/** `Secret name: …`, `token type: …`: the last word says what the value is. */
const isDescribed = (phrase: string): boolean =>
  /^[\p{L}]+\s[\p{L}]+\s{0,2}[:=]/u.test(phrase) &&
  judgeName(phrase.replace(/[\s:=]+["'`]?$/, '')) === 'plain';

/** `Unexpected token 'x1' in JSON`: a token of a language. */
const isSyntax = (word: string, text: string, at: number): boolean =>
  /^token/i.test(word) && /(?:unexpected|near)\s$/i.test(text.slice(Math.max(0, at - 12), at));

/** Letters and digits that are mixed as no word, name, path or version does. */
const isLikelySecret = (value: string): boolean =>
  value.length >= 8 && /[A-Za-z]\d[A-Za-z]/.test(value) && !/[/\\(){}=@.:$[\]]/.test(value);

/** `Secret 'sql-password-1' was not found`: the name of a secret. */
const isMissingName = (word: string, text: string, start: number): boolean =>
  !/^p/i.test(word) &&
  /^[\w-]{1,127}['"]\s(?:(?:was|is|does|could|can)\s?)?not\b/i.test(text.slice(start, start + 160));

function scanHiddenAddresses(text: string, add: AddRange): void {
  if (!/\bh@?["']http/.test(text)) return;
  for (const { index, 0: found, 1: quote } of text.matchAll(hiddenAddress))
    addLiteral(text, index + found.length, quote!, add);
}

/** Users with passwords that stand before a host. */
export function scanUsers(text: string, add: AddRange): void {
  if (!text.includes('@')) return;
  for (const { index, 0: found } of text.matchAll(userAtHost)) {
    const start = index + found.length;
    const end = text.indexOf('@', start);
    if (!isIdentifierList(text.slice(start, end))) add(start, end);
  }
  if (!/\bORA-\d|\blogon\b/i.test(text)) return;
  for (const { index, 0: found } of text.matchAll(oracleUser)) {
    const start = index + found.length;
    add(start, text.indexOf('@', start));
  }
}

function addLiteral(text: string, start: number, quote: string, add: AddRange): void {
  let end = start;
  do {
    end = text.indexOf(quote, end);
    if (end < 0) end = text.length;
    else if (text[end + 1] === quote) end += 2;
    else break;
  } while (end < text.length);
  const value = text.slice(start, end);
  if (!hasNoContent(value) && !/^@\w+$/.test(value)) add(start, end);
}

const tagName = /\s(?:name|key)\s{0,2}=\s{0,2}["']([^"'<>]{1,64})["']/i;
const tagValue = /\svalue\s{0,2}=\s{0,2}["']([^"'<>]{1,300})/i;

/** Texts between the tags inside an element. Returns the position from which the scan continues. */
function addContents(text: string, open: number, name: string, add: AddRange): number {
  const inside = text.slice(open, open + 4_000);
  const close = inside.indexOf(`</${name}`);
  for (const { index, 1: value } of inside
    .slice(0, close < 0 ? 4_000 : close)
    .matchAll(/>([^<]{1,4000})/g))
    if (value!.trim() !== '') add(open + index + 1, open + index + 1 + value!.length);
  return open + 1;
}

/** `<name>password</name><value>…</value>`. */
function addNextValue(text: string, from: number, add: AddRange): void {
  const near = text.slice(from, from + 300);
  const value = /<(?:value|val|string|text)\b[^<>]{0,60}>/i.exec(near);
  if (!value) return;
  const start = from + value.index + value[0].length;
  const end = text.indexOf('</', start);
  add(start, end < 0 ? text.length : end);
}

const element = /<([\p{L}_][\p{L}\p{N}_.:-]{0,80})/gu;

/** `<password>…</password>` and `<wsse:Password Type="…">…`. Attributes are pairs. */
export function scanElements(text: string, add: AddRange): void {
  scanMarkup(text, add);
  if (!text.includes('&lt;/')) return;
  // Escaped markup. The replacement has the same length, so that positions stay the same.
  const plain = text.replaceAll('&lt;', '   <').replaceAll('&gt;', '   >');
  scanMarkup(plain, (start, end) => add(start, start + plain.slice(start, end).trimEnd().length));
}

function scanMarkup(text: string, add: AddRange): void {
  if (!text.includes('</') && !text.includes('/>')) return;
  const nextClose = nextOf(text, />/);
  for (let match = element.exec(text); match; match = element.exec(text)) {
    const name = match[1]!.slice(match[1]!.lastIndexOf(':') + 1);
    const open = nextClose(match.index);
    const tag = text.slice(match.index, Math.min(open, match.index + 400));
    const isNamed = tagName.exec(tag);
    const content = /^(?:name|key)$/i.test(name)
      ? /^[^<]*/.exec(text.slice(open + 1, open + 80))![0]
      : '';
    if (content !== '' && judgeName(content) === 'secret') {
      addNextValue(text, open, add);
      continue;
    }
    if (judgeName(name) === 'plain' && !(isNamed && judgeName(isNamed[1]!) === 'secret')) continue;
    if (open >= text.length) continue;
    if (text[open - 1] === '/') {
      const own = tagValue.exec(tag);
      if (own)
        add(
          match.index + own.index + own[0].length - own[1]!.length,
          match.index + own.index + own[0].length,
        );
      continue;
    }
    if (text[open + 1] === '<' && text[open + 2] !== '!') {
      element.lastIndex = addContents(text, open, match[1]!, add);
      continue;
    }
    const close = text.indexOf('</', open);
    const end = close < 0 ? text.length : close;
    const value = text.slice(open + 1, Math.min(end, open + 4_000));
    const isSecret = judgeName(name) !== 'weak' || !isIdentifierList(value);
    if (isSecret && !hasNoContent(value)) add(open + 1, end);
    element.lastIndex = end;
  }
  element.lastIndex = 0;
}
