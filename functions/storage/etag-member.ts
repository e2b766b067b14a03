import { z } from 'zod';

/**
 * Member of every body and list item that has a version, because a browser of another origin and a
 * reader of a list see no header ETag of it.
 */
export const etagMember = z.string().describe('Version for If-Match; equal to the header ETag.');
