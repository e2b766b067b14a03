/** Arguments that several tools take. */
import { z } from 'zod';

const text = (description: string, max = 400) => z.string().min(1).max(max).describe(description);

export const connectorId = text('Id of the connector, from connector_status.', 100);
export const factory = text('Name or ARM id of a factory. Absent: all factories.').optional();
export const time = (description: string) =>
  z.iso.datetime({ offset: true }).max(40).optional().describe(description);
export const name = text;

/** A page of a list. */
export const paging = {
  limit: z.int().min(1).max(100).default(25).describe('Maximum number of items.'),
  cursor: z.string().max(4_096).optional().describe('nextCursor of the last answer, unchanged.'),
};
