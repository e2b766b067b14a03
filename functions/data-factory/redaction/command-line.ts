/** Options of command lines: `--password x`, `-Pwd x`, `/p:x`, and short options of known programs. */
import { hasNoContent, isHarmlessWord, isPlaceholder } from './value-rules';
import type { AddRange } from './ranges';
import { judgeName } from './secret-names';

const option =
  /(?<=^|[\s"'`,([=])(--?|\/)([\p{L}][\p{L}\p{N}_.-]{0,60})(?:(\s{1,4}|[=:]\s{0,2})|(?=["'`]))/gu;

/** Short options that hold a password, and options that hold `user:password`. */
// prettier-ignore
const programs: readonly { readonly names: RegExp; readonly secrets: readonly string[]; readonly users?: readonly string[] }[] = [
  { names: /\b(?:mysql|mysqldump|mysqladmin|mysqlimport|mariadb|mongo|mongosh|mongodump|mongoimport|mongoexport|mongorestore|psexec|sshpass|7z|7za|docker\s{1,4}login|podman\s{1,4}login|helm\s{1,4}registry|az\s{1,4}login|az\s{1,4}ad|oc\s{1,4}login|cf\s{1,4}login|unrar|rar|nuget|mvn|rasdial|beeline|hive|kinit|snowsql|vsql|nzsql|teradata|fastload|tbuild|sftp|lftp|ncftpget|wput|impala-shell|cqlsh|influx)(?:\.exe)?\b/i, secrets: ['p'] },
  { names: /\b(?:sqlcmd|bcp|osql|isql|zip|unzip|curl|sqlpackage|dtexec|dtutil)(?:\.exe)?\b/i, secrets: ['P'], users: [] },
  { names: /\b(?:curl|wget|http|https|lftp|ftp|smbclient)(?:\.exe)?\b/i, secrets: [], users: ['u', 'user', 'U', 'proxy-user', 'a', 'auth'] },
  { names: /\bredis-cli\b/i, secrets: ['a'] },
  { names: /\b(?:ldapsearch|ldapmodify|beeline)\b/i, secrets: ['w'] },
];
/** `sqlplus scott/tiger@db`, `exp user/password@db`. */
const oracleLogin =
  /\b(?:connect|sqlplus|sqlldr|impdp|expdp|exp|imp|rman|sqlcl)(?:\.exe)?\s(?:\s{0,3}-\w{1,8})*\s{0,3}(?:userid=)?[\w$#]{1,60}\/(?=[^\s/])/gi;
const oracleUrl = /\bjdbc:oracle:\w{1,8}:[\w$#]{1,60}\/(?=[^\s@]{1,200}@)/gi;
const netUse =
  /\bnet(?:\.exe)?\s{1,4}(?:use\s{1,4}(?:\w:\s{1,4})?\\\\[^\s"]{1,200}|user\s{1,4}[\w.-]{1,60})\s{1,4}(?!\/)/gi;
const smbUser = /(?<=\s)-U\s{0,3}[\w.\\]{1,60}%/g;

export function scanCommandLine(text: string, add: AddRange): void {
  if (text.includes('];')) scanPackageProperties(text, add);
  const isOption = secretOptions(text);
  for (const { index, 0: found, 1: dash, 2: name } of text.matchAll(option)) {
    const start = index + found.length;
    const verdict = dash === '-' || dash === '--' ? isOption(name!) : undefined;
    if (verdict === 'user') {
      const end = endOfArgument(text, start);
      const colon = text.slice(start, Math.min(end, start + 200)).indexOf(':');
      if (colon >= 0) addValue(text, start + colon + 1, end, add);
    } else if (verdict === 'secret' || isSecretOption(name!, dash!)) {
      const from = skipQuote(text, start);
      addValue(text, from, endOfArgument(text, start), add);
    }
  }
  if (isOption('p') === 'secret')
    // mysql -pSecret: the value is joined with its option.
    for (const { index, 0: found } of text.matchAll(/(?<=\s)-p(?=[^\s=:]{3,100})/g)) {
      const start = index + found.length;
      const end = endOfArgument(text, start);
      if (
        !/^(?:ort|ath|refix|rofile|lugin|attern|roject|arams?|ty|rofiles?)\b/i.test(
          text.slice(start, start + 12),
        ) &&
        judgeName(text.slice(start - 1, end)) !== 'secret'
      )
        addValue(text, start, end, add);
    }
  if (
    !/connect|sqlplus|sqlldr|impdp|expdp|\bexp\b|\bimp\b|rman|sqlcl|oracle|net(?:\.exe)?\s{1,4}use|-U/i.test(
      text.slice(0, 100_000),
    )
  )
    return;
  for (const pattern of [oracleLogin, oracleUrl, netUse, smbUser])
    for (const { index, 0: found } of text.matchAll(pattern)) {
      const start = index + found.length;
      const end = start + /^[^\s@"'*]{0,200}/.exec(text.slice(start, start + 200))![0].length;
      addValue(text, start, end, add);
    }
}

/** `dtexec /Set \\Package.Variables[Password];value`. */
const packageProperty = /\[(?:[\w$]{1,40}::)?([\w ]{1,60})\](?:\.\w{1,40}(?:\[\w{1,40}\])?)?;/g;

function scanPackageProperties(text: string, add: AddRange): void {
  for (const { index, 0: found, 1: name } of text.matchAll(packageProperty)) {
    const start = skipQuote(text, index + found.length);
    if (judgeName(name!) === 'secret') addValue(text, start, endOfArgument(text, start), add);
  }
}

/** Whether the list item is an option whose value is the next item: `["--password", "…"]`. */
export function isSecretOption(name: string, dash = '-'): boolean {
  // A single slash begins a path more often than an option.
  if (dash === '/') return /^(?:password|pwd|pass|pw|token|secret|apikey)$/i.test(name);
  return judgeName(name) === 'secret' && !/^(?:pin|sig|no-.*|.*-stdin)$/i.test(name);
}

const itemOption = /^(--?)([\p{L}][\p{L}\p{N}_.-]{0,60})$/u;

/** For lists of arguments. */
export function isOptionItem(item: string): boolean {
  if (item.length > 64) return false;
  const [, dash, name] = itemOption.exec(item) ?? [];
  return name !== undefined && isSecretOption(name, dash);
}

function secretOptions(text: string): (name: string) => 'secret' | 'user' | undefined {
  if (!/\s-{1,2}\w/.test(text)) return () => undefined;
  const sample = text.slice(0, 100_000);
  const found = programs.filter(({ names }) => names.test(sample));
  return (name) =>
    found.some(({ secrets }) => secrets.includes(name))
      ? 'secret'
      : found.some(({ users = [] }) => users.includes(name))
        ? 'user'
        : undefined;
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
  add(start, end);
}
