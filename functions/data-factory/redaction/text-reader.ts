/**
 * The one reader of texts: returns a text without its secrets. Every string that is stored or shown passes it. The
 * place of a text decides how strictly it is judged. Expressions stay readable: their literals are judged as the text
 * that they form at run time, so `concat('Password=', 'x')` is read as `Password=x`.
 */
import { addUnlessHarmless, scanBody } from './body-text';
import { scanCode } from './code/code-text';
import { withoutComments } from './code/literals';
import { mayBeCommand, scanAssignments, scanCommandLine } from './command-line';
import { scanConnectionString, scanUserName } from './connection-text';
import { globalParameterReferences } from '../references';
import { ExpressionReader, type Place } from './expression-reader';
import { partsOf } from './expressions';
import {
  merged,
  overMarks,
  redacted,
  without,
  withoutFillers,
  withoutRanges,
  type AddRange,
  type Range,
} from './ranges';
import { scanNeighbors } from './neighbors';
import { scanPairs } from './pairs';
import { plainView } from './plain-view';
import { scanElements, scanStatements, scanUsers } from './statements';
import { scanEncoded, scanTokens } from './token-shapes';
import { isRelativeUrl, scanRelativeUrl, scanUrls } from './urls';
import { scanWebhooks } from './url-paths';

export type { Place } from './expression-reader';

/** Shortest text that can hold a name and a secret. */
const minLength = 5;
/** Characters that connect a name with its value. Without them, only tokens and sentences can be secrets. */
const hasConnector = /[=:：＝→⇒<%@?"'`]|&lt;|->|\s[-/]|^[-/]/;
const hasSentence =
  /(?:is|ist|was|by|lautet|to|bearer|basic|passw\w*|passe|passwort|kennwort|passphrase|passcode|pwd|pw|secret|token|key|apikey|contraseña|senha|wachtwoord|hasło|heslo|lösenord|salasana|credentials?|creds|zugangsdaten|log[io]n|anmeldung|pass|pin|otp)[\s[({~#…)]|spark\.|fs\.azure|пароль|密[码碼]|口令|パスワード|비밀번호/i;

const mayHoldSecret = (text: string): boolean =>
  text.length >= minLength &&
  (text.length >= 16 || hasConnector.test(text) || hasSentence.test(text));

/** Short texts without a secret: types, names and paths occur many times in a factory. */
const clean = new Set<string>();
const maxClean = 20_000;
const maxCleanLength = 80;

export function readText(text: string, place: Place = 'open'): string {
  if (text === '' || text === redacted) return text;
  if (place !== 'open') return withoutSecrets(text, place);
  if (!mayHoldSecret(text) || clean.has(text)) return text;
  const read = withoutSecrets(text, place);
  if (read === text && text.length <= maxCleanLength) {
    if (clean.size >= maxClean) clean.clear();
    clean.add(text);
  }
  return read;
}

function withoutSecrets(text: string, place: Place): string {
  if ((place === 'code' || place === 'url') && !mayHoldSecret(text)) return text;
  const ranges: Range[] = [];
  const add: AddRange = (start, end) => {
    if (end > start) ranges.push({ start, end });
  };
  const parts = partsOf(text);
  if (parts) new ExpressionReader(text, scan, mayHoldSecret, add).readParts(parts, place);
  else scan(text, place, add);
  if (ranges.length === 0) return text;
  return withoutRanges(
    text,
    without(overMarks(text, merged(ranges)), globalParameterReferences(text)),
  );
}

/** Texts that are read as one, such as the lines of a script. */
export function readLines(lines: readonly string[], place: Place): readonly string[] {
  const text = lines.join('\n');
  const read = readText(text, place);
  if (read === text) return lines;
  const result = read.split('\n');
  // A secret that spans lines takes their breaks with it.
  return result.length === lines.length
    ? result
    : lines
        .map((line) => readText(line, place))
        .map((line, index) => (line === lines[index] && read.includes(line) ? line : redacted));
}

/** Reads a text as it is written, as its reader sees it, and what is encoded in it. */
function scan(text: string, place: Place, add: AddRange): void {
  scanWritten(text, place, add);
  const view = plainView(text);
  if (view) scanWritten(view.text, place, view.inText(add));
  scanEncoded(text, (decoded) => holdsSecret(decoded), add);
}

function holdsSecret(text: string): boolean {
  let found = false;
  scanWritten(text, 'open', (start, end) => (found ||= end > start));
  return found;
}

function scanWritten(text: string, place: Place, add: AddRange): void {
  if (place === 'closed') return addUnlessHarmless(text, 0, text.length, add);
  if (place === 'body') scanBody(text, add);
  if (place === 'connection') scanConnectionString(text, add);
  if (place === 'user') scanUserName(text, add);
  if (place === 'url' || isRelativeUrl(text)) scanRelativeUrl(text, add);
  scanTokens(text, add);
  scanWebhooks(text, add);
  const isCommand = mayBeCommand(text);
  if (!isCommand && !text.includes('set') && !hasConnector.test(text) && !hasSentence.test(text))
    return;
  if (text.includes('://')) scanUrls(text, add);
  const isCodeText = place === 'code' || isCode(text);
  if (isCodeText) {
    scanPairs(text, 'code', add);
    scanCode(text, scanLiteral, add);
  } else scanPairs(text, 'text', add);
  const plain = withoutFillers(text);
  scanStatements(plain, add);
  // `PASSWORD /* of the owner */ = '…'`.
  if (isCodeText && text.includes('/*')) {
    const statements = withoutComments(plain);
    scanPairs(statements, 'code', add);
    scanStatements(statements, add);
  }
  scanNeighbors(plain, add);
  scanElements(text, add);
  scanUsers(text, add);
  if (/set|option|conf|put|header|propert/i.test(text)) scanAssignments(text, add);
  if (isCommand) scanCommandLine(text, add);
}

/** A literal of a script or a query. A query inside it is code again. */
function scanLiteral(text: string, add: AddRange, depth: number): void {
  if (!hasConnector.test(text)) return;
  if (text.includes('://')) scanUrls(text, add);
  if (isCode(text)) {
    scanPairs(text, 'code', add);
    scanCode(text, scanLiteral, add, depth);
  } else scanPairs(text, 'text', add);
  const plain = withoutFillers(text);
  scanStatements(plain, add);
  scanNeighbors(plain, add);
}

const sqlStart =
  /^\s{0,200}(?:--[^\n]{0,400}\n\s{0,200}){0,10}(?:\(\s{0,40})?(?:select|insert|update|delete\s+from|merge|create|alter|drop|exec|execute|truncate|with\s|declare|begin|grant|set\s+@|if\s+(?:not|exists|object_id)|copy\s+into|(?:backup|restore)\s+(?:table|database)|call)\b/i;
/** SQL, or a script of a data flow. */
const isCode = (text: string): boolean =>
  sqlStart.test(text.slice(0, 8_000)) || /\)\s{0,20}~>/.test(text);
