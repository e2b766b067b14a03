/** URLs: user part and query. Scheme and host stay. */
import { isHarmlessQueryName } from './harmless-names';
import { hole, nextOf, type AddRange } from './ranges';
import { judgeName } from './secret-names';
import { hasNoContent, isHarmlessQueryValue, isIdentifierList, isPlaceholder } from './value-rules';
import { isToken } from './token-shapes';
import { scanPath } from './url-paths';

/** In these schemes the part before `@` is a container. */
const containerScheme = /^(?:abfss?|wasbs?)$/i;
/** In these schemes a user without a password is a name. In others it may be a token. */
const tokenScheme = /^(?:https?|git|ftps?)$/i;

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
    scanPath(text, from, authorityEnd, Math.min(query, fragment, end), this.add);
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
    // A domain before the user: `smb://domain;user:password@host`.
    const withDomain = /^;[\w.-]{1,60}:(?=[^\s:@/]{1,200}@)/.exec(
      text.slice(authorityEnd, authorityEnd + 300),
    );
    if (withDomain) {
      add(authorityEnd + withDomain[0].length, text.indexOf('@', authorityEnd));
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
