/** Counts of run history. Pure, so that orchestrators may import it. */

export interface RunTally {
  readonly pipelineRuns: number;
  readonly triggerRuns: number;
  /** Runs whose activities were read. */
  readonly runsWithActivities: number;
  /** Runs whose activities later syncs will read. */
  readonly remaining: number;
}

export const emptyRunTally: RunTally = {
  pipelineRuns: 0,
  triggerRuns: 0,
  runsWithActivities: 0,
  remaining: 0,
};

/** The sum over several factories. */
export const addRunTallies = (tallies: readonly RunTally[]): RunTally =>
  tallies.reduce(
    (sum, { remaining, ...counts }) => ({
      ...addRunCounts(sum, counts),
      remaining: sum.remaining + remaining,
    }),
    emptyRunTally,
  );

/** Adds what was read. `remaining` is not added: the last step has the current number. */
export const addRunCounts = (tally: RunTally, more: Partial<RunTally>): RunTally => ({
  pipelineRuns: tally.pipelineRuns + (more.pipelineRuns ?? 0),
  triggerRuns: tally.triggerRuns + (more.triggerRuns ?? 0),
  runsWithActivities: tally.runsWithActivities + (more.runsWithActivities ?? 0),
  remaining: more.remaining ?? tally.remaining,
});
