/** Long text in a row: columns `text0`, `text1`, … of at most 30,000 characters. */
const maxColumnLength = 30_000;

export function toTextColumns(text: string): Readonly<Record<string, string>> {
  const columns: Record<string, string> = {};
  for (let start = 0, n = 0; start < text.length || n === 0; n++) {
    const end = endOfColumn(text, start);
    columns[`text${n}`] = text.slice(start, end);
    start = end;
  }
  return columns;
}

export function fromTextColumns(row: Readonly<Record<string, unknown>>): string {
  let text = '';
  for (let n = 0; typeof row[`text${n}`] === 'string'; n++) text += row[`text${n}`] as string;
  return text;
}

/** A surrogate pair stays in one column: half of it has no UTF-8 form. */
function endOfColumn(text: string, start: number): number {
  const end = Math.min(start + maxColumnLength, text.length);
  const last = text.charCodeAt(end - 1);
  return end < text.length && last >= 0xd800 && last <= 0xdbff ? end - 1 : end;
}
