/**
 * Joins what is written within a moment: a write to a pipe wakes its reader, and one for each line of
 * the log took a quarter of the processor time of a small request.
 */
const delayMs = 20;

export interface BufferedOutput {
  readonly write: (text: string) => void;
  /** Writes the rest now, as before the end of the process. */
  readonly flush: () => void;
}

export function bufferedOutput(output: (text: string) => void): BufferedOutput {
  let pending = '';
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (pending === '') return;
    const text = pending;
    pending = '';
    output(text);
  };
  return {
    write(text) {
      pending += text;
      timer ??= setTimeout(flush, delayMs).unref();
    },
    flush,
  };
}
