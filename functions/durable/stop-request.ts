/** A request to pause or cancel a sync run. Steps check for it between pages. */
export type StopRequest = 'paused' | 'cancelled';

/** Resolves to the request that the run has received, if any. */
export type CheckStopRequest = () => Promise<StopRequest | undefined>;

/** The result of a step that may stop early. */
export interface Stoppable {
  /** Absent unless the step stopped because of the request. */
  readonly stopRequest?: StopRequest;
}
