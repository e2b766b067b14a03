/** Sends OpenLineage events that are due. */
import type { InvocationContext } from '@azure/functions';
import { failureLine } from '../../errors/log-failure';
import { throwFirst } from '../../errors/own-failure';
import type { OpenLineageServices } from '../services';

type PushServices = Pick<OpenLineageServices, 'openLineagePushes'>;

/** A failure of a receiver is a result. Any other failure delays no other push, then the task fails. */
export async function pushOpenLineage(
  { openLineagePushes }: PushServices,
  context: InvocationContext,
  tenantId?: string,
): Promise<void> {
  const failures: unknown[] = [];
  const fail = (error: unknown) => {
    context.warn(failureLine('openlineage.push_failed', error));
    failures.push(error);
  };
  await openLineagePushes.pushDue(fail, tenantId);
  throwFirst(failures);
}
