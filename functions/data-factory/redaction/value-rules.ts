/** Judges values by their form, where the name or the position does not decide. */
import { hole, redacted } from './ranges';

/** Flags and empty values say nothing about a secret. */
const harmlessWord = /^(?:|true|false|yes|no|null|none|undefined|on|off|\*+)$/i;

export const isHarmlessWord = (value: string): boolean =>
  value.length <= 200 && harmlessWord.test(value.trim());

/** `${name}`, `$(name)`, `{{name}}`, `%NAME%`, `#{name}#`, `$.path`: a value that is filled in later. */
const placeholder =
  /^(?:\$\{[\w.:-]{1,80}\}|\$\([\w.:-]{1,80}\)|\{\{[ \w.:-]{1,80}\}\}|%[A-Za-z_]\w{0,60}%|#\{[ \w.:-]{1,80}\}#?|\$(?:\.|\[['\d])[\w.[\]'*-]{1,80})$/;

export const isPlaceholder = (value: string): boolean =>
  value.length <= 90 && placeholder.test(value);

/** Whether the value is a list of names: letters and separators, such as the columns of a key. */
export function isIdentifierList(value: string): boolean {
  if (value.length > 2_000) return false;
  return /^[\p{L}_$#"'`[][\p{L}_$#\s.,;|[\]"`'-]*$/u.test(value);
}

const sparkValue = /^(?:true|false|-?\d{1,6}(?:\.\d{1,4})?(?:[kmgt]b?|b|ms|s|min|h|d|%)?)$/i;

/** A number, a size, a time or a flag, which a setting of Spark with a plain name holds. */
export const isSparkValue = (value: unknown): boolean =>
  typeof value === 'number' || (typeof value === 'string' && sparkValue.test(value));

const harmlessQueryValue =
  /^(?:\d{1,6}(?:\.\d{1,6}){0,3}|v\d{1,3}(?:\.\d{1,4})?|true|false|yes|no|asc|desc|null|\d{4}-\d\d(?:-\d\d)?(?:T[\d:.%A]{4,24}Z?)?(?:-preview)?)?$/i;

/** Numbers of up to six digits, flags, dates and versions. */
export const isHarmlessQueryValue = (value: string): boolean =>
  value.length <= 60 && harmlessQueryValue.test(value);

/** Whether the value contains nothing but expressions, marks and punctuation. */
export const hasNoContent = (value: string): boolean =>
  !/[\p{L}\p{N}]/u.test(value.replaceAll(redacted, '')) && value.length < 40
    ? true
    : value.replaceAll(hole, '') === '';

/** A word with letters and digits that is no path, call, time or expression. */
export const isMixed = (value: string): boolean =>
  value.length >= 6 &&
  /\d/.test(value) &&
  /\p{L}/u.test(value) &&
  !/[/\\(){}@[\]]|^\d[\d:.-]*T?[\d:.]*Z?$|^v?\d+(?:\.\d+)+|\d{4}-\d\d-\d\d/.test(value);

/** `token2`, `t.token`, `@token1`: a word that names a column, a variable or a parameter. */
export const isName = (value: string): boolean =>
  /^[@:$]?[\p{L}_.]{1,128}\d{0,2}$/u.test(value) || /^\w{1,64}\.\w{1,64}$/.test(value);

/** Schemes that precede a credential in a header. */
const scheme =
  /^(?:bearer|basic|digest|token|apikey|api-key|negotiate|ntlm|sharedkey|sharedkeylite|sharedaccesssignature|aad|oauth|splunk|zoho-oauthtoken|key)$/i;

/** Parts of an expression that are shown even where literals are hidden. */
const harmlessPart =
  /^(?:https?:\/\/|\.(?:[a-z]{1,20}\.){0,3}(?:windows\.net|azure\.com|azure\.net|azuresynapse\.net|azurewebsites\.net|microsoft\.com|azuredatabricks\.net)[/:]{0,2})$/i;

/** A literal inside an expression at a place where secrets live. */
export function isHarmlessPart(value: string): boolean {
  if (value.length > 120) return false;
  const text = value.trim();
  return (
    !/[\p{L}\p{N}]/u.test(text) || scheme.test(text.replace(/[:=]$/, '')) || harmlessPart.test(text)
  );
}

/**
 * Classes of neighboring characters change often in generated texts and seldom in names. Capital
 * letters are frequent in them, and digits occur in more than one place.
 */
export function looksRandom(text: string, minLength: number): boolean {
  if (text.length < minLength) return false;
  let changes = 0;
  let pairs = 0;
  let capitals = 0;
  let smalls = 0;
  let digitGroups = 0;
  let before = 0;
  for (let index = 0; index < text.length; index++) {
    const now = classOf(text.charCodeAt(index));
    if (now === digit && before !== digit) digitGroups++;
    else if (now === capital) capitals++;
    else if (now === small) smalls++;
    if (now !== other && before !== other) {
      pairs++;
      if (now !== before) changes++;
    }
    before = now;
  }
  const isMixed = digitGroups >= 2 && capitals * 7 >= text.length && smalls * 7 >= text.length;
  return isMixed && pairs >= minLength * 0.7 && changes / pairs >= 0.42;
}

const other = 0;
const digit = 1;
const capital = 2;
const small = 3;

const classOf = (code: number): number =>
  code >= 48 && code <= 57
    ? digit
    : code >= 65 && code <= 90
      ? capital
      : code >= 97 && code <= 122
        ? small
        : other;

const quotedName = /^\s{0,20}\(?['"`]?[\p{L}_$#][\p{L}_$#\s.-]{0,80}\d{0,4}['"`]?\)?\s{0,20}$/u;

/** Whether the inside of a list consists of names, which may end with a number. */
export const isListOfNames = (value: string): boolean =>
  value.length <= 4_000 &&
  value.split(',').every((item) => item.length < 128 && quotedName.test(item));
