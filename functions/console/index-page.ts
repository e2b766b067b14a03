/** The one HTML page of the console, and its content security policy. */

/** Files of a build that the first page needs. */
export interface EntryFiles {
  readonly script: string;
  readonly styles: readonly string[];
  /** Scripts that the first one imports: fetched at once instead of one after another. */
  readonly preloads: readonly string[];
}

export const assetPath = '/api/console/assets';

/** No inline script, no other host than this one and the authority that people sign in at. */
export function contentSecurityPolicy(nonce: string, authority: string): string {
  const signIn = new URL(authority).origin;
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src 'self' ${signIn}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
    `form-action 'self' ${signIn}`,
  ].join('; ');
}

/** The script takes the nonce of its style elements from the element `csp-nonce`. */
export const indexPage = ({ script, styles, preloads }: EntryFiles, nonce: string): string =>
  `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>adf-connect</title>
<meta id="csp-nonce" nonce="${nonce}">
<link rel="icon" href="data:image/svg+xml,${icon}">
${styles.map((name) => `<link rel="stylesheet" href="${assetPath}/${name}">`).join('\n')}
${preloads.map((name) => `<link rel="modulepreload" href="${assetPath}/${name}">`).join('\n')}
<script type="module" src="${assetPath}/${script}"></script>
</head>
<body>
<div id="root"></div>
<noscript>The console needs JavaScript.</noscript>
</body>
</html>
`;

const icon = encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#3b5bdb"/><path d="M9 21V11m0 5h7a5 5 0 0 0 5-5m-5 5a5 5 0 0 1 5 5" fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round"/><circle cx="23" cy="10" r="2.6" fill="#fff"/><circle cx="23" cy="22" r="2.6" fill="#fff"/></svg>',
);
