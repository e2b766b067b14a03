/** Texts that people choose and other people read: names and descriptions. */
import { z } from 'zod';

/**
 * Characters that cannot be seen or that change the direction of text around them: controls, format
 * characters, separators of lines and paragraphs, and blanks that Unicode counts as letters.
 */
const visible = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]*$/u;

/**
 * Normalized by NFKC (Unicode Standard Annex 15) and trimmed, so that two texts that look alike are
 * equal.
 */
export const displayText = (maxLength: number) =>
  z
    .string()
    .normalize('NFKC')
    .trim()
    .min(1)
    .max(maxLength)
    .regex(visible, 'must not contain invisible or bidirectional control characters');
