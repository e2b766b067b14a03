/** The status of a run of Data Factory. */
import { wordsOf } from '../../parts/format';
import { Pill, type Tone } from '../../parts/pill';

const tones: Readonly<Record<string, Tone>> = {
  Succeeded: 'good',
  Failed: 'bad',
  TimedOut: 'bad',
  InProgress: 'active',
  Cancelled: 'neutral',
};

export const RunStatus = ({ status }: { readonly status: string }) => (
  <Pill tone={tones[status] ?? 'neutral'} label={wordsOf(status)} />
);
