/** The script of a data flow: one text, a list of lines, or a text per transformation. */
import { getField, getText, isList, type Json } from '../json';

export function scriptOf(typeProperties: Json | undefined): string {
  const lines = getField(typeProperties, 'scriptLines');
  if (isList(lines)) return lines.filter((line) => typeof line === 'string').join('\n');
  const script = getText(typeProperties, 'script');
  if (script !== undefined && script !== '') return script;
  return ['sources', 'transformations', 'sinks']
    .flatMap((list) => {
      const items = getField(typeProperties, list);
      return isList(items) ? items.map((item) => getText(item, 'script') ?? '') : [];
    })
    .filter((text) => text !== '')
    .join('\n');
}
