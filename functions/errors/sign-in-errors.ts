/**
 * Errors of a sign-in with Microsoft, as data. One row per error that requires an action of its
 * own. Numbers are AADSTS codes. classify-sign-in-error.ts finds the row of an error.
 */

/**
 * Effect of an error on the connection that it occurred in. Every failed sign-in degrades a
 * connection at least, until one succeeds.
 */
export type ConnectionEffect =
  /** The credential is not valid: the connection expires, unless the credential is new. */
  | 'expires'
  /** The cause is not known for certain: the connection expires if the failures last for days. */
  | 'expires_later'
  /** The operator must fix it. The connection never expires for it. */
  | 'keeps'
  /** More sign-ins would make it worse: none is attempted for an hour. */
  | 'waits'
  /** Microsoft or this service fails for a time. The connection never expires for it. */
  | 'degrades'
  /** The sign-in succeeded, but Azure denied what was asked. The Owner is warned. */
  | 'warns';

export interface SignInError {
  readonly code: string;
  readonly numbers: readonly number[];
  /** OAuth errors and MSAL error codes with the same meaning. */
  readonly errors?: readonly string[];
  readonly effect: ConnectionEffect;
  readonly message: string;
  readonly action: { readonly kind: string; readonly label: string };
  /** The operator must fix it, not the customer. It is logged for the operator. */
  readonly operator?: true;
}

const reconnect = { kind: 'reconnect', label: 'Reconnect' };
const editCredentials = { kind: 'edit_credentials', label: 'Check the credentials' };
const askAdministrator = { kind: 'ask_administrator', label: 'Ask your Entra administrator' };
const useOAuth = { kind: 'connect_with_oauth', label: 'Connect with OAuth or a device code' };
const consent = { kind: 'grant_consent', label: 'Grant consent' };
const tryAgain = { kind: 'try_again', label: 'Try again' };
const wait = { kind: 'wait', label: 'Wait: the sign-in is retried' };
const contactSupport = { kind: 'contact_support', label: 'Contact support' };

export const signInErrors = [
  {
    code: 'client_secret_invalid',
    numbers: [7000215],
    errors: ['invalid_client'],
    effect: 'expires',
    message:
      'The client secret is wrong. Use the Value of the secret, which Azure shows once, not its Secret ID.',
    action: { kind: 'update_secret', label: 'Update the client secret' },
  },
  {
    code: 'client_secret_expired',
    numbers: [7000222],
    effect: 'expires',
    message: 'The client secret of the app registration has expired.',
    action: { kind: 'update_secret', label: 'Create a new client secret and update it here' },
  },
  {
    code: 'public_client_not_allowed',
    numbers: [7000218],
    effect: 'expires',
    message:
      'The app registration does not allow public client flows, and no client secret was sent.',
    action: editCredentials,
  },
  {
    code: 'public_client_with_secret',
    numbers: [700025],
    effect: 'expires',
    message: 'The app registration is a public client. Send no client secret.',
    action: editCredentials,
  },
  {
    code: 'app_not_found',
    numbers: [700016, 700011, 7000229],
    errors: ['unauthorized_client'],
    effect: 'expires',
    message: 'The tenant has no app registration with this Client ID.',
    action: { kind: 'edit_credentials', label: 'Check Client ID and Tenant ID' },
  },
  {
    // Our own app, of which a request in its own tenant showed that it works.
    code: 'app_removed_from_tenant',
    numbers: [],
    effect: 'expires',
    message: 'An administrator removed or disabled the app of this service in the tenant.',
    action: { kind: 'grant_consent', label: 'Ask your Entra administrator, then reconnect' },
  },
  {
    code: 'own_app_failed',
    numbers: [],
    effect: 'degrades',
    message:
      'The app of this service cannot sign in at Microsoft. The operator must repair it; your credential is not affected.',
    action: { kind: 'wait', label: 'No action needed: the connection recovers by itself' },
    operator: true,
  },
  {
    code: 'app_disabled',
    numbers: [7000112, 70001],
    effect: 'expires',
    message: 'The app registration is disabled.',
    action: askAdministrator,
  },
  {
    code: 'tenant_not_found',
    numbers: [90002, 50128, 50059, 900023],
    effect: 'expires',
    message: 'The tenant was not found. It may be in another Microsoft cloud.',
    action: { kind: 'edit_credentials', label: 'Check the Tenant ID' },
  },
  {
    code: 'user_not_found',
    numbers: [50034, 51004, 50020],
    effect: 'expires',
    message: 'The user does not exist in the tenant.',
    action: { kind: 'edit_credentials', label: 'Check the user' },
  },
  {
    code: 'bad_password',
    numbers: [50126, 50056, 50064],
    effect: 'expires',
    message: 'The user name or the password is wrong.',
    action: { kind: 'edit_credentials', label: 'Enter them again' },
  },
  {
    code: 'account_locked',
    numbers: [50053],
    effect: 'waits',
    message: 'The account is locked, or the sign-in came from a blocked IP address.',
    action: { kind: 'ask_administrator', label: 'Wait an hour, or ask your Entra administrator' },
  },
  {
    code: 'account_disabled',
    numbers: [50057],
    effect: 'expires',
    message: 'The account is disabled.',
    action: askAdministrator,
  },
  {
    code: 'password_expired',
    numbers: [50055, 50144],
    effect: 'expires',
    message: 'The password has expired.',
    action: { kind: 'reconnect', label: 'Change the password, then reconnect' },
  },
  {
    code: 'mfa_required',
    numbers: [50076, 50074, 50078, 50158],
    effect: 'expires',
    message:
      'The organization requires multi-factor authentication, which a password or an old sign-in does not satisfy.',
    action: useOAuth,
  },
  {
    code: 'mfa_enrollment_required',
    numbers: [50079, 50072, 53004],
    effect: 'expires',
    message: 'The account must register for multi-factor authentication first.',
    action: { kind: 'connect_with_oauth', label: 'Register, then connect with OAuth' },
  },
  {
    code: 'consent_required',
    numbers: [65001, 650056, 650057, 65005],
    errors: ['consent_required'],
    effect: 'expires',
    message: 'The app has not been granted access to Azure Service Management.',
    action: consent,
  },
  {
    code: 'admin_consent_required',
    numbers: [90094, 90095, 90008, 90093],
    effect: 'expires',
    message: 'An administrator must approve this app first.',
    action: { kind: 'admin_consent', label: 'Send your administrator the consent link' },
  },
  {
    code: 'consent_declined',
    numbers: [65004],
    errors: ['access_denied', 'authorization_declined'],
    effect: 'expires_later',
    message: 'The sign-in was cancelled, or consent was declined.',
    action: tryAgain,
  },
  {
    code: 'grant_expired',
    numbers: [700082, 70008],
    effect: 'expires',
    message: 'The connection was not used for too long.',
    action: reconnect,
  },
  {
    code: 'grant_revoked',
    numbers: [50173, 50132, 50133, 70000],
    errors: ['bad_token'],
    effect: 'expires',
    message: 'The sign-in was revoked by a password change or by an administrator.',
    action: reconnect,
  },
  {
    code: 'signin_frequency',
    numbers: [70043],
    effect: 'expires',
    message: 'A policy of the organization requires a new sign-in at intervals.',
    action: { kind: 'reconnect', label: 'Reconnect, or use client credentials' },
  },
  {
    code: 'spa_redirect_misconfigured',
    numbers: [700084],
    effect: 'expires',
    message:
      'The redirect URI is registered for a single-page app, so connections last only a day.',
    action: contactSupport,
    operator: true,
  },
  {
    code: 'conditional_access_blocked',
    numbers: [53003, 53000, 53001, 53002, 53011, 530032, 530035, 50131, 50097, 50005],
    effect: 'expires',
    message: 'A Conditional Access policy of the organization blocks this connection.',
    action: {
      kind: 'ask_administrator',
      label: 'Ask your Entra administrator, or use client credentials',
    },
  },
  {
    code: 'user_not_assigned',
    numbers: [50105],
    effect: 'expires',
    message: 'The user is not assigned to this application.',
    action: {
      kind: 'ask_administrator',
      label: 'Ask to have the user assigned to the application',
    },
  },
  {
    code: 'resource_not_found',
    numbers: [500011, 50001],
    errors: ['invalid_resource'],
    effect: 'expires_later',
    message: 'Azure Service Management is not available in this tenant.',
    action: { kind: 'edit_credentials', label: 'Check the tenant and its cloud' },
    operator: true,
  },
  {
    code: 'scope_invalid',
    numbers: [70011, 28002, 28003, 700022, 700023],
    errors: ['invalid_scope'],
    effect: 'keeps',
    message: 'The sign-in requested an invalid scope.',
    action: contactSupport,
    operator: true,
  },
  {
    code: 'redirect_mismatch',
    numbers: [50011, 70004, 900971],
    effect: 'keeps',
    message: 'The redirect URI of the sign-in is not registered.',
    action: contactSupport,
    operator: true,
  },
  {
    code: 'code_already_used',
    numbers: [54005],
    effect: 'expires_later',
    message: 'This sign-in was already completed.',
    action: tryAgain,
  },
  {
    code: 'pkce_mismatch',
    numbers: [501481, 50147],
    errors: ['nonce_mismatch', 'state_mismatch'],
    effect: 'expires_later',
    message: 'The sign-in could not be verified.',
    action: { kind: 'try_again', label: 'Start again' },
  },
  {
    code: 'authority_wrong',
    numbers: [9001023, 90130, 50194],
    effect: 'expires_later',
    message: 'A personal account cannot be used. Use an account of your organization.',
    action: { kind: 'edit_credentials', label: 'Use an account of your organization' },
  },
  {
    code: 'device_code_pending',
    numbers: [70016],
    errors: ['authorization_pending', 'slow_down'],
    effect: 'expires_later',
    message: 'The sign-in on the other device is not finished.',
    action: wait,
  },
  {
    code: 'device_code_expired',
    numbers: [70018, 70019, 70020],
    errors: ['expired_token', 'bad_verification_code'],
    effect: 'expires_later',
    message: 'The device code has expired or is not valid.',
    action: { kind: 'try_again', label: 'Get a new code' },
  },
  {
    code: 'idp_throttled',
    // 50196 is sent as invalid_grant to clients that repeat a request too often.
    numbers: [90055, 90024, 50196],
    effect: 'degrades',
    message: 'Microsoft is throttling sign-in requests.',
    action: wait,
  },
  {
    code: 'idp_unavailable',
    numbers: [90033, 90006, 90012, 50033, 50000],
    errors: [
      'temporarily_unavailable',
      'server_error',
      'network_error',
      'no_network_connectivity',
      'endpoints_resolution_error',
      'openid_config_error',
      'post_request_failed',
      'get_request_failed',
      'request_timeout',
      'unreadable_response',
    ],
    effect: 'degrades',
    message: 'Microsoft sign-in is temporarily unavailable.',
    action: wait,
  },
  {
    code: 'grant_missing',
    numbers: [],
    errors: ['no_tokens_found', 'refresh_token_expired'],
    effect: 'expires',
    message: 'The stored sign-in is missing.',
    action: reconnect,
  },
  {
    // Detected by this service, not by Entra. A wrongly configured Key Vault must not expire every
    // connection.
    code: 'secret_missing',
    numbers: [],
    effect: 'degrades',
    message: 'The stored credential cannot be found in Key Vault.',
    action: reconnect,
  },
  {
    code: 'token_rejected',
    numbers: [],
    effect: 'expires',
    message: 'Azure rejected the access token.',
    action: reconnect,
  },
  {
    code: 'access_denied_arm',
    numbers: [],
    effect: 'warns',
    message:
      'The sign-in succeeded, but the account can read no subscription: the role Reader is missing.',
    action: { kind: 'assign_role', label: 'Assign Reader on the subscription or factory' },
  },
  {
    code: 'sign_in_expired',
    numbers: [],
    errors: ['invalid_grant', 'interaction_required', 'login_required'],
    effect: 'expires_later',
    message: 'Microsoft no longer accepts the sign-in.',
    action: reconnect,
  },
  {
    code: 'sign_in_failed',
    numbers: [],
    effect: 'expires_later',
    message: 'Microsoft rejected the sign-in for an unknown reason.',
    action: tryAgain,
  },
] as const satisfies readonly SignInError[];

export type SignInErrorCode = (typeof signInErrors)[number]['code'];
