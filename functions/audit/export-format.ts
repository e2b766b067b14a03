/** Formats of an export and their media types. */
export const exportFormats = {
  csv: 'text/csv; charset=utf-8; header=present',
  jsonl: 'application/jsonl; charset=utf-8',
} as const;
export type ExportFormat = keyof typeof exportFormats;
