/** Bodies of requests as text: JSON, XML or a form. A literal is shown only where its name is known to be harmless. */
import { isHarmlessBodyName, isHarmlessFormName } from './harmless-names';
import { hole, nextOf, type AddRange } from './ranges';
import { judgeName } from './secret-names';
import { isToken } from './token-shapes';
import { isHarmlessPart, isHarmlessWord } from './value-rules';

/** Whether a text is JSON, possibly with expressions as values. */
const isJson = (text: string) => /^\s{0,100}[[{]/.test(text.slice(0, 110));
const isXml = (text: string) => /^\s{0,100}</.test(text.slice(0, 110));
const isForm = (text: string) =>
  /^[\w.$\-[\]%]{1,80}=/.test(text.slice(0, 90)) && !/[\r\n]/.test(text.slice(0, 4_000));

export function scanBody(text: string, add: AddRange): void {
  if (isJson(text)) scanMembers(text, isShownMember, add);
  else if (isXml(text)) scanXml(text, add);
  else if (isForm(text)) scanForm(text, add);
  else addUnlessHarmless(text, 0, text.length, add);
}

/** Whether a literal of the member may be shown. */
export const isShownMember = (name: string, value: string): boolean =>
  isHarmlessWord(value) ||
  (judgeName(name) === 'plain' && isHarmlessBodyName(name) && !isToken(value));

const number = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Reads strings and bare words. A string that is followed by `:` is the name of what follows. */
export function scanMembers(
  text: string,
  isShown: (name: string, value: string) => boolean,
  add: AddRange,
): void {
  const names: string[] = [''];
  let name = '';
  const token = /\\*"|[[{}\],]|[^\s"\\[{}\],:]+|[\\:]/g;
  for (let match = token.exec(text); match; match = token.exec(text)) {
    const [found] = match;
    if (found === '{' || found === '[') names.push(name);
    else if (found === '}' || found === ']') {
      names.pop();
      name = names.at(-1) ?? '';
    } else if (found === ',') name = names.at(-1) ?? '';
    else if (found.endsWith('"')) {
      const start = match.index + found.length;
      const end = closingQuote(text, start, found);
      token.lastIndex = Math.min(end + found.length, text.length);
      const after = /^\s{0,20}:/.test(text.slice(token.lastIndex, token.lastIndex + 24));
      const value = text.slice(start, end);
      if (after) name = value.slice(0, 200);
      else if (!isShown(name, value)) addUnlessHarmless(text, start, end, add);
    } else if (found !== ':' && found !== '\\' && !isHarmlessWord(found)) {
      if (number.test(found) && judgeName(name) !== 'secret') continue;
      if (!isShown(name, found))
        addUnlessHarmless(text, match.index, match.index + found.length, add);
    }
  }
}

function closingQuote(text: string, start: number, opening: string): number {
  for (let from = start; ;) {
    const end = text.indexOf(opening, from);
    if (end < 0) return text.length;
    let slashes = 0;
    while (slashes < 20 && end - slashes > start && text[end - slashes - 1] === '\\') slashes++;
    if (slashes % 2 === 0) return end;
    from = end + 1;
  }
}

/** Hides text between tags, and values of attributes except name spaces and versions. */
function scanXml(text: string, add: AddRange): void {
  const part = />([^<]+)|([\w:.-]{1,80})\s{0,4}=\s{0,4}(["'])/g;
  for (let match = part.exec(text); match; match = part.exec(text)) {
    const [found, content, name, quote] = match;
    if (content !== undefined)
      addUnlessHarmless(text, match.index + 1, match.index + found.length, add);
    else {
      const start = match.index + found.length;
      const close = text.indexOf(quote!, start);
      const end = close < 0 ? text.length : close;
      part.lastIndex = Math.min(end + 1, text.length);
      const isShown = /^(?:xmlns(?::.*)?|version|encoding|xsi:.*|standalone)$/i.test(name!);
      if (!isShown && !isShownMember(name!, text.slice(start, end)))
        addUnlessHarmless(text, start, end, add);
    }
  }
}

function scanForm(text: string, add: AddRange): void {
  const nextEquals = nextOf(text, /=/);
  for (let start = 0; start <= text.length;) {
    const ampersand = text.indexOf('&', start);
    const end = ampersand < 0 ? text.length : ampersand;
    const equals = nextEquals(start);
    const from = equals >= end ? start : equals + 1;
    const name = from === start ? '' : text.slice(start, from - 1);
    const value = text.slice(from, end);
    const isShown = judgeName(name) === 'plain' && isHarmlessFormName(name) && !isToken(value);
    if (!isShown && !isHarmlessWord(value)) addUnlessHarmless(text, from, end, add);
    start = end + 1;
  }
}

/** Hides the literals of a value. Expressions within it are holes: they are shown without their literals. */
export function addUnlessHarmless(text: string, start: number, end: number, add: AddRange): void {
  for (let from = start; from < end;) {
    const found = text.indexOf(hole, from);
    const to = found < 0 || found > end ? end : found;
    const value = text.slice(from, to);
    if (value.trim() !== '' && !isHarmlessWord(value) && !isHarmlessPart(value)) add(from, to);
    if (to === found) add(found, found + 1);
    from = to + 1;
  }
}

/** A list of headers in a data flow, and a dictionary of Python: `'x-custom' -> '…'`, `'x-custom': '…'`. */
export const isMappedList = (list: string): boolean =>
  /^[[{]?\s{0,80}(?:\\?'[^']{0,100}'|"[^"]{0,100}"\s{0,8}->)/.test(list.slice(0, 300));
const quoted = /(['"])((?:(?!\1)[^\\]|\\.){0,4000})\1?(\s{0,8}(?:->|:))?/gs;

/** The literals up to the next name belong to one header: `'Authorization': 'Bearer ' + '…'`. */
export function scanMappedList(
  list: string,
  isShown: (name: string) => boolean,
  add: AddRange,
): void {
  let name = '';
  for (const { index, 2: content, 3: arrow } of list.matchAll(quoted)) {
    if (arrow !== undefined) name = content!;
    else if (!isShown(name)) addUnlessHarmless(list, index + 1, index + 1 + content!.length, add);
  }
}
