/**
 * What the name of a member says about its value, and about the object that it is a member of. The same names occur in
 * every document, so each is judged once.
 */
import type { Place } from './expression-reader';
import { isConnectionString, judgeName, type NameVerdict } from './secret-names';
import { isUserName } from './connection-text';
import { contentKeys, definitionKeys, isValueKey, nameKeys } from './object-shapes';

export interface KeyTraits {
  readonly verdict: NameVerdict;
  /** How a text is read that the name holds. */
  readonly place: Place;
  /** What the member is. Undefined for all other names. */
  readonly role:
    | 'queryParameters'
    | 'headers'
    | 'columnMappings'
    | 'body'
    | 'repository'
    | 'scriptLines'
    | undefined;
  /** `parameters`, by this name alone. */
  readonly isParameters: boolean;
  /** Holds parameters or variables by name. */
  readonly holdsParameters: boolean;
  /** One of the marks of an object that has such a member. */
  readonly marks: number;
}

/** Marks of objects. Several may be set. */
export const marks = {
  type: 1,
  value: 2,
  name: 4,
  definition: 8,
  sensitive: 16,
  cases: 32,
  content: 64,
} as const;

const known = new Map<string, KeyTraits>();
const maxKnown = 10_000;
const maxLength = 200;

export function traitsOf(key: string): KeyTraits {
  const traits = known.get(key);
  if (traits !== undefined) return traits;
  if (known.size >= maxKnown) known.clear();
  const judged = judgeKey(key);
  if (key.length <= maxLength) known.set(key, judged);
  return judged;
}

const judgeKey = (key: string): KeyTraits => ({
  verdict: judgeName(key),
  place: placeOf(key),
  role: roles.find(([names]) => names.test(key))?.[1],
  isParameters: /^parameters$/i.test(key),
  holdsParameters: holdsParameters.test(key),
  marks:
    (/^type$/i.test(key) ? marks.type : 0) |
    (isValueKey(key) ? marks.value : 0) |
    (nameKeys.test(key) ? marks.name : 0) |
    (definitionKeys.has(key.toLowerCase()) ? marks.definition : 0) |
    (/^isSensitive$/i.test(key) ? marks.sensitive : 0) |
    (/^cases$/i.test(key) ? marks.cases : 0) |
    (contentKeys.test(key) ? marks.content : 0),
});

const roles = [
  [/^queryParameters$/i, 'queryParameters'],
  [/headers$/i, 'headers'],
  [/^columnMappings?$/i, 'columnMappings'],
  [/^(?:body|requestBody|payload|formData)$/i, 'body'],
  [/^repoConfiguration$/i, 'repository'],
  [/^scriptLines$/i, 'scriptLines'],
] as const;

const holdsParameters =
  /(?:parameters|variables|^extendedProperties|^environmentVariables|^sparkConf|^defines|^arguments|^userProperties)$/i;

function placeOf(key: string): Place {
  if (/(?:url|uri|functionName|endpoint|address|link|hook)$/i.test(key)) return 'url';
  if (/script$/i.test(key)) return 'code';
  if (isUserName(key)) return 'user';
  return isConnectionString(key) ? 'connection' : 'open';
}
