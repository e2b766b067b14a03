/** Secrets in sentences and small tables that people write: `the password for the portal is …`. */
import type { AddRange } from './ranges';
import { judgeVariable } from './secret-names';
import { isMixed, isName } from './value-rules';

/** Words that mean a password and nothing else, unlike `token` and `key`. */
const password =
  '(?:passwords?|passw(?:ö|o)rt(?:er)?|kennw(?:ö|o)rt(?:er)?|passwd|passphrase|passcode|pwd|pw|mot de passe|contraseña|senha|wachtwoord|parola d.accesso|hasło|heslo|lösenord|salasana|пароль)';
const verb = '(?:is|was|ist|war|lautet|est|es|é|è|to|reads|jest|je|är|on)';

/** `login u password …`, `(pwd …)`, `password | …`, `Пароль — …`. */
const next = new RegExp(
  `(?<![\\p{L}\\d])${password}["'\`]?[ \\t]{1,8}(?:[|—–-][ \\t]{1,8})?["'\`]?(?=\\S)`,
  'giu',
);
/** `password[…]`, `password(…)`, `password # …`. */
const enclosed = new RegExp(
  `(?<![\\p{L}\\d])${password}["'\`]?[ \\t]{0,4}[=:]?[ \\t]{0,4}[[({<~#…]{1,3}[ \\t]{0,4}["'\`]?(?=\\S)`,
  'giu',
);
/** `api key …`, `user etl secret …`: words with a second meaning that the words before them rule out. */
const compound =
  /(?<![\p{L}\d])(?:api[ -]?key|(?:access|account)[ -](?:key|token)|client[ -]secret|secret[ -]value|(?:user|usr|uid|id|login)[\s=:][\w.@\\-]{1,40}\s(?:pass|secret|token))[ \t]{1,3}["'`]?(?=\S)/giu;
/** `setPassword("…")`, `new Secret('…')`. */
const construction =
  /(?:\b(?:set|with|use)_?|\bnew\s{1,4})(?:password|passwd|pwd|secret|token|api_?key|account_?key|access_?key|client_?secret|passphrase)\s?\(\s{0,4}["'`]/giu;
/** `user:pass etl:…`. */
const userPair =
  /\b(?:user(?:name)?|usr|login)[:/](?:pass(?:word)?|pwd|pw)\b[\s:=-]{1,4}[\w.@\\-]{1,60}[:/](?=\S)/gi;
/** `… is the password`. */
const before = new RegExp(
  `(?<!\\S)["'\`]?(\\S{6,100}?)["'\`]?\\s(?:(?:is|ist|was|war)\\s(?:the|our|your|my|das)\\s(?:\\p{L}{1,20}\\s){0,2}${password}(?![\\p{L}\\d])|\\(${password}\\))`,
  'giu',
);
/** `PIN is 7712`, `otp 771212`. */
const number =
  /(?<![\p{L}\d])(?:pin|otp|passcode)(?:\s(?:code|number|is|ist))?\s(?=\d{4,8}(?!\d))/giu;
/** `密码是…`, `パスワードは…です`: no spaces between words. */
const withoutSpaces =
  /(?:密[码碼]|口令|パスワード|暗証番号|비밀번호)\s?[是为為はが은는]\s?["'`「“]?(?=[!-~])/gu;
/** `The password of the account is …`, `new password set to …`. The words between hold no digit. */
const stated = new RegExp(
  `(?<![\\p{L}\\d])${password}(?:\\s[\\p{L}/.,-]{1,24}){0,7}?\\s(?:${verb}|[-=]>|→|:)[\\s:]{1,3}["'\`]?(?=\\S)`,
  'giu',
);
/** `Credentials: user / …`, `Login with user / …`. */
const userAndPassword =
  /(?<![\p{L}\d])(?:credentials?|creds|zugangsdaten|log[io]n|anmeldung)(?:\s(?:is|with|as|mit|als|ist))?[\s:]{1,3}[\w.@\\-]{1,60}\s?\/\s?(?=[^\s/])/giu;
/** Settings of Spark in lines: `spark.ssl.keyPassword …`. */
const sparkSetting =
  /(?<![\w.])(?:spark|fs|hadoop|hive|kafka)\.(?:[\w-]{1,60}\.){0,8}(?:[\w-]{0,40}(?:key|secret|password|token))(?:\.[\w-]{1,60}){0,8}\s{1,8}(?=\S)/gi;

export function scanSentences(text: string, add: AddRange): void {
  for (const pattern of [next, withoutSpaces, stated, userAndPassword, sparkSetting])
    for (const { index, 0: found } of text.matchAll(pattern)) {
      const start = index + found.length;
      const word = /^[^\s"'`<>]{0,200}/.exec(text.slice(start, start + 200))![0];
      const value = word.replace(/[.,;!?)\]]+$/, '');
      if (isMixed(value)) add(start, start + value.length);
    }
  for (const pattern of [enclosed, compound, construction, userPair])
    for (const { index, 0: found } of text.matchAll(pattern)) {
      const start = index + found.length;
      const word = /^[^\s"'`<>]{0,200}/.exec(text.slice(start, start + 200))![0];
      const value = word.replace(/[.,;!?)\]}]+$/, '');
      if (isMixed(value) && !isName(value)) add(start, start + value.length);
    }
  for (const { index, 0: found, 1: value } of text.matchAll(before)) {
    const start = index + found.indexOf(value!);
    if (isMixed(value!) && !isName(value!)) add(start, start + value!.length);
  }
  for (const { index, 0: found } of text.matchAll(number)) {
    const start = index + found.length;
    add(start, start + /^\d+/.exec(text.slice(start, start + 9))![0].length);
  }
  if (text.includes('\n')) scanTable(text, add);
}

const maxColumns = 60;

/** A table of Markdown, or of separated values: the names in its first line judge the columns. */
function scanTable(text: string, add: AddRange): void {
  let columns: readonly boolean[] | undefined;
  let separator = '';
  let start = 0;
  for (const line of text.split('\n')) {
    const cells: string[] = separator === '' ? [] : line.split(separator);
    if (columns && cells.length === columns.length) addCells(cells, columns, start, add);
    else ({ columns, separator } = headOf(line));
    start += line.length + 1;
  }
}

interface TableHead {
  readonly columns: readonly boolean[] | undefined;
  readonly separator: string;
}

/** Whether each column is secret. Undefined if the line is no head, or if no column is. */
function headOf(line: string): TableHead {
  const none = { columns: undefined, separator: '' };
  const separator = /[|\t;,]/.exec(line.slice(0, 400))?.[0];
  if (separator === undefined || line.length > 2_000) return none;
  const cells = line.split(separator);
  if (cells.length < 2 || cells.length > maxColumns) return none;
  if (!cells.every((cell) => /^\s{0,40}["']?[\p{L}\d_ -]{0,40}["']?\s{0,40}$/u.test(cell)))
    return none;
  const columns = cells.map(
    (cell) => judgeVariable(cell.trim().replaceAll(/["']/g, '')) === 'secret',
  );
  return columns.includes(true) ? { columns, separator } : none;
}

function addCells(
  cells: readonly string[],
  columns: readonly boolean[],
  lineStart: number,
  add: AddRange,
): void {
  let start = lineStart;
  for (const [index, cell] of cells.entries()) {
    const value = cell.trim();
    if (columns[index] && /[\p{L}\d]/u.test(value)) {
      const from = start + cell.indexOf(value);
      add(from, from + value.length);
    }
    start += cell.length + 1;
  }
}
