/** Small HTML pages for browsers: no scripts, no frames, every value escaped. */

export interface BrowserPage {
  readonly title: string;
  /** Texts come from the code. A page never shows a part of a request. */
  readonly paragraphs: readonly string[];
  /** Stored values, such as names. They may contain any text, which cannot affect its labels. */
  readonly facts?: readonly { readonly label: string; readonly value: string }[];
  readonly form?: PageForm;
}

export interface PageForm {
  /** Path of this app that gets the form. */
  readonly action: string;
  /** Hidden fields. */
  readonly fields: Readonly<Record<string, string>>;
  /** Each submits the form with its name and value. */
  readonly buttons: readonly {
    readonly name: string;
    readonly value: string;
    readonly label: string;
  }[];
}

const policy =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

/** `formTargets` are the sources that a form may be sent to, or be redirected to by us. */
export const pageHeadersFor = (formTargets: readonly string[]) => ({
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': `${policy}; form-action ${formTargets.join(' ') || "'none'"}`,
  'X-Frame-Options': 'DENY',
});

export const pageHeaders = pageHeadersFor([]);

const style =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:15vh auto;padding:0 1rem}' +
  'dt{font-weight:600}dd{margin:0 0 .75rem;overflow-wrap:anywhere}' +
  'button{font:inherit;padding:.5rem 1.25rem;margin-right:.5rem}';

export const page = ({ title, paragraphs, facts = [], form }: BrowserPage): string =>
  `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
${facts.length > 0 ? `<dl>${facts.map(factHtml).join('')}</dl>\n` : ''}${paragraphs.map((text) => `<p>${escaped(text)}</p>`).join('\n')}
${form ? formHtml(form) : ''}</body>
</html>
`;

/** `bdi` keeps the direction of a name from reordering the text around it. */
const factHtml = ({ label, value }: { readonly label: string; readonly value: string }) =>
  `<dt>${escaped(label)}</dt><dd><bdi>${escaped(value)}</bdi></dd>`;

const formHtml = ({ action, fields, buttons }: PageForm) =>
  `<form method="post" action="${escaped(action)}">
${Object.entries(fields)
  .map(([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`)
  .join('\n')}
${buttons
  .map(
    ({ name, value, label }) =>
      `<button name="${escaped(name)}" value="${escaped(value)}">${escaped(label)}</button>`,
  )
  .join('\n')}
</form>
`;

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};
const escaped = (text: string) => text.replace(/[&<>"]/g, (character) => entities[character]!);
