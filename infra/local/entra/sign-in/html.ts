/**
 * HTML pages. Values are escaped, and the content security policy allows only the page's own
 * script.
 */
import { createHash } from 'node:crypto';
import type { EmulatorResponse } from '../../emulator/server';
import { noStore } from '../entra-error';

/** Markup that is inserted without escaping. */
export class Markup {
  constructor(readonly text: string) {}
}

type HtmlValue = string | Markup | readonly Markup[] | undefined | false;

/** Fills a template and escapes every value that is not markup. */
export function html(template: TemplateStringsArray, ...values: HtmlValue[]): Markup {
  return new Markup(String.raw({ raw: template }, ...values.map(render)));
}

function render(value: HtmlValue): string {
  if (!value) return '';
  if (value instanceof Markup) return value.text;
  return typeof value === 'string' ? escape(value) : value.map(render).join('');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escape = (text: string) => text.replace(/[&<>"']/g, (character) => entities[character]!);

export const hidden = (fields: Readonly<Record<string, string>>) =>
  Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
  );

const style = `
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: #eef1f5; color: #1b1b1b;
    font: 16px/1.5 system-ui, sans-serif }
  main { box-sizing: border-box; width: min(28rem, 94vw); padding: 2.5rem; background: #fff;
    box-shadow: 0 2px 8px #0003 }
  h1 { margin: 0 0 1rem; font-size: 1.5rem; line-height: 1.25 }
  label { display: block; font-weight: 600 }
  input:not([type=checkbox]) { box-sizing: border-box; width: 100%; padding: .5rem; font: inherit;
    border: 1px solid #666 }
  .buttons { display: flex; gap: .5rem; justify-content: flex-end; margin-top: 1.5rem }
  button { padding: .5rem 1.25rem; font: inherit; border: 1px solid #666; background: #fff; cursor: pointer }
  button.main { background: #005a9e; border-color: #005a9e; color: #fff }
  .people { display: grid; gap: .5rem; margin-top: 2rem; border: 1px solid #ccc; padding: 1rem }
  .people legend { color: #555; font-size: .85rem }
  .people button { text-align: left }
  [role=alert] { color: #a4262c; font-weight: 600 }
  small, footer { color: #555; overflow-wrap: anywhere }
  footer { margin-top: 2rem; font-size: .8rem }
`;

export function page(title: string, content: Markup, options: PageOptions = {}): EmulatorResponse {
  const { status = 200, script } = options;
  const hash = script && `'sha256-${createHash('sha256').update(script).digest('base64')}'`;
  const body = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${title}</title>
        <style>
          ${new Markup(style)}
        </style>
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${content}
          <footer>Local emulator of Microsoft Entra ID</footer>
        </main>
        ${script && new Markup(`<script>${script}</script>`)}
      </body>
    </html>`;
  return {
    status,
    headers: {
      ...noStore,
      'content-type': 'text/html; charset=utf-8',
      'referrer-policy': 'no-referrer',
      'content-security-policy': `default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; script-src ${hash ?? "'none'"}`,
    },
    body: body.text,
  };
}

interface PageOptions {
  readonly status?: number;
  readonly script?: string;
}
