/**
 * Judges names: keys of JSON, parameters, pairs, options. A name is split into words, in the languages in which people
 * name passwords. The last word decides whether a name only describes a secret: `secretName`, `tokenExpiry`.
 */

import { plainView } from './plain-view';
import {
  afterPass,
  beforeCode,
  beforePass,
  descriptions,
  environments,
  joinedKey,
  joinedPass,
  keyOwnerSet,
  keyWords,
  quantities,
  secretBeginning,
  secretEnding,
  secretParts,
  secretWords,
  splitWord,
  tableKeys,
  weakWords,
} from './secret-words';

/**
 * `secret`: the value is a secret in any form. `weak`: the value decides (`sourceKey` may name a column).
 * `plain`: the name says nothing about secrets.
 */
export type NameVerdict = 'secret' | 'weak' | 'plain';

/** Verdicts of names that occurred, because the same keys occur in every document. */
const known = new Map<string, NameVerdict>();
const maxKnown = 10_000;
const maxLength = 200;

export function judgeName(name: string): NameVerdict {
  const verdict = known.get(name);
  if (verdict !== undefined) return verdict;
  if (known.size >= maxKnown) known.clear();
  const shown = name.slice(-maxLength);
  const plain = plainView(shown)?.text;
  const own = judge(shown);
  const judged = own === 'plain' && plain !== undefined ? judge(plain) : own;
  if (name.length <= maxLength) known.set(name, judged);
  return judged;
}

/** `key` in a query or as a member of a row names a column more often than a secret. */
export const judgeVariable = (name: string): NameVerdict =>
  /^[@#$.]*keys?$/i.test(name) ? 'weak' : judgeName(name);

export const isSecretName = (name: string): boolean => judgeName(name) === 'secret';

/** Names of connection strings, whose harmless pairs are shown. */
export const isConnectionString = (name: string): boolean =>
  /(?:connection|conn)_?-? ?(?:string|str)$|^connstr/i.test(name.slice(-40));

/** Letters that have no form without a mark. */
const plainLetters: Readonly<Record<string, string>> = { ł: 'l', ø: 'o', ð: 'd', đ: 'd', ı: 'i' };

/** Lower-case words of a name, without diacritics. */
export function wordsOf(name: string): string[] {
  return name
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[łøðđı]/g, (letter) => plainLetters[letter]!)
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}]+/u)
    .filter(Boolean);
}

/** Whether words are only together the name of a secret: `pass word`, `mật khẩu`. */
export const isSplitName = (name: string): boolean =>
  secretParts.some((part) => name.includes(part)) || splitWord.test(wordsOf(name).join(''));

const digitLetters: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
};

/** Names with digits or signs as letters, such as `p4ssw0rd`, and names with a dot after each letter. */
function isDisguised(name: string): boolean {
  if (/^\p{L}(?:[._-]\p{L}){1,8}$/u.test(name))
    return secretWords.has(name.replace(/[._-]/g, '').toLowerCase());
  if (!/[\p{L}][013457@$!]+\p{L}/u.test(name)) return false;
  return wordsOf(name.replace(/(?<=\p{L}[013457@$!]*)[013457@$!](?=[013457@$!]*\p{L})/gu, letterOf))
    .filter((word) => word.length >= 5)
    .some((word) => secretWords.has(word) || secretEnding.test(word) || secretBeginning.test(word));
}

const letterOf = (sign: string) => digitLetters[sign]!;

function judge(name: string): NameVerdict {
  if (secretParts.some((part) => name.includes(part)) || isDisguised(name)) return 'secret';
  const words = wordsOf(name);
  while (words.length > 1 && environments.has(words.at(-1)!)) words.pop();
  const last = words.at(-1);
  if (last === undefined) return 'plain';
  // A shared access signature is part of its URL.
  if (words.includes('sas') && (last === 'url' || last === 'uri' || last === 'endpoint'))
    return 'secret';
  if (splitWord.test(words.join(''))) return 'secret';
  // A session of a person is as good as a password, one of Spark is a number.
  if (last === 'id' && words.at(-2) === 'session') return 'weak';
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
  if (word === 'tokens' && (after === 'per' || words.some((each) => quantities.has(each))))
    return 'plain';
  if (word === 'clave' && words.some((each) => tableKeys.has(each))) return 'plain';
  if (weakWords.has(word)) return 'weak';
  if (word === 'pass') return afterPass.has(after) || beforePass.has(before) ? 'plain' : 'secret';
  if (word === 'passe' && after === 'partout') return 'plain';
  if (/^codes?$/.test(word) && beforeCode.has(before)) return 'weak';
  if (word === 'auth') return after === '' ? 'secret' : 'plain';
  if (word === 'certificate' || word === 'cert')
    return after === '' || after === 'data' ? 'weak' : 'plain';
  if (word === 'sig' || word === 'pin' || word === 'pat' || word === 'signature')
    return after === '' ? 'secret' : 'plain';
  if (secretWords.has(word) || joinedKey.test(word)) return 'secret';
  if (secretEnding.test(word) || secretBeginning.test(word) || joinedPass.test(word))
    return 'secret';
  if (!keyWords.has(word) || after === 'vault') return 'plain';
  if (words.length === 1) return word === 'key' ? 'secret' : 'weak';
  if (keyOwnerSet.has(before) && !(before === 'search' && words.includes('word'))) return 'secret';
  return words.some((each) => tableKeys.has(each)) ? 'plain' : 'weak';
}
