/**
 * A text as its reader sees it: characters that are written as escapes (`\u0070`, `&#112;`, `%70`), in another width or
 * style, or as a letter of another script that looks the same. Ranges of the view are ranges of the text.
 */
import { secretWords } from './secret-words';
import type { AddRange } from './ranges';

export interface PlainView {
  readonly text: string;
  /** Passes ranges of the view on as ranges of the text. */
  inText(add: AddRange): AddRange;
}

/** Letters of other scripts, and the Latin letters that look the same. */
// prettier-ignore
const lookAlikes = new Map([
  ...pairsOf('аеорсухіѕјԁԛԝһӏкмтгпв', 'aeopcyxisjdqwhlkmtrnb'), ...pairsOf('АВЕКМНОРСТУХЅІЈ', 'ABEKMHOPCTYXSIJ'),
  ...pairsOf('οαρτυικνεωϲγ', 'oaptuikvewcy'), ...pairsOf('ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ', 'ABEZHIKMNOPTYX'),
  ...pairsOf('օոսհց', 'onuhg'), ...pairsOf('ɑɡɩʀꜱᴀʙᴄᴅᴇɢʜɪᴊᴋʟᴍɴᴏᴘᴛᴜᴠᴡʏᴢ', 'agirsabcdeghijklmnoptuvwyz'),
]);

function pairsOf(letters: string, latin: string): [string, string][] {
  return Array.from(letters, (letter, index) => [letter, latin[index]!]);
}

/** Cheap test that is false for most texts. */
const mayDiffer =
  /[\u00ad\u0370-\u058f\u0251-\u0280\u1d00-\u1d22\u200b-\u200f\u2060-\u2064\u2100-\u214f\u2460-\u24ff\ua731\ufeff\uff01-\uff5e]|\ud835|\\u00[2-7]|\\x[2-7]|&#(?:x[2-7]|[3-9]\d|1[012]\d)|%(?:[46][1-9a-f]|[57][0-9a]|3\d)/i;

/** An escape of a character of ASCII, an invisible character, or a word. */
const part =
  /\\u00([2-7][\da-f])|\\x([2-7][\da-f])|&#x([2-7][\da-f]);|&#(\d{2,3});|%([2-7][\da-f])|(?:[\p{L}\p{M}\u00ad]|(?![\p{P}\p{Z}])[\u0100-\u{10ffff}])+|[\uff01-\uff5e]/giu;
/** Escapes of quotes and backslashes stay: they say where a member of JSON ends. */
const decodable = /[\w=:;,@/?&<>. -]/;

/** Undefined if the text reads as it is written. */
export function plainView(text: string): PlainView | undefined {
  if (!mayDiffer.test(text)) return undefined;
  const starts: number[] = [];
  let view = '';
  let from = 0;
  const append = (shown: string, start: number): void => {
    view += shown;
    for (let index = 0; index < shown.length; index++) starts.push(start + index);
  };
  for (const match of text.matchAll(part)) {
    const { index: start, 0: found } = match;
    const characters = shownAs(match);
    if (characters.join('') === found) continue;
    append(text.slice(from, start), from);
    from = start;
    if (characters.length === 1) append(characters[0]!, start);
    else
      for (const [index, character] of Array.from(found).entries()) {
        append(characters[index]!, from);
        from += character.length;
      }
    from = start + found.length;
  }
  if (from === 0) return undefined;
  append(text.slice(from), from);
  starts.push(text.length);
  return { text: view, inText: (add) => (start, end) => add(starts[start]!, starts[end]!) };
}

/** The characters of a word, one for each of its own, or the only one that an escape stands for. */
function shownAs([found, ...codes]: RegExpExecArray): readonly string[] {
  const notation = codes.findIndex((code) => code !== undefined);
  if (notation < 0) return latinLetters(found);
  const shown = String.fromCharCode(Number.parseInt(codes[notation]!, notation === 3 ? 10 : 16));
  // Separators in percent encoding belong to the value of a query.
  const isShown = notation === 4 ? /\w/.test(shown) : decodable.test(shown);
  return [isShown ? shown : found];
}

const invisible = /^[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]$/;

/** A word in the Latin letters that a reader sees in it. Words of another script stay. */
function latinLetters(word: string): readonly string[] {
  const plain = Array.from(word, withoutStyle);
  if (isLatin(plain.join(''))) return plain;
  const latin = plain.map((letter) => lookAlikes.get(letter) ?? letter);
  const isMixed = plain.some((letter) => /[a-z]/i.test(letter));
  const read = latin.join('');
  return (isMixed && isLatin(read)) || secretWords.has(read.toLowerCase()) ? latin : plain;
}

const isLatin = (text: string): boolean => !/[^ -\u024f]/.test(text);

/** Letters and signs in full width, in mathematical styles or in circles. */
function withoutStyle(character: string): string {
  if (invisible.test(character)) return '';
  if (character < '\u2100') return character;
  const plain = character.normalize('NFKC');
  return /^[\u0021-\u007e]$/.test(plain) ? plain : character;
}
