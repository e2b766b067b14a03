/** Options of command lines: `--password x`, `-Pwd x`, `/p:x`, and the arguments of known programs. */
import { hasNoContent, isHarmlessWord, isMixed, isPlaceholder } from './value-rules';
import type { AddRange } from './ranges';
import { ftpUser, mayHavePosition, positions, programs, type Program } from './programs';
import { judgeName } from './secret-names';
import { isHarmlessHeader } from './harmless-names';

/** Programs are looked for in the beginning of a text. */
const maxSample = 100_000;
const option =
  /(?<=^|[\s"'`,([=])(--?|\/)([\p{L}][\p{L}\p{N}_.-]{0,60})(?:(\s{1,4}(?:[\\^`]\r?\n\s{0,20})?|[=:]\s{0,2})|(?=["'`]))/gu;

/** Whether a text may hold an option or a program whose arguments are secrets. */
export const mayBeCommand = (text: string): boolean =>
  /\s[-/]|^[-/]|['"`,([=][-/]/.test(text) || mayHavePosition.test(text.slice(0, maxSample));

export function scanCommandLine(text: string, add: AddRange): void {
  if (text.includes(']') && text.includes(';')) scanPackageProperties(text, add);
  const sample = text.slice(0, maxSample);
  const found = programs.filter(({ names }) => names.test(sample));
  for (const { index, 0: match, 1: dash, 2: name, 3: connector } of text.matchAll(option)) {
    const end = index + match.length;
    const start = connector === undefined ? end + nextItem(text, end) : end;
    readOption(text, start, kindOf(found, name!, dash!, connector), add);
  }
  for (const joined of new Set(found.flatMap((program) => program.joined ?? [])))
    scanJoined(text, joined, add);
  if (found.some(({ users }) => users?.includes('u')))
    for (const { index, 0: match } of text.matchAll(/(?<=\s)-u["']?[\w.\\-]{1,60}:/g))
      addArgument(text, index + match.length, add);
  if (!mayHavePosition.test(sample)) return;
  for (const pattern of /\bftp\b/i.test(sample) ? [...positions, ftpUser] : positions)
    for (const { index, 0: match } of text.matchAll(pattern)) {
      const start = skipQuote(text, index + match.length);
      const quote = start > index + match.length ? text[start - 1] : undefined;
      const end = start + /^[^\s@"'*]{0,200}/.exec(text.slice(start, start + 200))![0].length;
      const closing = quote === undefined ? -1 : text.indexOf(quote, start);
      addValue(text, start, closing < 0 ? end : closing, add);
    }
}

const isKey = (argument: string): boolean =>
  argument.length >= 8 && /\p{L}\d\p{L}/u.test(argument) && !/[^\p{L}\d+=~-]/u.test(argument);

/** Length of what stands between an option and the next item of a list: `"--password","…"`. */
const nextItem = (text: string, at: number): number =>
  /^\\{0,4}["'`]\s{0,4},\s{0,4}(?=\\{0,4}["'`])/.exec(text.slice(at, at + 24))?.[0].length ?? 0;

/** What the value of an option is. */
type OptionKind = 'secret' | 'weak' | 'short' | 'pin' | 'user' | 'header' | 'pair' | undefined;

function kindOf(
  found: readonly Program[],
  name: string,
  dash: string,
  connector: string | undefined,
): OptionKind {
  if (dash === '/') {
    if (found.some(({ slashes }) => slashes?.includes(name.toLowerCase()))) return 'secret';
    return isSecretOption(name, dash) ? 'secret' : undefined;
  }
  const flags = found.find(({ flags }) => flags?.test(name))?.flags;
  const last = flags && dash === '-' ? name.at(-1)! : name;
  if (found.some(({ options }) => options?.includes(last))) return 'secret';
  if (found.some(({ users }) => users?.includes(last))) return 'user';
  if (found.some(({ headers }) => headers?.includes(last))) return 'header';
  if (found.some(({ pairs }) => pairs?.includes(last)) && connector !== undefined) return 'pair';
  // `mysql -pPassword1 sales`: the value is in the same word, and the next word is an argument.
  const isJoined = (joined: string) => name.startsWith(joined) && !isOptionWord(name);
  if (dash === '-' && found.some((program) => program.joined?.some(isJoined))) return undefined;
  if (isSecretOption(name, dash)) return 'secret';
  if (found.some(({ shorts }) => shorts?.includes(name))) return 'short';
  if (judgeName(name) === 'secret' && /pin$/i.test(name)) return 'pin';
  return judgeName(name) === 'plain' ? undefined : 'weak';
}

function readOption(text: string, start: number, kind: OptionKind, add: AddRange): void {
  if (kind === undefined) return;
  const from = skipQuote(text, start);
  const end = endOfArgument(text, start);
  if (kind === 'secret') return addValue(text, from, end, add);
  const argument = text.slice(from, Math.min(end, from + 400));
  if (kind === 'short') return isMixed(argument) ? add(from, end) : undefined;
  if (kind === 'pin') return /^\d{4,12}$/.test(argument) ? add(from, end) : undefined;
  // `--key` may name a column or a file.
  if (kind === 'weak') return isKey(argument) ? add(from, end) : undefined;
  if (kind === 'header') {
    const colon = argument.indexOf(':');
    if (colon < 0 || isHarmlessHeader(argument.slice(0, colon))) return;
    const lead = /^\s*(?:(?:bearer|basic|token)\s+)?/i.exec(argument.slice(colon + 1))![0].length;
    return addValue(text, from + colon + 1 + lead, end, add);
  }
  // The colon of a drive or of a scheme is none.
  const separator = kind === 'pair' ? /=/.exec(argument) : /[:,](?![\\/])/.exec(argument);
  if (separator) addValue(text, from + separator.index + 1, end, add);
}

/** `mysql -pSecret`: the value is joined with its option. */
function scanJoined(text: string, name: string, add: AddRange): void {
  const pattern = new RegExp(`(?<=\\s)-${name}(?=[^\\s=:]{3,100})`, 'g');
  for (const { index, 0: match } of text.matchAll(pattern)) {
    const start = index + match.length;
    const end = endOfArgument(text, start);
    if (!isOptionWord(text.slice(start - name.length, end))) addArgument(text, start, add);
  }
}

/** `-port`, `-password`: a word that begins with the letter of an option. `-pPassword1` is none. */
const isOptionWord = (word: string): boolean =>
  /^p(?:(?:ort|ath|refix|rofile|lugin|attern|roject|arams?|ty|rofiles?)\b|(?:ass[a-z]*|wd?|at|in)(?:[-_.][a-z-]*)?["'`]?$)/i.test(
    word,
  );

const addArgument = (text: string, start: number, add: AddRange): void =>
  addValue(text, skipQuote(text, start), endOfArgument(text, start), add);

/** `dtexec /Set \\Package.Variables[Password];value`. */
const packageProperty =
  /\[(?:[\w$]{1,40}::)?([\w ]{1,60})\](?:\.\w{1,40}(?:\[\w{1,40}\])?)?\\{0,4}["']?;/g;

function scanPackageProperties(text: string, add: AddRange): void {
  for (const { index, 0: found, 1: name } of text.matchAll(packageProperty)) {
    const start = skipQuote(text, index + found.length);
    if (judgeName(name!) === 'secret') addValue(text, start, endOfArgument(text, start), add);
  }
}

/** `setx API_TOKEN …`, `aws configure set aws_secret_access_key …`. */
const assignment =
  /\b(?:setx|(?:configure|config|secret|variable)\s{1,4}set)\s{1,4}([^\s=]{1,100})\s{1,4}(?=[^\s-])/gi;
/** `.option("password", "…")`, `setProperty('password', '…')`. */
const setter =
  /\b(?:option|set|setProperty|setConf|config|conf|put|putIfAbsent|setenv|putenv|setdefault|header|addHeader|add_header|property)\s{0,2}\(\s{0,4}\\{0,4}["']([^"'\n]{1,100}?)\\{0,4}["']\s{0,4},\s{0,4}(?=\\{0,4}["'])/gi;

/** `sp_set_session_context 'token', '…'`, `set_config('app.token', '…', false)`. */
const sessionSetting =
  /\b(?:sp_set_session_context\s{1,4}(?:@key\s{0,2}=\s{0,2})?N?|set_config\s{0,2}\(\s{0,4})'([^'\n]{1,100})'\s{0,4},\s{0,4}(?:@value\s{0,2}=\s{0,2})?N?(?=')/gi;

/** Names and values that have no separator, in commands and in calls. */
export function scanAssignments(text: string, add: AddRange): void {
  for (const pattern of [assignment, setter, sessionSetting])
    for (const { index, 0: found, 1: name } of text.matchAll(pattern))
      if (judgeName(name!) === 'secret') addArgument(text, index + found.length, add);
}

/** Whether the list item is an option whose value is the next item: `["--password", "…"]`. */
export function isSecretOption(name: string, dash = '-'): boolean {
  // A single slash begins a path more often than an option.
  if (dash === '/') return /^(?:password|pwd|pass|pw|token|secret|apikey)$/i.test(name);
  return judgeName(name) === 'secret' && !/^(?:pin|sig|no-.*|.*-stdin)$/i.test(name);
}

const itemOption = /^(--?)([\p{L}][\p{L}\p{N}_.-]{0,60})$/u;

/** Whether an item of a list is the secret of the option before it: `["--password", "…"]`, `["-u", "etl", "-p", "…"]`. */
export const isArgumentOf = (option: string, item: unknown, list: readonly unknown[]): boolean =>
  isOptionItem(option) ||
  (typeof item === 'string' &&
    (option === '-p'
      ? isMixed(item) && list.some((each) => typeof each === 'string' && userOption.test(each))
      : isPinOption(option) && /^\d{4,12}$/.test(item)));

const userOption = /^(?:-u|--user(?:name)?)$/i;
const isPinOption = (item: string): boolean =>
  /^--?[\p{L}.-]{0,40}pin$/iu.test(item) && judgeName(item) === 'secret';

/** For lists of arguments. */
export function isOptionItem(item: string): boolean {
  if (item.length > 64) return false;
  const [, dash, name] = itemOption.exec(item) ?? [];
  return name !== undefined && isSecretOption(name, dash);
}

const skipQuote = (text: string, at: number) =>
  at + (/^\\{0,4}["'`]/.exec(text.slice(at, at + 5))?.[0].length ?? 0);

/** An argument ends at a space, or at its closing quote. */
function endOfArgument(text: string, start: number): number {
  const quote = /^(\\{0,4}["'`])/.exec(text.slice(start, start + 5))?.[1];
  if (quote !== undefined) {
    const end = text.indexOf(quote, start + quote.length);
    return end < 0 ? text.length : end;
  }
  return start + /^[^\s"'`]{0,4000}/.exec(text.slice(start, start + 4_000))![0].length;
}

function addValue(text: string, start: number, end: number, add: AddRange): void {
  const value = text.slice(start, Math.min(end, start + 4_000));
  if (value === '' || hasNoContent(value) || isHarmlessWord(value) || isPlaceholder(value)) return;
  // `-token -name`: the option has no value.
  if (/^--?[a-z]/i.test(value) && value.length < 12) return;
  // A file, a variable or a stream from which the secret is read: `-pass file:/run/secret`, `-Token $token`.
  if (/^(?:file:|env:|fd:|stdin$|\$\w{1,60}$)/i.test(value)) return;
  add(start, end);
}
