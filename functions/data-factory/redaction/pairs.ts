/**
 * Names and values inside texts: `;`, `,` and `&` lists, headers, quoted members of JSON at any depth of escaping,
 * attributes, assignments in scripts. The scan finds each separator, reads the name before it and, if the name says
 * secret, the value after it. It continues behind the value, so each character is read once.
 */
import { hole, nextOf, redacted, type AddRange } from './ranges';
import { isMappedList, scanMappedList, scanMembers } from './body-text';
import { scanDeclaration } from './declarations';
import { isHarmlessHeader } from './harmless-names';
import { judgeLast, maxName, maxSpace, nameBefore } from './pair-names';
import { judgeName, type NameVerdict } from './secret-names';
import {
  hasNoContent,
  isHarmlessWord,
  isIdentifierList,
  isListOfNames,
  isPlaceholder,
  looksRandom,
} from './value-rules';

/** In SQL and in scripts, only literals are values. Other words are columns, variables or functions. */
export type PairStyle = 'text' | 'code';

const separator = /[=:：＝→⇒]|->|%3[AaDd]|&#(?:x3[AaDd]|6[01]|58);/g;
const openings =
  /^(?:\\{0,8}\\"|\\{0,8}\\'|\\{0,8}\\u00(?:22|27)|""|''|["'`]|&quot;|&apos;|&#3[49];|%2[27])/i;
const headerLists = /headers$/i;
/** Headers and cookies reach to the end of the line. */
const lineNames = /^(?:proxy-)?(?:authorization|(?:set-)?cookie)$/i;
/** Pairs of a name and a value as members of one object or element. */
const nameKeys =
  /^(?:name|key|variable_?name|parameter_?name|property_?name|header|header_?name|field)$/i;
const valueKeys = /^(?:value|val|default_?value|string_?value|variable_?value)$/i;
const maxDistance = 300;
/** A column, a parameter, a function or a number. Anything else is a value inside a literal. */
const codeWord = /^[@:$#]{0,2}[\w.[\]]+(?:$|[^\w@!#-])|^\w+@\w+$|^[^\w@!#]/;
/** In code, a longer value without quotes is not looked at. */
const maxCodeValue = 100;

/** `password: >-` of YAML: the value begins in the next line. */
const blockOfLines = /^\s{0,2}[|>][+-]?\d?\s{0,2}\n/;

const emphasis = /^(?:\*\*|__|!{1,2}[a-z]{1,12}\s{1,4}|<\/(?:b|strong|em|i|td|th|label)>)\s{0,12}/i;

/** A header of a request as it is sent may hold quotes: `Digest username="u", response="…"`. */
const isLineStart = (text: string, at: number): boolean =>
  at === 0 || /[\r\n]/.test(text[at - 1] ?? '') || /\\[rn]$/.test(text.slice(at - 2, at));
const restOfLine = /^(?:[^\r\n\\]|\\(?![rn]))*/;

interface Value {
  readonly start: number;
  readonly end: number;
  /** Position from which the scan continues. */
  readonly next: number;
  readonly isQuoted: boolean;
  readonly isList?: boolean;
}

export function scanPairs(text: string, style: PairStyle, add: AddRange): void {
  new PairScanner(text, style, add).scan();
}

class PairScanner {
  private readonly endOfList;
  private readonly endOfLine;
  private secretNameAt = -1;
  private lastValue: Value | undefined;

  constructor(
    private readonly text: string,
    private readonly style: PairStyle,
    private readonly add: AddRange,
  ) {
    this.endOfList = nextOf(text, style === 'text' ? /[;\r\n"<>`]/ : /[\s;,"'()<>]/);
    this.endOfLine = nextOf(text, /[\r\n"']/);
  }

  scan(): void {
    const pattern = new RegExp(separator);
    for (let match = pattern.exec(this.text); match; match = pattern.exec(this.text)) {
      const next = this.readPair(match.index, match.index + match[0].length);
      if (next > pattern.lastIndex) pattern.lastIndex = next;
    }
  }

  /** Returns the position from which the scan continues. */
  private readPair(at: number, after: number): number {
    const name = nameBefore(this.text, at);
    if (name === undefined) return after;
    // An arrow may also lead from one thing to the next.
    const isArrow = /[→⇒]/.test(this.text[at]!);
    const judged = judgeLast(name);
    const verdict = isArrow && judged === 'secret' ? 'weak' : judged;
    const last = name.slice(name.lastIndexOf(' ') + 1);
    const isPart = nameKeys.test(last) || valueKeys.test(last);
    if (headerLists.test(last)) return this.readHeaders(after);
    if (verdict === 'plain' && !isPart) return after;
    if (this.text.startsWith('//', after)) return after;
    const value = this.readValue(at, after, name, verdict !== 'plain');
    if (value === undefined) return after;
    if (isPart && (verdict === 'plain' || this.isNameMember(value)))
      return this.readMember(last, value, after);
    if (!this.isSecret(value, verdict)) return after;
    this.addSecond(value);
    if (value.isList && scanDeclaration(this.text, value.start, value.end, this.add))
      return value.next;
    this.add(value.start, value.end);
    return value.next;
  }

  /** `credentials: user / password`. */
  private addSecond({ end, isQuoted }: Value): void {
    if (isQuoted || this.style === 'code') return;
    const [, lead, second] = /^( \/ )([^\s/]{4,200})/.exec(this.text.slice(end, end + 204)) ?? [];
    if (lead && second && !isIdentifierList(second))
      this.add(end + lead.length, end + lead.length + second.length);
  }

  /** `"name": "password", "value": "…"` in either order. */
  private readMember(name: string, value: Value, after: number): number {
    if (valueKeys.test(name)) {
      const { secretNameAt } = this;
      this.lastValue = value;
      if (secretNameAt < 0 || value.start - secretNameAt > maxDistance) return after;
      this.secretNameAt = -1;
      if (!hasNoContent(this.text.slice(value.start, value.end))) this.add(value.start, value.end);
      return value.next;
    }
    if (value.end - value.start > maxName) return after;
    if (judgeName(this.text.slice(value.start, value.end)) !== 'secret') return after;
    const { lastValue } = this;
    const between = lastValue && value.start - lastValue.end;
    const isBefore =
      between !== undefined &&
      between < maxDistance &&
      !/[{}<>]/.test(this.text.slice(lastValue!.end, value.start));
    if (isBefore) this.add(lastValue!.start, lastValue!.end);
    else this.secretNameAt = value.end;
    return after;
  }

  /** `key` of a pair `{ "key": "fileName", "value": … }` is a name. */
  private isNameMember(value: Value): boolean {
    return (
      value.isQuoted &&
      /^.{0,8}[,\s]{1,8}\\{0,8}["']?value\b/is.test(this.text.slice(value.end, value.end + 40))
    );
  }

  private isSecret({ start, end, isQuoted, isList }: Value, verdict: NameVerdict): boolean {
    const { text, style } = this;
    if (end <= start) return false;
    const value = text.slice(start, Math.min(end, start + 4_000));
    // The literals of an expression are part of the secret.
    if (value.includes(hole)) return verdict === 'secret';
    if (hasNoContent(value) || isHarmlessWord(value) || isPlaceholder(value) || value === redacted)
      return false;
    if (style === 'code' && !isQuoted)
      return /^\d[\d.]{2,}$/.test(value) || looksRandom(value, 20) || !codeWord.test(value);
    if (style === 'text' && !isQuoted && isHint(value, text.slice(end, end + 3))) return false;
    // A parameter of a query or procedure: `@token`, `:token`.
    if (style === 'code' && /^[@:$][A-Za-z_]\w*$/.test(value)) return false;
    if (verdict === 'secret') return true;
    if (isList && isListOfNames(value)) return false;
    return (
      !isIdentifierList(value) &&
      !/^[\d.\s]+$/.test(value) &&
      value.replaceAll(hole, '').length >= 6
    );
  }

  private readValue(at: number, after: number, name: string, isNamed: boolean): Value | undefined {
    const { text } = this;
    let start = after + (blockOfLines.exec(text.slice(after, after + 24))?.[0].length ?? 0);
    while (/[=>\s]/.test(text[start] ?? '') && start - after < maxSpace) start++;
    // `**Password:** value`, `<b>Password:</b> value`.
    start += emphasis.exec(text.slice(start, start + 24))?.[0].length ?? 0;
    // N'…', E'…' and U&'…' of SQL, @"…" and b"…" of other languages.
    start += /^(?:[NnEe@bBrR]|[uU]&)(?=[\\"'])/.exec(text.slice(start, start + 3))?.[0].length ?? 0;
    const opening = openings.exec(text.slice(start, start + 16))?.[0];
    if (opening !== undefined) return this.quoted(start + opening.length, opening, start);
    if (!isNamed) return this.word(start);
    if (text.startsWith(redacted, start)) return this.unquoted(at, start);
    if (text[start] === '[' || (text[start] === '{' && text[at] !== '='))
      return this.container(start);
    if (text[start] === '{') {
      const end = text.indexOf('}', start);
      if (end > 0 && end - start < 2_000)
        return { start: start + 1, end, next: end + 1, isQuoted: true };
    }
    if (lineNames.test(name)) {
      const end = isLineStart(text, at - name.length)
        ? start + restOfLine.exec(text.slice(start, start + 8_000))![0].length
        : this.endOfLine(start);
      return { start, end, next: end, isQuoted: true };
    }
    return this.unquoted(at, start);
  }

  /** Headers within a text: `"headers": { "x-custom": "…" }` and `headers: ['x-custom' -> '…']`. */
  private readHeaders(after: number): number {
    const { text, add } = this;
    const start = after + /^\s{0,12}/.exec(text.slice(after, after + 12))![0].length;
    if (text[start] !== '{' && text[start] !== '[') return after;
    const { end, next } = this.container(start);
    const list = text.slice(start, end);
    const isShown = (name: string) => /^(?:name|key)$/i.test(name) || isHarmlessHeader(name);
    const addInList: AddRange = (from, to) => add(start + from, start + to);
    if (isMappedList(list)) scanMappedList(list, isShown, addInList);
    else scanMembers(list, isShown, addInList);
    return next;
  }

  /** A value without quotes, such as `name: password` in YAML. */
  private word(start: number): Value {
    const end =
      start + /^[^\s,;"'<>{}()&]{0,200}/.exec(this.text.slice(start, start + 200))![0].length;
    return { start, end, next: end, isQuoted: false };
  }

  private quoted(start: number, opening: string, at: number): Value | undefined {
    const { text } = this;
    // An empty value, or one in doubled quotes: `""password"": ""…""`.
    if (opening === '""' || opening === "''") {
      // Doubled again in a statement within a statement.
      const inner = /^['"]{2,14}(?=\w)/.exec(text.slice(start, start + 16))?.[0].length ?? 0;
      if (inner > 0 && inner % 2 === 0) start += inner;
      const isDoubled = /[^\s,;:)\]}=&<>]/.test(text[start] ?? ' ');
      if (!isDoubled) return { start, end: start, next: start, isQuoted: true };
      // In a literal of SQL that begins with an escaped quote, the closing quote decides.
      const closing = text.indexOf(opening, start);
      const end = closing < 0 ? text.length : closing;
      return { start, end, next: Math.min(end + 2, text.length), isQuoted: true };
    }
    const end = endOfQuoted(text, start, opening);
    return { start, end, next: Math.min(end + opening.length, text.length), isQuoted: at >= 0 };
  }

  /** A list or an object: hidden as a whole, up to the closing bracket. */
  private container(start: number): Value {
    const { text } = this;
    const limit = Math.min(text.length, start + 20_000);
    let depth = 0;
    for (let at = start; at < limit; at++) {
      const character = text[at];
      if (character === '[' || character === '{') depth++;
      else if ((character === ']' || character === '}') && --depth === 0)
        return { start: start + 1, end: at, next: at, isQuoted: true, isList: true };
    }
    return { start: start + 1, end: limit, next: limit, isQuoted: true, isList: true };
  }

  private unquoted(at: number, start: number): Value {
    const { text } = this;
    const isCode = this.style === 'code';
    const limit = Math.min(this.endOfList(start), isCode ? start + maxCodeValue : text.length);
    let end = start;
    // Single quotes end a value if they began before the name.
    for (; end < limit; end++) {
      const character = text[end]!;
      if (character === "'" && !/\w/.test(text[end + 1] ?? '')) break;
      if (character === '\\' && /["'nrt]/.test(text[end + 1] ?? '')) break;
      if (/[,&|]/.test(character) && startsPair(text, end + 1)) break;
      if (/\s/.test(character) && !this.continues(at, end, limit)) break;
      if (
        /[}\])]/.test(character) &&
        /^[\s}\]),;]*$/.test(text.slice(end, Math.min(limit, end + 40))) &&
        !isBalanced(text.slice(start, end + 1))
      )
        break;
    }
    if (text[end - 1] === ',' && end === limit) end--;
    return { start, end, next: end, isQuoted: false };
  }

  /** Values in a `;` list may contain spaces, values in a sentence do not. */
  private continues(at: number, space: number, limit: number): boolean {
    if (this.text[at] !== '=' || this.text[limit] !== ';') return false;
    return limit - space < 200 && !startsPair(this.text, space + 1);
  }
}

/** `password: see Key Vault`: the sentence says where the secret is. */
const isHint = (value: string, after: string): boolean =>
  /^(?:see|siehe|voir|zie|stored|kept|saved|provided|comes|from|in|ask)$/i.test(value) &&
  /^\s\p{L}/u.test(after);

/** End of a quoted value, or of the text if it was cut. */
function endOfQuoted(text: string, start: number, opening: string): number {
  const isPlain = opening.length === 1;
  for (let from = start; ;) {
    const end = text.indexOf(opening, from);
    if (end < 0) return text.length;
    if (isPlain && isEscaped(text, end, start)) from = end + 1;
    else if (isPlain && text[end + 1] === opening && opening !== '`') from = end + 2;
    else if (!isPlain && opening.startsWith('\\') && text[end - 1] === '\\') from = end + 1;
    else return end;
  }
}

function isEscaped(text: string, at: number, start: number): boolean {
  let slashes = 0;
  while (slashes < 20 && at - slashes > start && text[at - slashes - 1] === '\\') slashes++;
  return slashes % 2 === 1;
}

const startsPair = (text: string, at: number): boolean =>
  /^\s{0,3}["']?[\p{L}_$][\p{L}\p{N} _.$-]{0,40}["']?\s{0,2}[=:]/u.test(text.slice(at, at + 52));

const isBalanced = (text: string): boolean => {
  const sample = text.slice(-200);
  return /[([{]/.test(sample);
};
