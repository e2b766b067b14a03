/**
 * Every code a problem can carry, apart from those of sign-ins (connectors/sign-in-failures.ts): what it means, and what
 * whoever reads it can do. A test compares this table with the code, so that neither knows a code the other lacks.
 */
import type { ErrorKind } from './app-error';

export interface ProblemType {
  /** Decides status and title, as for the error itself. */
  readonly kind: ErrorKind | 'internal';
  readonly meaning: string;
  readonly advice: string;
}

const retry = 'Try again after a moment; if it goes on, look at /api/health.';
const readAgain = 'Read it again, and repeat your change with its new ETag.';
const wait = 'Wait for the seconds of Retry-After, then repeat the request.';
const contactOperator = 'Tell the operator, with the instance of the problem.';
const fixRequest = 'Correct what the problem names, then send the request again.';
const checkId =
  'Check the id in the address; it may have been deleted, or belong to another tenant.';
const internalOnly =
  'Nothing: this is noticed and settled inside. If you see it, tell the operator.';

// prettier-ignore
export const problemTypes = {
  // Who is asking.
  token_missing:      { kind: 'unauthenticated', meaning: 'The request brought no access token.', advice: 'Sign in with Microsoft and send the access token of this API as Bearer.' },
  token_invalid:      { kind: 'unauthenticated', meaning: 'The access token is not signed by Entra for this API.', advice: 'Get a token for this API, not for Graph or Azure.' },
  token_wrong_issuer:     { kind: 'unauthenticated', meaning: 'The access token does not come from the tenant it names, or is of version 1.', advice: 'Get a version 2 token from the tenant of the user.' },
  token_expired:      { kind: 'unauthenticated', meaning: 'The access token has expired.', advice: 'Get a new token and repeat the request.' },
  tenant_not_allowed: { kind: 'forbidden', meaning: 'The caller’s tenant is not set up to use this API.', advice: 'Ask the operator to add the tenant.' },
  scope_missing:      { kind: 'forbidden', meaning: 'The token does not allow to act for its user.', advice: 'Ask for the scope access_as_user when signing in.' },
  role_missing:       { kind: 'forbidden', meaning: 'The caller has none of the roles that this needs.', advice: 'Have one of the named app roles assigned in Entra, then sign in again.' },
  signing_keys_unavailable: { kind: 'upstream', meaning: 'Entra did not give the keys that tokens are checked with.', advice: retry },

  // What is asked.
  invalid_json:           { kind: 'invalid-input', meaning: 'The body is not JSON.', advice: fixRequest },
  json_too_deep:          { kind: 'invalid-input', meaning: 'The body is nested more deeply than anything we expect.', advice: fixRequest },
  invalid_unicode:         { kind: 'invalid-input', meaning: 'A text in the body holds half a surrogate pair.', advice: fixRequest },
  body_not_utf8:          { kind: 'invalid-input', meaning: 'The body is not encoded in UTF-8.', advice: fixRequest },
  invalid_body:           { kind: 'invalid-input', meaning: 'The body is JSON, but not as documented.', advice: fixRequest },
  invalid_parameter:      { kind: 'invalid-input', meaning: 'A parameter of the path or query is not as documented.', advice: fixRequest },
  parameter_repeated:     { kind: 'invalid-input', meaning: 'A parameter is given more than once.', advice: fixRequest },
  invalid_cursor:         { kind: 'invalid-input', meaning: 'The cursor was changed, or made for another list or filter.', advice: 'Follow nextLink as it is, or begin the list anew.' },
  body_too_large:         { kind: 'too-large', meaning: 'The body is larger than is allowed here.', advice: 'Send less.' },
  media_type_unsupported: { kind: 'unsupported-format', meaning: 'The Content-Type is not one that is understood here.', advice: 'Send JSON, with the Content-Type that the problem names.' },
  problem_unknown:        { kind: 'not-found', meaning: 'No problem of this API has that code.', advice: 'Take the address from the type of a problem.' },

  // How it is asked.
  if_match_missing:        { kind: 'precondition-required', meaning: 'A change must say which version it changes.', advice: 'Read it, and send its ETag as If-Match.' },
  idempotency_key_missing: { kind: 'invalid-input', meaning: 'This request must carry an Idempotency-Key.', advice: 'Send a new UUID for every new request, and the same one when you repeat it.' },
  idempotency_key_invalid: { kind: 'invalid-input', meaning: 'The Idempotency-Key is not one short printable string.', advice: 'Send a UUID in double quotes.' },
  idempotency_key_reused:  { kind: 'refused', meaning: 'The Idempotency-Key was used for another payload within a day.', advice: 'Take a new key for a new request.' },
  idempotency_in_flight:   { kind: 'conflict', meaning: 'The first request with this Idempotency-Key has not ended.', advice: 'Repeat it after a few seconds: it is then answered as the first one.' },
  idempotency_key_taken:      { kind: 'conflict', meaning: 'Two requests used an Idempotency-Key at once.', advice: internalOnly },
  idempotency_record_changed: { kind: 'stale', meaning: 'Two requests used an Idempotency-Key at once.', advice: internalOnly },
  rate_limited:            { kind: 'throttled', meaning: 'More was asked than is allowed in a window of time.', advice: `${wait} RateLimit says how much is left.` },

  // Connectors.
  connector_not_found:     { kind: 'not-found', meaning: 'There is no connector of this id in your tenant.', advice: checkId },
  connector_name_taken:    { kind: 'conflict', meaning: 'Another connector of your tenant has this name, perhaps in other case.', advice: 'Choose another name.' },
  connector_changed:       { kind: 'stale', meaning: 'Somebody changed the connector at the same moment.', advice: readAgain },
  connector_version_stale: { kind: 'stale', meaning: 'The connector has changed since you read it.', advice: readAgain },
  connector_not_connected: { kind: 'conflict', meaning: 'The connector is not connected, so nothing can be read with it.', advice: 'Connect it first.' },
  deletion_not_found:      { kind: 'not-found', meaning: 'No connector of this id is being deleted.', advice: 'A deletion that has ended leaves nothing behind.' },
  password_tries_exceeded: { kind: 'throttled', meaning: 'The password was tried so often that another try might lock the account.', advice: 'Wait for the seconds of Retry-After, and make sure of the password.' },
  secret_not_found:        { kind: 'not-found', meaning: 'The credential of the connector is not in the vault any more.', advice: 'Connect the connector again.' },

  // Sign-ins.
  session_not_found:      { kind: 'not-found', meaning: 'There is no sign-in of this id.', advice: 'Begin a new one.' },
  device_session_not_found: { kind: 'not-found', meaning: 'There is no sign-in with a device code of this id.', advice: 'Begin a new one.' },
  sign_in_interrupted:    { kind: 'refused', meaning: 'The sign-in was broken off on our side before it was complete.', advice: 'Begin again.' },
  return_address_unknown: { kind: 'invalid-input', meaning: 'A sign-in may only return to addresses that are set up.', advice: 'Name one of the configured addresses.' },
  never_connected:        { kind: 'conflict', meaning: 'The connector was never connected, so there is no account to reconnect.', advice: 'Begin a sign-in with mode connect.' },
  connector_type_not_found: { kind: 'not-found', meaning: 'There is no such type of connector.', advice: 'Take one from /api/connector-types.' },
  client_secret_missing:  { kind: 'conflict', meaning: 'The connector is not connected with a client secret, so there is none to replace.', advice: 'Connect it with client credentials, or reconnect it.' },
  credential_changed:     { kind: 'stale', meaning: 'The credential was replaced by somebody else in the meantime.', advice: readAgain },
  secret_soft_deleted:  { kind: 'upstream', meaning: 'Key Vault is still busy with a secret that was deleted before.', advice: 'Try again in a minute.' },
  account_mismatch:       { kind: 'conflict', meaning: 'Another account signed in than the one expected.', advice: 'Sign in with the expected account, or begin a sign-in that allows another.' },
  browser_not_recognised: { kind: 'refused', meaning: 'The browser that came back is not the one that left.', advice: 'Begin and finish the sign-in in one browser, within ten minutes.' },
  issuer_mismatch:        { kind: 'refused', meaning: 'The answer to the sign-in does not come from Entra.', advice: 'Begin again. If it happens twice, ask your administrator.' },
  offline_access_missing: { kind: 'refused', meaning: 'Microsoft did not allow access that lasts.', advice: 'Sign in again, and accept everything that is asked.' },
  link_used_or_expired:   { kind: 'refused', meaning: 'A sign-in link works once, for a minute.', advice: 'Begin again.' },
  authorization_changed:  { kind: 'stale', meaning: 'The sign-in went on at the same moment.', advice: internalOnly },
  attempt_changed:        { kind: 'stale', meaning: 'The attempt to connect went on at the same moment.', advice: internalOnly },
  attempt_exists:         { kind: 'conflict', meaning: 'An attempt to connect of this id exists.', advice: internalOnly },
  authorization_exists:   { kind: 'conflict', meaning: 'A sign-in of this id exists.', advice: internalOnly },

  // Syncs and the catalogue.
  sync_not_found:       { kind: 'not-found', meaning: 'There is no sync of this id.', advice: checkId },
  sync_already_running: { kind: 'conflict', meaning: 'A sync of this connector is running.', advice: 'Watch that one: Location leads to it.' },
  sync_still_running:   { kind: 'upstream', meaning: 'A deletion waits for a sync to stop.', advice: internalOnly },
  sync_status_final:    { kind: 'conflict', meaning: 'A sync that has ended cannot go on.', advice: 'Start a new sync.' },
  sync_finished:            { kind: 'conflict', meaning: 'The sync has ended, so it can be neither paused nor cancelled.', advice: 'Start a new sync.' },
  sync_cancelling:      { kind: 'conflict', meaning: 'A sync that is being cancelled cannot pause.', advice: 'Wait until it is cancelled, then start a new sync.' },
  sync_not_paused:      { kind: 'conflict', meaning: 'Only a paused sync can be resumed.', advice: 'Look at its status.' },
  sync_not_finished:        { kind: 'conflict', meaning: 'A sync can be repeated only when it is over.', advice: 'Watch it until its end: Location leads to it.' },
  removals_not_final:  { kind: 'conflict', meaning: 'A sync is still finding out what was removed.', advice: 'Confirm its removals when it is over: Location leads to it.' },
  no_pending_removals:   { kind: 'conflict', meaning: 'Nothing that the sync removed is kept for a confirmation.', advice: 'Confirm syncs that warn of a mass removal.' },
  sync_purged:       { kind: 'not-found', meaning: 'The sync was forgotten with age.', advice: checkId },
  sync_nothing_failed:  { kind: 'conflict', meaning: 'No factory failed in the sync, so there is nothing to read again.', advice: 'Start a new sync.' },
  schedule_stale:       { kind: 'stale', meaning: 'The schedule has changed since you read it.', advice: readAgain },
  sync_not_found_in_tenant:         { kind: 'not-found', meaning: 'No connector of the tenant has a sync of this id.', advice: checkId },
  sync_locked:          { kind: 'conflict', meaning: 'Another sync holds the connector.', advice: internalOnly },
  sync_lock_changed:    { kind: 'conflict', meaning: 'Another sync took the connector at the same moment.', advice: internalOnly },
  sync_changed:         { kind: 'stale', meaning: 'The sync went on at the same moment.', advice: internalOnly },
  catalog_resource_not_found: { kind: 'not-found', meaning: 'The catalogue holds no resource of this id, or it was removed.', advice: 'Check the id. With deleted=true a removed one is shown until it is purged.' },
  run_not_found:        { kind: 'not-found', meaning: 'There is no run of this id.', advice: checkId },
  invalid_resource_id:  { kind: 'invalid-input', meaning: 'This is not an id of a resource.', advice: 'Take it from a list of resources, unchanged.' },

  // Webhooks.
  webhook_not_found:     { kind: 'not-found', meaning: 'There is no webhook of this id in your tenant.', advice: checkId },
  webhook_url_refused:   { kind: 'invalid-input', meaning: 'Webhooks are sent to public https addresses only.', advice: fixRequest },
  webhook_disabled:      { kind: 'conflict', meaning: 'Nothing is sent to the webhook while it is disabled.', advice: 'Enable it first.' },
  webhook_version_stale: { kind: 'stale', meaning: 'The webhook has changed since you read it.', advice: readAgain },
  webhook_changed:       { kind: 'stale', meaning: 'Somebody changed the webhook at the same moment.', advice: readAgain },
  too_many_webhooks:     { kind: 'conflict', meaning: 'The tenant has as many webhooks as it may have.', advice: 'Delete one that is not needed, or let one serve several purposes.' },
  delivery_not_found:    { kind: 'not-found', meaning: 'The webhook has no delivery of this id.', advice: checkId },
  delivery_pending:      { kind: 'conflict', meaning: 'The delivery is not over, so it cannot be sent anew.', advice: 'Wait for its attempts, or mend the address.' },
  delivery_changed:      { kind: 'stale', meaning: 'The delivery went on at the same moment.', advice: internalOnly },

  // Azure, in the name of a connector.
  dependency_throttled:                     { kind: 'throttled', meaning: 'Storage or Key Vault of this service is limiting requests.', advice: wait },
  azure_throttled:                { kind: 'throttled', meaning: 'Azure is limiting the requests of the connector.', advice: wait },
  azure_unavailable:              { kind: 'upstream', meaning: 'Azure did not answer.', advice: retry },
  azure_unexpected_response:               { kind: 'upstream', meaning: 'Azure answered in a way we do not know.', advice: contactOperator },
  azure_no_response:                   { kind: 'upstream', meaning: 'Azure broke off in the middle of an answer.', advice: retry },
  storage_unavailable:            { kind: 'upstream', meaning: 'Storage of this service did not answer.', advice: retry },
  key_vault_unavailable:          { kind: 'upstream', meaning: 'Key Vault of this service did not answer.', advice: retry },
  key_vault_refused:              { kind: 'upstream', meaning: 'Key Vault refuses this service.', advice: contactOperator },
  resource_manager_throttled:     { kind: 'throttled', meaning: 'Azure Resource Manager is limiting the requests of the connector.', advice: wait },
  resource_manager_unavailable:   { kind: 'upstream', meaning: 'Azure Resource Manager did not answer.', advice: retry },
  resource_manager_token_refused: { kind: 'refused', meaning: 'Azure does not accept the sign-in of the connector.', advice: 'Reconnect the connector.' },
  resource_manager_access_denied: { kind: 'refused', meaning: 'The connector’s account may not read this.', advice: 'Assign it Reader on the subscription or factory.' },
  resource_manager_not_found:     { kind: 'not-found', meaning: 'Azure has nothing at this address any more.', advice: 'The next sync removes it here as well.' },
  resource_manager_rejected:      { kind: 'upstream', meaning: 'Azure Resource Manager refused a request as wrong.', advice: contactOperator },
  cross_origin_link:                   { kind: 'upstream', meaning: 'A list of Azure leads to another host, and was not followed.', advice: contactOperator },
  list_malformed:                 { kind: 'upstream', meaning: 'A list of Azure has no items.', advice: contactOperator },
  list_link_loop:                  { kind: 'upstream', meaning: 'A list of Azure leads back to itself.', advice: contactOperator },
  list_page_loop:                   { kind: 'upstream', meaning: 'A list of Data Factory leads back to an earlier page.', advice: contactOperator },
  run_query_malformed:            { kind: 'upstream', meaning: 'Data Factory answered a query for runs without runs.', advice: contactOperator },
  run_query_page_loop:              { kind: 'upstream', meaning: 'A query for runs leads back to an earlier page.', advice: contactOperator },
  resource_graph_page_loop:                  { kind: 'upstream', meaning: 'Azure Resource Graph repeats a page.', advice: contactOperator },
  body_incomplete:                { kind: 'upstream', meaning: 'A stored definition was read while it was being written.', advice: retry },
  body_unreadable:                { kind: 'upstream', meaning: 'A stored definition cannot be read.', advice: 'Start a full sync of the connector.' },

  // This service.
  configuration_incomplete: { kind: 'misconfigured', meaning: 'Settings of this service are missing or malformed.', advice: 'Ask the operator to correct the settings that the problem names.' },
  internal_error:           { kind: 'internal', meaning: 'Something went wrong on our side.', advice: contactOperator },
} as const satisfies Record<string, ProblemType>;
