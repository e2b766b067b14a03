/** Where the browser returns to after a sign-in at Microsoft: on to the page of the connector. */
import { CircleHelp } from 'lucide-react';
import { Navigate, useSearchParams } from 'react-router';
import { Empty } from '../../../parts/empty';
import { PageHeader } from '../../../parts/page-header';
import { connectingId } from './returning';

export function Page() {
  const [parameters] = useSearchParams();
  const connectorId = connectingId();
  const session = parameters.get('session');
  if (connectorId !== undefined && session !== null)
    return (
      <Navigate to={`/connectors/${connectorId}?session=${encodeURIComponent(session)}`} replace />
    );
  return (
    <>
      <PageHeader title="Return to the console" />
      <Empty
        icon={CircleHelp}
        title="This tab did not start the sign-in"
        text="Open the connector to see whether it is connected."
      />
    </>
  );
}
