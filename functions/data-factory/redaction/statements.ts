/** Secrets that follow a word without a separator: in SQL, in sentences, in XML elements and after schemes. */
import { nextOf, type AddRange } from './ranges';
import { judgeName } from './secret-names';
import { hasNoContent, isIdentifierList } from './value-rules';

const schemes =
  /\b(?:bearer|basic|negotiate|sharedaccesssignature|sharedkey(?:lite)?|apikey|token)[ +](?=\w)/gi;
const sqlLiteral =
  /\b(?:identified\s{1,4}by|(?:password|pwd|passphrase|secret|token|credentials)\s|encryptbypassphrase\s{0,2}\(|decryptbypassphrase\s{0,2}\(|sp_addlogin\s{1,4}N?'[^']{0,128}'\s{0,2},)\s{0,4}N?(?=['"])/gi;
const sentence =
  /(?:password|passwort|kennwort|passwd|passphrase|passcode|pwd|secret|token|key)(?:\s(?:is|ist|was|lautet|est|es|to))\s{1,3}["'`]?/gi;
const serverLogin =
  /\bopenrowset\s{0,4}\(\s{0,4}N?'[^']{0,200}'\s{0,2},\s{0,2}N?'[^']{0,200}'\s{0,2};\s{0,2}N?'[^']{0,200}'\s{0,2};\s{0,2}N?'/gi;

/** Cheap test that is false for most texts. */
const mayHaveStatement =
  /bearer|basic|negotiate|shared|apikey|token|identified|pass|pwd|kennwort|secret|credential|addlogin|openrowset|key(?:\s(?:is|ist|was|to))/i;

export function scanStatements(text: string, add: AddRange): void {
  if (!mayHaveStatement.test(text)) return;
  for (const { index, 0: found } of text.matchAll(schemes)) {
    const start = index + found.length;
    const end = start + /^[\w~+/=.:%-]*/.exec(text.slice(start, start + 8_000))![0].length;
    const value = text.slice(start, end);
    // `Basic authentication`, `token for the user`.
    if (value.length >= 8 && !isIdentifierList(value)) add(start, end);
    else if (value.length >= 24) add(start, end);
  }
  for (const { index, 0: found } of text.matchAll(sqlLiteral)) {
    const start = index + found.length + 1;
    addLiteral(text, start, text[start - 1]!, add);
  }
  for (const { index, 0: found } of text.matchAll(serverLogin))
    addLiteral(text, index + found.length, "'", add);
  for (const { index, 0: found } of text.matchAll(sentence)) {
    const start = index + found.length;
    const end = start + /^[^\s"'`<>]{0,200}/.exec(text.slice(start, start + 200))![0].length;
    const value = text.slice(start, end).replace(/[.,;!?)]+$/, '');
    if (value.length >= 4 && !isIdentifierList(value)) add(start, start + value.length);
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

const element = /<([\p{L}_][\p{L}\p{N}_.:-]{0,80})/gu;

/** `<password>…</password>` and `<wsse:Password Type="…">…`. Attributes are pairs. */
export function scanElements(text: string, add: AddRange): void {
  if (!text.includes('</')) return;
  const nextClose = nextOf(text, />/);
  for (let match = element.exec(text); match; match = element.exec(text)) {
    const name = match[1]!.slice(match[1]!.lastIndexOf(':') + 1);
    if (judgeName(name) === 'plain') continue;
    const open = nextClose(match.index);
    if (open >= text.length || text[open - 1] === '/') continue;
    const close = text.indexOf('</', open);
    const end = close < 0 ? text.length : close;
    const value = text.slice(open + 1, Math.min(end, open + 4_000));
    const isSecret = judgeName(name) === 'secret' || !isIdentifierList(value);
    if (isSecret && !hasNoContent(value)) add(open + 1, end);
    element.lastIndex = end;
  }
  element.lastIndex = 0;
}
