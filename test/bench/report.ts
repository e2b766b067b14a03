/** What a bench prints: a name, a figure with its unit, and beside it what is aimed at. */
export interface Figure {
  readonly text: string;
  readonly aim?: string;
  readonly met?: boolean;
}

/** A line of the report; a name alone is a heading. */
export type Report = (name: string, figure?: string | Figure) => void;

export const printed: Report = (name, figure) => {
  if (figure === undefined) return console.log(`\n${name}`);
  const { text, aim, met }: Figure = typeof figure === 'string' ? { text: figure } : figure;
  const said = aim === undefined ? '' : `aim ${aim}${met ? '' : ', missed'}`;
  console.log(`  ${name.padEnd(58)} ${text.padEnd(30)} ${said}`.trimEnd());
};

export const atMost = (value: number, limit: number, unit: string): Figure => ({
  text: `${rounded(value)} ${unit}`.trimEnd(),
  aim: `${limit === 0 ? '' : 'at most '}${rounded(limit)} ${unit}`.trimEnd(),
  met: value <= limit,
});

export const atLeast = (value: number, limit: number, unit: string): Figure => ({
  text: `${rounded(value)} ${unit}`.trimEnd(),
  aim: `at least ${rounded(limit)} ${unit}`.trimEnd(),
  met: value >= limit,
});

/** Three digits are as much as a figure of a bench is worth. */
export const rounded = (value: number): string =>
  Math.abs(value) >= 100
    ? Math.round(value).toLocaleString('en-GB')
    : String(Number(value.toPrecision(3)));

export const inMs = (value: number): string => `${rounded(value)} ms`;
