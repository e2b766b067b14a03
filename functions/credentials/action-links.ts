/** The next action of a refusal, as a link into this API where there is one: what to call instead. */
import { RefusedError } from '../errors/app-error';

/** Below the connector, by the code of the refusal. */
const places: Readonly<Record<string, string>> = {
  mfa_required: 'device-sessions',
  mfa_enrollment_required: 'oauth/sessions',
  consent_required: 'admin-consent-url',
  admin_consent_required: 'admin-consent-url',
};

/** The same failure, with a link if there is one for it. */
export function linked(error: unknown, connectorId: string): unknown {
  const place = error instanceof RefusedError ? places[error.code] : undefined;
  if (!(error instanceof RefusedError) || place === undefined || !error.why.action) return error;
  const href = `/api/connectors/${connectorId}/${place}`;
  return new RefusedError(error.code, error.message, {
    ...error.why,
    action: { ...error.why.action, href },
  });
}
