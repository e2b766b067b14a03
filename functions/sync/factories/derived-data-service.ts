/** Updates what is derived from the documents of a factory, after its lists were read. */
import type { DocumentLoader } from '../../catalog/document-loader';
import { ConcurrencyLimiter } from '../../concurrency/concurrency-limiter';
import type { FactoryRef } from '../../data-factory/resource';
import { logFailure } from '../../errors/log-failure';
import type { ConnectorKey } from '../../storage/connector-key';
import type { FactoryTarget } from '../orchestration/step-messages';
import type { DerivedData } from '../ports';

/** An update holds the documents of its factory in memory, and is limited by the processor. */
const maxConcurrentUpdates = 2;

export class DerivedDataService {
  private readonly limiter = new ConcurrencyLimiter(maxConcurrentUpdates);

  constructor(
    /** In the order of their updates, by the name that a log line has. */
    private readonly derived: readonly (readonly [name: string, data: DerivedData])[],
    private readonly documentsOf: (connector: ConnectorKey, factory: FactoryRef) => DocumentLoader,
  ) {}

  /** Idempotent. A failure is logged and made good by the next sync run, so it does not fail this one. */
  update({ tenantId, connectorId, syncRunId, factory }: FactoryTarget): Promise<void> {
    return this.limiter.run(async () => {
      const documents = this.documentsOf({ tenantId, connectorId }, factory);
      for (const [name, data] of this.derived)
        try {
          await data.update(documents);
        } catch (error) {
          logFailure(`${name}.update_failed`, error, { connectorId, syncRunId });
        }
    });
  }
}
