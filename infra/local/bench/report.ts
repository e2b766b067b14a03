/** A line of the report: what was measured, and the figure with its unit. */
export type Report = (name: string, value: string) => void;

export async function timed<T>(work: () => Promise<T>): Promise<{ result: T; ms: number }> {
  const started = performance.now();
  const result = await work();
  return { result, ms: performance.now() - started };
}
