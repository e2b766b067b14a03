/** What the page of a run says about its failure. Pure. */
import type { Output } from '../../api/endpoint-types';

export type Explanation = Output<'explainPipelineRun'>;
export type Cause = NonNullable<Explanation['cause']>;

export const runPath = (connectorId: string, pipelineRunId: string): string =>
  `/connectors/${connectorId}/runs/${encodeURIComponent(pipelineRunId)}`;

/** Data Factory keeps failed runs under three statuses. */
export const isFailure = (status: string): boolean => /^(failed|timedout|cancelled)$/i.test(status);

/** What kind of failure it was, and who can do something about it. */
export const classTexts: Readonly<Record<Cause['errorClass'], string>> = {
  user: 'Data Factory calls it a user error: a query, a setting or a right is wrong. Correct it, then run the pipeline again.',
  service:
    'A service failed. Run the pipeline again; if it fails again, look at the state of the service.',
  timeout: 'It took too long. Look for what made it slow, or raise the timeout of the activity.',
  cancelled: 'It was cancelled.',
  unknown: 'Data Factory does not say what kind of error it is.',
};

export const gapTexts: Readonly<Record<Explanation['gaps'][number], string>> = {
  activity_runs_not_read:
    'The activities of a run of the chain are not stored, so the cause may lie deeper.',
  pipeline_not_in_catalog:
    'A pipeline of the chain is not in the catalog, so skipped activities may be missing.',
  started_run_not_found: 'A run that an activity started is not stored.',
  more_changes: 'There are more changes than are shown.',
};

/** How often the activity failed in the runs before, as a sentence. */
export function recordText(earlierRuns: Explanation['earlierRuns']): string {
  const known = earlierRuns.flatMap(({ activity }) => (activity ? [activity] : []));
  if (known.length === 0) return 'No earlier run of this activity is stored.';
  const failed = known.filter(({ status }) => isFailure(status)).length;
  if (known.length === 1)
    return `The activity ${failed === 1 ? 'failed' : 'did not fail'} in its one earlier run that is stored.`;
  return `The activity failed in ${failed} of its ${known.length} earlier runs that are stored.`;
}
