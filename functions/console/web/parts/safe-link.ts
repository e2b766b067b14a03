/** Which addresses of responses may become links: pages of Microsoft and of this app. Pure. */
const hosts =
  /(^|\.)(microsoft\.com|microsoftonline\.com|microsoftonline\.us|azure\.com|azure\.us|azure\.cn|live\.com)$/;

export function isSafeLink(address: string, origin = 'https://app.invalid'): boolean {
  try {
    const url = new URL(address, origin);
    const isLoopback = url.hostname === '127.0.0.1' || url.hostname === 'localhost';
    if (isLoopback) return url.protocol === 'http:' || url.protocol === 'https:';
    return url.protocol === 'https:' && (url.origin === origin || hosts.test(url.hostname));
  } catch {
    return false;
  }
}
