/** What a state means to the reader, from which its color follows. */
export type Tone = 'good' | 'bad' | 'warning' | 'active' | 'neutral';
