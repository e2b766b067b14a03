/** Paths of URLs that are secrets: incoming webhooks, and keys as segments. */
import { nextOf, type AddRange } from './ranges';
import { judgeName } from './secret-names';

/** Addresses that are secrets as a whole: the rest of the path is hidden. */
const webhookAddress =
  /(?:hooks\.slack\.com\/(?:services|workflows|triggers)|hooks\.slack-gov\.com\/services|webhook\.office\.com\/webhook[a-z]?\d?|outlook\.office(?:365)?\.com\/webhook|discord(?:app)?\.com\/api\/webhooks|logic\.azure\.(?:com|us|cn)(?::443)?\/workflows|powerplatform\.com(?::443)?\/(?:powerautomate|workflows)[\w/]{0,40}|hooks\.zapier\.com\/hooks|maker\.ifttt\.com\/trigger\/[\w-]{1,60}\/with\/key|api\.telegram\.org\/bot|events\.pagerduty\.com\/integration|open\.(?:feishu\.cn|larksuite\.com)\/open-apis\/bot\/v2\/hook|hc-ping\.com|datadoghq\.(?:com|eu)\/v1\/input|webhook\.site|hooks?\.[a-z0-9.-]{1,80}\.(?:com|io|net|cloud)|azure-automation\.net\/webhooks)(?=[/\w?-])/gi;
/** The rest of the path is hidden if it is more than words. */
const webhookSegment = /\/(?:incoming-)?(?:web)?hooks?(?:b2|-test)?\//gi;

/** Words with hyphens, and short versions of them: `orders-in/v2`. */
const isWords = (path: string): boolean =>
  /^(?:[\p{L}_-]{0,60}\d{0,2}(?:\/|$)){0,20}$/u.test(path.slice(0, 1_000));

/** Hosts whose paths hold ids in hexadecimal: versions of secrets, commits, pages. */
const idHosts =
  /(?:^|\.)(?:azure\.(?:net|com)|windows\.net|azuresynapse\.net|microsoft\.com|office\.com|sharepoint\.com|visualstudio\.com|powerbi\.com|github\.com|githubusercontent\.com|gitlab\.com|bitbucket\.org|notion\.(?:so|com))(?::\d{1,5})?$/i;

/** Segments that are keys: `/forecast/0123…/`, `/apikey/…/`. */
export function scanPath(
  text: string,
  from: number,
  start: number,
  end: number,
  add: AddRange,
): void {
  if (end - start < 10 || end - start > 4_000) return;
  if (idHosts.test(text.slice(from, start).replace(/^.*@/, ''))) return;
  let name = '';
  let at = start + 1;
  for (const segment of text.slice(start + 1, end).split('/')) {
    if ((isKeyName(name) && isMixed(segment)) || isHexKey(segment)) add(at, at + segment.length);
    name = segment;
    at += segment.length + 1;
  }
}

/** `keys` and `tokens` are collections. */
const isKeyName = (name: string): boolean => !/s$/i.test(name) && judgeName(name) === 'secret';

/** Letters and digits that are no word with a number. */
const isMixed = (segment: string): boolean =>
  segment.length >= 8 &&
  /^[\w.~+=%-]+$/.test(segment) &&
  /\d/.test(segment) &&
  /[a-z]/i.test(segment) &&
  !/^[a-z_-]+\d{1,2}$/i.test(segment);

const isHexKey = (segment: string): boolean =>
  /^[a-f0-9]{32}$/i.test(segment) && /\d/.test(segment) && /[a-f]/i.test(segment);

/** Addresses that are secrets, with or without a scheme. */
export function scanWebhooks(text: string, add: AddRange): void {
  if (!/hook|logic\.azure|powerplatform|pagerduty|ifttt|telegram|hc-ping|datadoghq/i.test(text))
    return;
  const endOf = nextOf(text, /[\s"'<>`\\]/);
  for (const pattern of [webhookAddress, webhookSegment]) {
    pattern.lastIndex = 0;
    for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
      if (
        pattern === webhookSegment &&
        !text.slice(Math.max(0, match.index - 300), match.index).includes('//')
      )
        continue;
      const start = match.index + match[0].length;
      const end = endOf(start);
      const from = text[start] === '/' ? start + 1 : start;
      const query = text.slice(from, end).indexOf('?');
      const stop = query < 0 ? end : from + query;
      if (pattern === webhookAddress || !isWords(text.slice(from, stop))) add(from, stop);
      pattern.lastIndex = Math.max(end, start);
    }
  }
}
