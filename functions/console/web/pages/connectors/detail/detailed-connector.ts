/** A connector with its filters, which a list does not read. */
import type { Output } from '../../../api/endpoint-types';

export type DetailedConnector = Output<'getConnector'>;
