/** The connectors of the tenant. */
import { PageHeader } from '../../parts/page-header';

export function Page() {
  return <PageHeader title="Connectors" />;
}
