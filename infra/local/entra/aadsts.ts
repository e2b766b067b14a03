/**
 * Entra's AADSTS error numbers with status, OAuth error and text. {names} are filled in by the
 * thrower.
 */

export interface Aadsts {
  readonly error: string;
  readonly status: number;
  readonly text: string;
  readonly suberror?: string;
  /** Whether the response has a claims challenge, as responses of Conditional Access do. */
  readonly challenge?: boolean;
}

const row = (error: string, status: number) => (text: string, suberror?: string) =>
  ({ error, status, text, ...(suberror && { suberror }) }) satisfies Aadsts;

const client = row('invalid_client', 401);
const grant = row('invalid_grant', 400);
const request = row('invalid_request', 400);
const resource = row('invalid_resource', 400);
const scope = row('invalid_scope', 400);
const unauthorized = row('unauthorized_client', 400);
const denied = row('access_denied', 400);
const interaction = row('interaction_required', 400);
const busy = row('temporarily_unavailable', 503);
const throttled = row('temporarily_unavailable', 429);
const policy = (text: string, suberror: string) => ({ ...grant(text, suberror), challenge: true });

export const aadsts: Readonly<Record<number, Aadsts>> = {
  // App and credential.
  7000215: client(
    "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{app}'.",
  ),
  7000222: client(
    "The provided client secret keys for app '{app}' are expired. Create new keys for the app, or use certificate credentials for added security.",
  ),
  7000218: client(
    "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
  ),
  700025: client(
    "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
  ),
  700016: unauthorized(
    "Application with identifier '{app}' was not found in the directory '{tenant}'. The application may not be installed by the administrator of the tenant, or the request went to the wrong tenant.",
  ),
  700011: unauthorized(
    "Application with identifier '{app}' was not found in the directory associated with reply address.",
  ),
  7000229: unauthorized(
    'The client application {app} is missing service principal in the tenant {tenant}.',
  ),
  7000112: unauthorized("Application '{app}' is disabled."),
  70001: unauthorized("The application '{app}' is disabled."),
  9002326: request(
    "Cross-origin token redemption is permitted only for the 'Single-Page Application' client-type.",
  ),
  9002327: request(
    "Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin requests.",
  ),

  // Tenant.
  90002: request(
    "Tenant '{tenant}' not found. Check that the tenant ID and the cloud are correct.",
  ),
  50128: request(
    'Invalid domain name. No tenant-identifying information was found in the request or implied by any provided credentials.',
  ),
  50059: request(
    'No tenant-identifying information was found in the request or implied by any provided credentials.',
  ),
  900023: request(
    "Specified tenant identifier '{tenant}' is neither a valid DNS name, nor a valid external domain.",
  ),
  9001023: request(
    'The grant type is not supported over the /common or /consumers endpoints. Use the /organizations or tenant-specific endpoint.',
  ),
  90130: request(
    "Application '{app}' is not supported over the /common or /consumers endpoints. Use the /organizations or tenant-specific endpoint.",
  ),
  50194: request(
    "Application '{app}' is not configured as a multi-tenant application. Usage of the /common endpoint is not supported for such applications.",
  ),

  // User and password.
  50034: grant("The user account '{user}' does not exist in the directory '{tenant}'."),
  51004: grant(
    "The user account '{user}' does not exist in the directory '{tenant}'. To sign in to this application, the account must be added to the directory.",
  ),
  50020: grant(
    "User account '{user}' from another identity provider does not exist in tenant '{tenant}' and cannot access the application '{app}' in that tenant.",
  ),
  50126: grant('Error validating credentials due to invalid username or password.'),
  50056: grant('Invalid or null password: the password does not exist in the store for this user.'),
  50064: grant('Credential validation has failed.'),
  50053: grant(
    'The account is locked because the user tried to sign in too many times, or the sign-in came from a blocked address.',
  ),
  50057: grant('The user account is disabled.'),
  50055: grant('The password is expired.', 'user_password_expired'),
  50144: grant("The user's Active Directory password has expired.", 'user_password_expired'),
  50105: grant(
    "The signed in user '{user}' is not assigned to a role for the application '{app}'.",
    'message_only',
  ),

  // Multi-factor authentication and Conditional Access.
  50076: policy(
    'Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access the resource.',
    'basic_action',
  ),
  50074: policy('Strong authentication is required.', 'basic_action'),
  50078: policy(
    'Presented multi-factor authentication has expired due to policies configured by your administrator.',
    'basic_action',
  ),
  50158: policy('External security challenge was not satisfied.', 'basic_action'),
  50079: policy(
    'Due to a configuration change made by your administrator, you must enroll in multi-factor authentication to access the resource.',
    'basic_action',
  ),
  50072: policy('The user must enroll in multi-factor authentication.', 'basic_action'),
  53004: policy('The user must complete the multi-factor registration process.', 'basic_action'),
  53003: policy(
    'Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.',
    'message_only',
  ),
  53000: policy(
    'Device is not in required device state: a compliant device is required.',
    'additional_action',
  ),
  53001: policy(
    'Device is not in required device state: a domain-joined device is required.',
    'additional_action',
  ),
  53002: policy('The application used is not an approved application.', 'message_only'),
  53011: policy('User blocked due to risk on home tenant.', 'message_only'),
  530032: policy('Blocked by security policy.', 'message_only'),
  530035: policy('Access has been blocked by security defaults.', 'message_only'),
  50131: policy('Conditional Access: device or location is not allowed.', 'message_only'),
  50097: policy('Device authentication is required.', 'additional_action'),
  50005: policy(
    'User tried to sign in from a platform that Conditional Access does not support.',
    'message_only',
  ),

  // Consent.
  65001: grant(
    "The user or administrator has not consented to use the application with ID '{app}'. Send an interactive authorization request for this user and resource.",
    'consent_required',
  ),
  650056: grant(
    'Misconfigured application: the client has not listed the permissions it needs, or the administrator has not consented.',
    'consent_required',
  ),
  650057: resource(
    'Invalid resource. The client has requested access to a resource which is not listed in the requested permissions of its application registration.',
  ),
  65005: resource(
    'The application needs access to a service that your organization has not subscribed to or enabled.',
  ),
  65004: denied('User declined to consent to access the app.'),
  90094: grant('The grant requires administrator permission.', 'consent_required'),
  90095: grant('Administrator consent is required, by way of a request.', 'consent_required'),
  90093: grant('The grant requires administrator permission for this scope.', 'consent_required'),
  90008: grant(
    "The user or administrator has not consented to use the application with ID '{app}': it must require access to the directory.",
    'consent_required',
  ),

  // Codes and refresh tokens.
  700082: grant(
    'The refresh token has expired due to inactivity. The token was issued on {issued} and was inactive for 90.00:00:00.',
    'bad_token',
  ),
  70008: grant(
    'The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.',
    'bad_token',
  ),
  50173: grant(
    "The provided grant has expired due to it being revoked; a fresh auth token is needed. The user might have changed or reset their password. The grant was issued on '{issued}' and the TokensValidFrom date for this user is '{revoked}'.",
    'bad_token',
  ),
  50132: grant('Session is not valid due to a recent password change.', 'bad_token'),
  50133: grant('Session is not valid due to expiration or a recent password change.', 'bad_token'),
  70000: grant('Provided grant is invalid or malformed.', 'bad_token'),
  70043: grant(
    'The refresh token has expired or is invalid due to sign-in frequency checks by Conditional Access. The token was issued on {issued}.',
    'bad_token',
  ),
  700084: grant(
    'The refresh token was issued to a single page app (SPA), and therefore has a fixed, limited lifetime of 1.00:00:00, which cannot be extended. The token was issued on {issued}.',
    'bad_token',
  ),
  700005: grant('The provided authorization code is intended to be used against another tenant.'),
  54005: grant(
    'OAuth2 authorization code was already redeemed; retry with a new valid code or use an existing refresh token.',
  ),
  501481: grant(
    'The code_verifier does not match the code_challenge of the authorization request.',
  ),
  50147: request('The size of the code_challenge parameter is not valid.'),
  500112: client(
    "The reply address '{redirect}' does not match the reply address provided when requesting the authorization code.",
  ),

  // Device code.
  70016: row('authorization_pending', 400)('Authorization is pending. Continue polling.'),
  70018: row('bad_verification_code', 400)('The verification code is not known.'),
  70019: row('expired_token', 400)('The verification code has expired.'),

  // Invalid requests.
  500011: resource(
    "The resource principal named {resource} was not found in the tenant '{tenant}'. It may not be installed there, or the request went to the wrong tenant.",
  ),
  50001: resource('The resource is disabled or the resource named {resource} was not found.'),
  70011: scope("The provided value for the input parameter 'scope' is not valid: {scope}"),
  28002: scope(
    "Provided value for the input parameter scope '{scope}' is not valid when requesting an access token.",
  ),
  28003: scope(
    'Provided value for the input parameter scope cannot be empty when requesting an access token.',
  ),
  700022: scope(
    "The provided value for the input parameter 'scope' is not valid because it contains more than one resource.",
  ),
  700023: scope(
    "The provided value for the input parameter 'scope' is not valid when requesting an access token: it names no resource.",
  ),
  1002012: scope(
    'The provided value for scope {scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier.',
  ),
  50011: request(
    "The redirect URI '{redirect}' specified in the request does not match the redirect URIs configured for the application '{app}'.",
  ),
  70004: request('The application returned an invalid redirect URI.'),
  900971: request('No reply address provided.'),
  900144: request("The request must contain the following parameter: '{parameter}'."),
  900561: request('The endpoint only accepts POST requests.'),
  70003: row('unsupported_grant_type', 400)('The grant type is not supported.'),
  70005: row('unsupported_response_type', 400)('The response type is not supported.'),
  70007: request("'{mode}' is not a supported value of 'response_mode'."),
  50058: row('login_required', 400)('A silent sign-in request was sent but no user is signed in.'),
  50089: interaction('Authentication failed: the sign-in took too long. Start again.'),

  // Failures of Entra.
  90055: throttled('Too many requests from the tenant.'),
  90024: throttled('Request budget exceeded: a transient error has occurred.'),
  // Sent to clients that repeat a request too often, as invalid_grant and without Retry-After.
  50196: grant('The server terminated an operation because it encountered a client request loop.'),
  90033: busy('A transient error has occurred. Try again.'),
  90006: busy('The service is temporarily unavailable.'),
  90012: busy('The request has timed out.'),
  50033: busy('A recoverable error has occurred.'),
  50000: row('server_error', 500)('There was an error issuing a token.'),
};
