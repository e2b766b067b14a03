/** Adds a link into this API to the next action of a refusal. */
import { RefusedError } from '../errors/app-error';

/** Path below the connector, by the code of the refusal. */
const pathsByCode: Readonly<Record<string, string>> = {
  mfa_required: 'device-sessions',
  mfa_enrollment_required: 'oauth/sessions',
  consent_required: 'admin-consent-url',
  admin_consent_required: 'admin-consent-url',
};

/** The same error, with a link if its code has one. */
export function withActionLink(error: unknown, connectorId: string): unknown {
  if (!(error instanceof RefusedError)) return error;
  const path = pathsByCode[error.code];
  const { action } = error.details;
  if (path === undefined || !action) return error;
  const href = `/api/connectors/${connectorId}/${path}`;
  return new RefusedError(error.code, error.message, {
    ...error.details,
    action: { ...action, href },
  });
}
