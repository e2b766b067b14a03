/**
 * The one place that makes lines of the log. A line is JSON: `event` names the subject and what happened
 * to it, such as `step.finished`; queries and alerts of the deployment search for the other members.
 */
export interface LogFields {
  readonly connectorId?: string | undefined;
  readonly syncRunId?: string | undefined;
  /** Instance of the orchestration. */
  readonly instanceId?: string | undefined;
  /** What a sync reads: a kind of resource, or run history. */
  readonly phase?: string | undefined;
  readonly durationMs?: number | undefined;
  readonly outcome?: 'succeeded' | 'failed' | 'refused' | undefined;
  readonly [name: string]: string | number | boolean | undefined;
}

/** Texts of libraries may quote a request, so secrets in them are redacted. */
export const logLine = (event: string, fields: LogFields = {}): string =>
  JSON.stringify({ event, ...fields }, (_name, value: unknown) =>
    typeof value === 'string' ? withoutSecrets(value) : value,
  );

const maxCharacters = 4_000;
const redacted = '[redacted]';

const rules: readonly (readonly [RegExp, string])[] = [
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${redacted}`],
  [/\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?/g, redacted],
  [/(https?:\/\/[^\s?"'<>]{1,500})\?[^\s"'<>]+/gi, `$1?${redacted}`],
  [
    /\b((?:client_?|shared)?(?:secret|password|pwd|passphrase|api_?key|access_?key|account_?key|access_?token|refresh_?token|id_?token|device_?code|code_?verifier|assertion|sig))(["']?\s{0,3}[=:]\s{0,3}["']?)[^\s"'&;,}]+/gi,
    `$1$2${redacted}`,
  ],
];

function withoutSecrets(text: string): string {
  const bounded = text.length > maxCharacters ? `${text.slice(0, maxCharacters)}…` : text;
  return rules.reduce((result, [pattern, value]) => result.replace(pattern, value), bounded);
}
