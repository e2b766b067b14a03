/** The output of a bench: a name, a figure with its unit, and its aim. */
export interface Figure {
  readonly text: string;
  readonly aim?: string;
  readonly met?: boolean;
}

/** Prints one line. A name without a figure is a heading. */
export type Report = (name: string, figure?: string | Figure) => void;

export const printFigure: Report = (name, figure) => {
  if (figure === undefined) return console.log(`\n${name}`);
  const { text, aim, met }: Figure = typeof figure === 'string' ? { text: figure } : figure;
  const aimText = aim === undefined ? '' : `aim ${aim}${met ? '' : ', missed'}`;
  console.log(`  ${name.padEnd(58)} ${text.padEnd(30)} ${aimText}`.trimEnd());
};

export const atMost = (value: number, limit: number, unit: string): Figure => ({
  text: `${formatNumber(value)} ${unit}`.trimEnd(),
  aim: `${limit === 0 ? '' : 'at most '}${formatNumber(limit)} ${unit}`.trimEnd(),
  met: value <= limit,
});

export const atLeast = (value: number, limit: number, unit: string): Figure => ({
  text: `${formatNumber(value)} ${unit}`.trimEnd(),
  aim: `at least ${formatNumber(limit)} ${unit}`.trimEnd(),
  met: value >= limit,
});

/** Three significant digits, which is the precision of a bench. */
export const formatNumber = (value: number): string =>
  Math.abs(value) >= 100
    ? Math.round(value).toLocaleString('en-GB')
    : String(Number(value.toPrecision(3)));

export const formatMs = (value: number): string => `${formatNumber(value)} ms`;
