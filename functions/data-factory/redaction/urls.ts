/** URLs: user part, query and the paths that are secrets. Scheme, host and other paths stay. */
import { isHarmlessQueryName } from './harmless-names';
import { hole, nextOf, type AddRange } from './ranges';
import { judgeName } from './secret-names';
import { hasNoContent, isHarmlessQueryValue, isIdentifierList, isPlaceholder } from './value-rules';
import { isToken } from './token-shapes';

/** In these schemes the part before `@` is a container. */
const containerScheme = /^(?:abfss?|wasbs?)$/i;
/** In these schemes a user without a password is a name. In others it may be a token. */
const tokenScheme = /^(?:https?|git|ftps?)$/i;

/** Addresses that are secrets as a whole: the rest of the path is hidden. */
const webhookAddress =
  /(?:hooks\.slack\.com\/(?:services|workflows|triggers)|hooks\.slack-gov\.com\/services|webhook\.office\.com\/webhook[a-z]?\d?|outlook\.office(?:365)?\.com\/webhook|discord(?:app)?\.com\/api\/webhooks|logic\.azure\.(?:com|us|cn)(?::443)?\/workflows|powerplatform\.com(?::443)?\/(?:powerautomate|workflows)[\w/]{0,40}|hooks\.zapier\.com\/hooks|maker\.ifttt\.com\/trigger\/[\w-]{1,60}\/with\/key|api\.telegram\.org\/bot|events\.pagerduty\.com\/integration|hooks?\.[a-z0-9.-]{1,80}\.(?:com|io|net|cloud)|azure-automation\.net\/webhooks)(?=[/\w?-])/gi;
const webhookSegment = /\/(?:incoming-)?webhooks?(?:b2|-test)?\//gi;

export function scanUrls(text: string, add: AddRange): void {
  const reader = new UrlReader(text, add);
  for (let at = text.indexOf('://'); at >= 0; at = text.indexOf('://', reader.read(at)));
}

/** Reads a whole text as a URL, which may lack scheme and host: `orders?code=…`. */
export function scanRelativeUrl(text: string, add: AddRange): void {
  const query = text.indexOf('?');
  if (query >= 0) scanQuery(text, query + 1, text.length, add);
}

/** Whether a text is a relative address with a query, so that it can be read as one. */
export const isRelativeUrl = (text: string): boolean =>
  text.length < 8_000 && /^[^\s?'"`<>{}|\\^]*\?[\w.$~%-]{1,80}=/.test(text) && !text.includes(' ');

class UrlReader {
  /** First character that cannot be part of the URL. */
  readonly endOf;
  private readonly nextAt;
  private readonly endOfAuthority;
  private readonly nextQuery;
  private readonly nextFragment;

  constructor(
    private readonly text: string,
    private readonly add: AddRange,
  ) {
    this.endOf = nextOf(text, /[\s"'<>`\\]/);
    this.nextAt = nextOf(text, /@/);
    this.endOfAuthority = nextOf(text, /[/?#\s"'<>`\\;]/);
    this.nextQuery = nextOf(text, /\?/);
    this.nextFragment = nextOf(text, /#/);
  }

  /** Returns the position from which to look for the next URL. */
  read(colon: number): number {
    const { text } = this;
    const from = colon + 3;
    const end = this.endOf(from);
    const authorityEnd = this.readUser(colon, from, end);
    const query = this.nextQuery(authorityEnd);
    const fragment = this.nextFragment(authorityEnd);
    if (query < end) scanQuery(text, query + 1, end, this.add);
    if (fragment < end) scanFragment(text, fragment + 1, end, this.add);
    return Math.min(query, fragment) < end ? end : from;
  }

  /** Returns the end of the authority. */
  private readUser(colon: number, from: number, end: number): number {
    const { text, add } = this;
    const scheme =
      /[a-z][a-z0-9+.-]{0,20}$/i.exec(text.slice(Math.max(0, colon - 22), colon))?.[0] ?? '';
    const authorityEnd = Math.min(this.endOfAuthority(from), end);
    const at = this.nextAt(from);
    if (at < authorityEnd) {
      const last = text.slice(from, authorityEnd).lastIndexOf('@') + from;
      const user = text.slice(from, last);
      if (user.includes(':')) addUser(user, from, last, add, containerScheme.test(scheme));
      else if (tokenScheme.test(scheme)) add(from, last);
      return authorityEnd;
    }
    // A password that contains a slash, a question mark or a number sign: `user:pa/ss@host`.
    const authority = text.slice(from, authorityEnd);
    const port = authority.indexOf(':');
    const isPort = port < 0 || /^\d{0,5}$/.test(authority.slice(port + 1).replaceAll(hole, ''));
    if (isPort || at >= end) return authorityEnd;
    add(from, at);
    return Math.max(at, authorityEnd);
  }
}

function addUser(user: string, from: number, end: number, add: AddRange, isContainer: boolean) {
  add(isContainer ? from + user.indexOf(':') + 1 : from, end);
}

/** Pairs of a query. `&`, `;` and `,` separate them. */
export function scanQuery(text: string, from: number, end: number, add: AddRange): void {
  let start = from;
  for (let at = from; at <= end; at++) {
    const character = text.charCodeAt(at);
    const isEnd = at === end;
    const isFragment = character === 35;
    if (!isEnd && character !== 38 && !isFragment && !(character === 59 && startsPair(text, at)))
      continue;
    judgePair(text, start, at, add);
    start = at + 1;
    if (isFragment) break;
  }
}

/** Whether a name and `=` follow the separator. */
const startsPair = (text: string, at: number) =>
  /^.\s?[\w.$-]{1,40}=/.test(text.slice(at, at + 44));

function judgePair(text: string, start: number, end: number, add: AddRange): void {
  const pair = text.slice(start, end);
  const equals = pair.indexOf('=');
  if (equals < 0) {
    if (
      (!isIdentifierList(pair) && !isHarmlessQueryValue(pair) && !hasNoContent(pair)) ||
      pair.length > 24
    )
      add(start, end);
    return;
  }
  const rawName = pair.slice(0, equals);
  const name = decoded(rawName.replace(/^(?:amp;|\?)/, ''));
  const value = pair.slice(equals + 1);
  if ((hasNoContent(value) && !value.includes(hole)) || isPlaceholder(value)) return;
  const verdict = judgeName(name);
  const isHarmless =
    verdict !== 'secret' &&
    (isHarmlessQueryName(name)
      ? !isToken(value)
      : isHarmlessQueryValue(value) && !/^code$/i.test(name));
  if (!isHarmless) add(start + equals + 1, end);
}

function decoded(name: string): string {
  if (!name.includes('%') || name.length > 300) return name;
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** A fragment holds pairs after a sign-in (`#access_token=…`), else it is the position in a page. */
function scanFragment(text: string, from: number, end: number, add: AddRange): void {
  const equals = text.indexOf('=', from);
  if (equals >= 0 && equals < Math.min(end, from + 200)) scanQuery(text, from, end, add);
}

/** Addresses that are secrets, with or without a scheme. */
export function scanWebhooks(text: string, add: AddRange): void {
  if (!/hook|logic\.azure|powerplatform|pagerduty|ifttt|telegram/i.test(text)) return;
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
      add(from, query < 0 ? end : from + query);
      pattern.lastIndex = Math.max(end, start);
    }
  }
}
