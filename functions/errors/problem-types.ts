/**
 * Every code of a problem, with its meaning and the next step for the caller. Codes of sign-ins are
 * in sign-in-errors.ts. A test compares this table with the codes that the code throws.
 */
import type { ErrorKind } from './app-error';

export interface ProblemType {
  /** Decides status and title, as it does for the error. */
  readonly kind: ErrorKind | 'internal';
  readonly meaning: string;
  readonly advice: string;
}

const retry = 'Try again in a moment. If the problem persists, check /api/health.';
const readAgain = 'Read the resource again and repeat the change with its new ETag.';
const wait = 'Wait for the seconds in Retry-After, then repeat the request.';
const contactOperator = 'Report the problem to the operator with its instance.';
const fixRequest = 'Correct the request as the problem describes, then send it again.';
const checkId = 'Check the id. The resource may be deleted or belong to another tenant.';
const internalOnly = 'None: the service handles this error internally. If you see it, report it.';
const signInAgain = 'Start a new sign-in.';

// prettier-ignore
export const problemTypes = {
  // Authentication and authorization
  token_missing:            { kind: 'unauthenticated', meaning: 'The request has no access token.', advice: 'Sign in with Microsoft and send the access token of this API as Bearer.' },
  token_invalid:            { kind: 'unauthenticated', meaning: 'The access token was not signed by Entra for this API.', advice: 'Get a token for this API, not for Microsoft Graph or Azure.' },
  token_wrong_issuer:       { kind: 'unauthenticated', meaning: 'The issuer of the access token is not the tenant that it names, or the token has version 1.', advice: 'Get a version 2 token from the tenant of the user.' },
  token_expired:            { kind: 'unauthenticated', meaning: 'The access token has expired.', advice: 'Get a new token and repeat the request.' },
  tenant_not_allowed:       { kind: 'forbidden', meaning: 'The tenant of the caller may not use this API.', advice: 'Ask the operator to add the tenant.' },
  token_type_missing:       { kind: 'forbidden', meaning: 'The access token shows neither that it is for an app nor that it is for a person: it has no scope and no claim idtyp.', advice: 'For an app: ask the operator to add the optional claim idtyp to the access tokens of this API. For a person: request the scope access_as_user when signing in.' },
  scope_missing:            { kind: 'forbidden', meaning: 'The access token lacks the scope access_as_user.', advice: 'Request the scope access_as_user when signing in.' },
  role_missing:             { kind: 'forbidden', meaning: 'The caller has none of the roles that the operation requires.', advice: 'Ask an Entra administrator to assign one of the named app roles, then sign in again.' },
  signing_keys_unavailable: { kind: 'upstream', meaning: 'The signing keys of Entra could not be read.', advice: retry },

  // Request content
  invalid_json:           { kind: 'invalid-input', meaning: 'The body is not JSON.', advice: fixRequest },
  json_too_deep:          { kind: 'invalid-input', meaning: 'The body is nested too deeply.', advice: fixRequest },
  invalid_mcp_message:    { kind: 'invalid-input', meaning: 'The message does not follow the Model Context Protocol.', advice: fixRequest },
  invalid_unicode:        { kind: 'invalid-input', meaning: 'A text in the body contains a lone surrogate.', advice: fixRequest },
  body_not_utf8:          { kind: 'invalid-input', meaning: 'The body is not encoded in UTF-8.', advice: fixRequest },
  invalid_body:           { kind: 'invalid-input', meaning: 'The body does not match its schema.', advice: 'Correct the fields named in errors, then send the request again.' },
  invalid_parameter:      { kind: 'invalid-input', meaning: 'A path or query parameter does not match its schema.', advice: 'Correct the parameters named in errors, then send the request again.' },
  parameter_repeated:     { kind: 'invalid-input', meaning: 'A parameter is given more than once.', advice: fixRequest },
  invalid_cursor:         { kind: 'invalid-input', meaning: 'The cursor was changed or belongs to another list or filter.', advice: 'Follow nextLink unchanged, or start at the first page.' },
  body_cut_off:           { kind: 'invalid-input', meaning: 'The connection broke before the body was complete.', advice: 'Send the request again.' },
  body_timeout:           { kind: 'too-slow', meaning: 'For ten seconds nothing of the body arrived, or the whole body took longer than thirty.', advice: 'Send the request again, over a faster connection.' },
  body_too_large:         { kind: 'too-large', meaning: 'The body exceeds the size limit.', advice: 'Send a smaller body.' },
  media_type_unsupported: { kind: 'unsupported-format', meaning: 'The Content-Type is not supported.', advice: 'Send JSON with the Content-Type that the problem names.' },
  content_encoding_unsupported: { kind: 'unsupported-format', meaning: 'The body has a Content-Encoding.', advice: 'Send the body without compression.' },
  path_not_found:         { kind: 'not-found', meaning: 'The API has no such path.', advice: 'Take the path from /api/openapi.json.' },
  console_asset_not_found: { kind: 'not-found', meaning: 'The console has no such file.', advice: 'Reload the page: a new version of the console may be deployed.' },
  method_not_allowed:     { kind: 'method-not-allowed', meaning: 'The path does not allow the method.', advice: 'Use a method that the header Allow names.' },
  problem_unknown:        { kind: 'not-found', meaning: 'There is no problem with this code.', advice: 'Take the address from the type of a problem.' },

  // Provisioning
  directory_value_taken:            { kind: 'conflict', meaning: 'Another user or group of the connection has the unique value.', advice: internalOnly },
  directory_changed:                { kind: 'stale', meaning: 'The directory changed while it was written.', advice: internalOnly },
  directory_resource_too_large:     { kind: 'too-large', meaning: 'A user or group does not fit into a row.', advice: 'Leave out values that are not needed.' },
  directory_change_too_large:       { kind: 'too-large', meaning: 'A request changes more members than can be stored at once.', advice: 'Split the request.' },
  provisioning_connection_not_found: { kind: 'not-found', meaning: 'The tenant has no provisioning connection with this id.', advice: checkId },
  provisioning_connection_changed:  { kind: 'stale', meaning: 'The provisioning connection changed since it was read.', advice: readAgain },
  provisioning_connection_id_taken: { kind: 'conflict', meaning: 'Two new provisioning connections got the same id.', advice: 'Repeat the request.' },
  too_many_provisioning_connections: { kind: 'conflict', meaning: 'The tenant has the maximum number of provisioning connections.', advice: 'Delete one that is not used.' },
  too_many_tokens:                  { kind: 'conflict', meaning: 'The provisioning connection has the maximum number of active tokens.', advice: 'Revoke a token that is not used.' },
  provisioning_token_not_found:     { kind: 'not-found', meaning: 'The provisioning connection has no token with this id.', advice: 'Check the id. Ended tokens are listed until newer ones need the room.' },
  provisioning_connection_outdated: { kind: 'stale', meaning: 'If-Match names another version of the provisioning connection.', advice: readAgain },
  provisioning_token_invalid:       { kind: 'unauthenticated', meaning: 'The SCIM request has no bearer token of a provisioning connection.', advice: 'Enter a token of the provisioning connection at the identity provider.' },
  provisioning_token_wrong:         { kind: 'unauthenticated', meaning: 'The id of the token exists, but its secret is another one.', advice: 'Enter a token of the provisioning connection at the identity provider.' },
  provisioning_token_ended:         { kind: 'unauthenticated', meaning: 'The token has expired or was revoked.', advice: 'Issue a new token and enter it at the identity provider.' },
  provisioning_token_key_removed:   { kind: 'unauthenticated', meaning: 'The operator removed the key of the provisioning token from Key Vault.', advice: 'Issue a new token and enter it at the identity provider.' },
  provisioning_address_not_allowed: { kind: 'forbidden', meaning: 'The SCIM request came from an address that the provisioning connection does not accept.', advice: 'Add the address to allowedAddresses of the connection, or send requests from an allowed one.' },
  provisioning_scope_missing:       { kind: 'forbidden', meaning: 'The token lacks the scope that the SCIM request requires.', advice: 'Issue a token with the scope.' },
  scim_method_not_allowed:          { kind: 'method-not-allowed', meaning: 'The SCIM path does not allow the method.', advice: 'Use a method that the header Allow names.' },
  scim_media_type_unsupported:      { kind: 'unsupported-format', meaning: 'The Content-Type of a SCIM request is not supported.', advice: 'Send application/scim+json.' },
  token_expiry_too_far:             { kind: 'invalid-input', meaning: 'The token would live longer than is allowed.', advice: 'Choose an earlier end.' },

  // Access
  person_deactivated:       { kind: 'unauthenticated', meaning: 'The identity provider of the tenant has deactivated or deleted the person of the token.', advice: 'Ask an administrator of the tenant. After a reactivation the same token is accepted within five seconds.' },
  leavers_unavailable:      { kind: 'upstream', meaning: 'The list of deactivated persons cannot be read, and the operator chose to refuse callers meanwhile.', advice: retry },
  app_token_missing:        { kind: 'upstream', meaning: 'Entra sent no token for our app.', advice: internalOnly },
  access_not_found:         { kind: 'not-found', meaning: 'The tenant has no provisioning connection with this id.', advice: checkId },
  role_rules_outdated:      { kind: 'stale', meaning: 'The role rules changed since they were read.', advice: readAgain },
  role_rules_changed:       { kind: 'stale', meaning: 'The role rules changed while they were written.', advice: internalOnly },
  role_rules_unreadable:    { kind: 'upstream', meaning: 'The stored role rules cannot be read.', advice: contactOperator },
  mass_revocation:          { kind: 'conflict', meaning: 'The new role rules remove more grants than may be removed without a confirmation.', advice: 'Check the change with a dry run, then repeat it with confirmRevocations.' },
  revocation_count_changed: { kind: 'stale', meaning: 'The count of recent revocations changed while it was written.', advice: internalOnly },
  no_revocations_held:      { kind: 'refused', meaning: 'No revocations wait for a confirmation.', advice: 'Read the access status of the connection.' },

  // Audit trail
  audit_entry_not_found:    { kind: 'not-found', meaning: 'The audit trail has no entry with this number.', advice: 'Check the number. Old entries are purged after the retention time.' },
  audit_chain_blocked:      { kind: 'conflict', meaning: 'The audit trail holds an entry that was not linked into its chain.', advice: internalOnly },

  // Preconditions, idempotency, rate limits
  if_match_missing:           { kind: 'precondition-required', meaning: 'The request changes a resource without naming its version.', advice: 'Read the resource and send its ETag as If-Match.' },
  if_match_invalid:           { kind: 'invalid-input', meaning: 'The header If-Match is neither * nor a list of entity tags.', advice: 'Send the ETag that you read, with its double quotes.' },
  if_match_weak:              { kind: 'stale', meaning: 'The header If-Match has weak entity tags only, which match no version.', advice: 'Send the tag without W/. The member etag of the body has it.' },
  idempotency_key_missing:    { kind: 'invalid-input', meaning: 'The operation requires an Idempotency-Key.', advice: 'Send a new UUID for every new request, and the same one when you repeat a request.' },
  idempotency_key_invalid:    { kind: 'invalid-input', meaning: 'The Idempotency-Key is not a short printable string.', advice: 'Send a UUID in double quotes.' },
  idempotency_key_reused:     { kind: 'refused', meaning: 'The Idempotency-Key was used for another payload within 24 hours.', advice: 'Use a new key for a new request.' },
  idempotency_in_flight:      { kind: 'conflict', meaning: 'The first request with this Idempotency-Key is still running.', advice: 'Repeat the request after a few seconds to get the response of the first one.' },
  response_shown_once:        { kind: 'conflict', meaning: 'The first request with this Idempotency-Key succeeded. Its response has a secret that is shown once, so it is not repeated.', advice: 'Use the first response. If it was lost, remove what the request made and send a new request with a new key.' },
  idempotency_outcome_unknown: { kind: 'conflict', meaning: 'The first request with this Idempotency-Key was interrupted. It may have made something whose secret is lost.', advice: 'Read what exists, remove what you do not need, and send a new request with a new key.' },
  idempotency_key_taken:      { kind: 'conflict', meaning: 'Two requests used the same Idempotency-Key at the same time.', advice: internalOnly },
  idempotency_record_changed: { kind: 'stale', meaning: 'Two requests used the same Idempotency-Key at the same time.', advice: internalOnly },
  rate_limited:               { kind: 'throttled', meaning: 'The caller or the connector exceeded a rate limit.', advice: `${wait} The header RateLimit states what remains.` },

  // Connectors
  connector_not_found:        { kind: 'not-found', meaning: 'There is no connector with this id in the tenant.', advice: checkId },
  connector_unreadable:       { kind: 'upstream', meaning: 'The stored connector cannot be read by this version of the service.', advice: contactOperator },
  connector_name_taken:       { kind: 'conflict', meaning: 'Another connector of the tenant has this name. Names ignore case.', advice: 'Choose another name.' },
  too_many_connectors:        { kind: 'conflict', meaning: 'The tenant has the maximum number of connectors.', advice: 'Delete a connector that is not needed, or ask the operator to raise MAX_CONNECTORS_PER_TENANT.' },
  connectors_busy:            { kind: 'throttled', meaning: 'Other requests create connectors of the tenant.', advice: 'Repeat the request in a moment.' },
  connector_changed:          { kind: 'stale', meaning: 'Another request changed the connector at the same time.', advice: readAgain },
  connector_version_stale:    { kind: 'stale', meaning: 'The connector changed since it was read.', advice: readAgain },
  connector_disconnected:     { kind: 'refused', meaning: 'A person ended the connection while it was needed.', advice: 'Connect the connector again.' },
  connector_not_connected:    { kind: 'conflict', meaning: 'The connector is not connected, so it cannot read from Azure.', advice: 'Connect the connector first.' },
  deletion_not_found:         { kind: 'not-found', meaning: 'No connector with this id is being deleted.', advice: 'A finished deletion responds with 404, too.' },
  password_attempts_exceeded: { kind: 'throttled', meaning: 'The password of the account was tried too often, by this or another connector; another attempt might lock the account.', advice: 'Wait for the seconds in Retry-After and check the password.' },
  secret_not_found:           { kind: 'not-found', meaning: 'The credential of the connector is not in Key Vault.', advice: 'Connect the connector again.' },

  // Sign-ins
  session_not_found:        { kind: 'not-found', meaning: 'There is no sign-in session with this id.', advice: signInAgain },
  device_session_not_found: { kind: 'not-found', meaning: 'There is no device code sign-in with this id.', advice: signInAgain },
  sign_in_interrupted:      { kind: 'refused', meaning: 'The service stopped before the sign-in was complete.', advice: signInAgain },
  return_address_unknown:   { kind: 'invalid-input', meaning: 'A sign-in may return to configured addresses only.', advice: 'Use the name of a configured address.' },
  never_connected:          { kind: 'conflict', meaning: 'The connector was never connected, so there is no account to reconnect.', advice: 'Start a sign-in with mode connect.' },
  connector_type_not_found: { kind: 'not-found', meaning: 'There is no connector type with this id.', advice: 'Take the type from /api/connector-types.' },
  client_secret_missing:    { kind: 'conflict', meaning: 'The connector is not connected with a client secret, so there is none to replace.', advice: 'Connect it with client credentials, or reconnect it.' },
  credential_changed:       { kind: 'stale', meaning: 'Another request replaced the credential.', advice: readAgain },
  secret_soft_deleted:      { kind: 'upstream', meaning: 'Key Vault is deleting or recovering a secret of the same name.', advice: 'Try again in a minute.' },
  secret_name_reserved:     { kind: 'conflict', meaning: 'Key Vault reserves every name that the secret may have, because each was deleted.', advice: 'Purge a deleted secret of this name from Key Vault.' },
  account_mismatch:         { kind: 'conflict', meaning: 'The account that signed in is not the expected account.', advice: 'Sign in with the expected account, or start a sign-in that allows another account.' },
  account_tenant_not_allowed: { kind: 'refused', meaning: 'The account or app belongs to a tenant that is neither your own nor one of the allowed tenants.', advice: 'Use an account or app of your own tenant, or add the tenant to the allowed tenants.' },
  account_change_required:  { kind: 'invalid-input', meaning: 'The sign-in names another tenant than that of the expected account, which can only be another account.', advice: 'Set allowAccountChange to true.' },
  tenant_mismatch:          { kind: 'refused', meaning: 'The account belongs to another tenant than the sign-in was started for.', advice: 'Sign in with an account of that tenant, or start a sign-in that names the other tenant.' },
  allowed_tenants_stale:    { kind: 'stale', meaning: 'The allowed tenants changed since they were read.', advice: readAgain },
  allowed_tenants_changed:  { kind: 'stale', meaning: 'Another request changed the allowed tenants at the same time.', advice: readAgain },
  sign_in_outdated:         { kind: 'conflict', meaning: 'The connector was disconnected after the sign-in started.', advice: signInAgain },
  disconnected_meanwhile:   { kind: 'conflict', meaning: 'The connector was disconnected while the credential was being stored.', advice: signInAgain },
  sign_in_declined:         { kind: 'refused', meaning: 'The person who signed in chose not to connect the account.', advice: signInAgain },
  confirmation_not_recognized: { kind: 'refused', meaning: 'The confirmation does not come from the page that the browser was shown.', advice: signInAgain },
  sealed_code_unreadable:   { kind: 'refused', meaning: 'The sign-in was continued in another browser.', advice: signInAgain },
  browser_not_recognized:   { kind: 'refused', meaning: 'The sign-in was finished in another browser than it was started in.', advice: 'Start and finish the sign-in in one browser, within ten minutes.' },
  issuer_mismatch:          { kind: 'refused', meaning: 'The response to the sign-in does not come from Entra.', advice: 'Start a new sign-in. If the problem persists, contact your administrator.' },
  offline_access_missing:   { kind: 'refused', meaning: 'Microsoft did not grant lasting access.', advice: 'Sign in again and accept all requested permissions.' },
  link_used_or_expired:     { kind: 'refused', meaning: 'The sign-in link was used before or has expired. A link works once, for a minute.', advice: signInAgain },
  authorization_changed:    { kind: 'stale', meaning: 'Another request changed the sign-in session at the same time.', advice: internalOnly },
  attempt_changed:          { kind: 'stale', meaning: 'Another request changed the connection attempt at the same time.', advice: internalOnly },
  attempt_exists:           { kind: 'conflict', meaning: 'There is a connection attempt with this id.', advice: internalOnly },
  authorization_exists:     { kind: 'conflict', meaning: 'There is a sign-in session with this id.', advice: internalOnly },

  // Syncs and catalog
  sync_not_found:             { kind: 'not-found', meaning: 'The connector has no sync run with this id.', advice: checkId },
  sync_already_running:       { kind: 'conflict', meaning: 'A sync run of the connector is active.', advice: 'Wait for that sync run: Location leads to it.' },
  sync_status_final:          { kind: 'conflict', meaning: 'The sync run is terminal, so its status cannot change.', advice: 'Start a new sync run.' },
  sync_finished:              { kind: 'conflict', meaning: 'The sync run is finished, so it can be neither paused nor cancelled.', advice: 'Start a new sync run.' },
  sync_cancelling:            { kind: 'conflict', meaning: 'The sync run is being cancelled, so it cannot be paused.', advice: 'Wait until it is cancelled, then start a new sync run.' },
  sync_not_paused:            { kind: 'conflict', meaning: 'Only a paused sync run can be resumed.', advice: 'Check the status of the sync run.' },
  sync_not_finished:          { kind: 'conflict', meaning: 'Only a finished sync run can be retried.', advice: 'Wait until the sync run is finished: Location leads to it.' },
  removals_not_final:         { kind: 'conflict', meaning: 'The sync run is still detecting removed resources.', advice: 'Confirm its removals when it is finished: Location leads to it.' },
  no_pending_removals:        { kind: 'conflict', meaning: 'The sync run has no removals to confirm.', advice: 'Confirm only sync runs that report a mass removal.' },
  sync_nothing_failed:        { kind: 'conflict', meaning: 'No factory failed in the sync run, so there is nothing to retry.', advice: 'Start a new sync run.' },
  schedule_stale:             { kind: 'stale', meaning: 'The schedule changed since it was read.', advice: readAgain },
  sync_not_found_in_tenant:   { kind: 'not-found', meaning: 'No connector of the tenant has a sync run with this id.', advice: checkId },
  orchestration_not_found:    { kind: 'not-found', meaning: 'No orchestration of the tenant has this id.', advice: 'Check the id. Orchestrations are purged 30 days after their start, and those that serve all tenants are not listed.' },
  orchestration_finished:     { kind: 'conflict', meaning: 'The orchestration has ended, so it cannot be controlled.', advice: 'Restart it.' },
  orchestration_active:       { kind: 'conflict', meaning: 'Only an orchestration that has ended can be restarted.', advice: 'Terminate it first, or wait until it ends.' },
  orchestration_not_failed:   { kind: 'conflict', meaning: 'Only a failed orchestration can be rewound.', advice: 'Restart it.' },
  orchestration_not_purgeable: { kind: 'conflict', meaning: 'Only an orchestration that has ended can be purged.', advice: 'Terminate it first.' },
  orchestration_is_child:     { kind: 'conflict', meaning: 'The orchestration is part of another one.', advice: 'Control the one that Location leads to.' },
  orchestration_gone:         { kind: 'conflict', meaning: 'Durable has no instance of the orchestration: it is being started, or it was purged.', advice: retry },
  orchestration_exists:       { kind: 'conflict', meaning: 'The index has an orchestration with this id.', advice: internalOnly },
  orchestration_changed:      { kind: 'stale', meaning: 'The row of the orchestration was changed at the same time.', advice: internalOnly },
  sync_not_rewindable:        { kind: 'conflict', meaning: 'The sync run of the orchestration has ended, so its steps would change nothing.', advice: 'Restart the orchestration, which starts a new sync run.' },
  rewind_not_supported:       { kind: 'conflict', meaning: 'The Durable backend of the deployment cannot rewind.', advice: 'Restart the orchestration.' },
  durable_unavailable:        { kind: 'upstream', meaning: 'The Durable extension, which runs orchestrations, did not respond.', advice: retry },
  sync_locked:                { kind: 'conflict', meaning: 'Another sync run holds the lock of the connector.', advice: internalOnly },
  sync_lock_changed:          { kind: 'conflict', meaning: 'Another sync run took the lock of the connector at the same time.', advice: internalOnly },
  sync_changed:               { kind: 'stale', meaning: 'Another request changed the sync run at the same time.', advice: internalOnly },
  catalog_resource_not_found: { kind: 'not-found', meaning: 'The catalog has no resource with this id, or the resource was removed.', advice: 'Check the id. With removed=true a removed resource is returned until it is purged.' },
  run_not_found:              { kind: 'not-found', meaning: 'There is no run with this id.', advice: checkId },
  invalid_resource_id:        { kind: 'invalid-input', meaning: 'The value is not the id of a resource.', advice: 'Take the id from a list of resources, unchanged.' },

  // Lineage
  lineage_asset_not_found:  { kind: 'not-found', meaning: 'Lineage knows no asset with this id. Ids of templates change with their pipeline.', advice: 'Take the id from the list of assets.' },
  invalid_lineage_resource: { kind: 'invalid-input', meaning: 'The value is not the id of a resource.', advice: 'Take the id from a list of resources, unchanged.' },
  invalid_lineage_root:     { kind: 'invalid-input', meaning: 'Lineage starts at one asset or at one resource, and a column belongs to an asset.', advice: 'Give either asset or resource, and column only with asset.' },
  invalid_search_query:     { kind: 'invalid-input', meaning: 'The query of a search has no letter or digit.', advice: 'Enter a word of what you look for.' },
  packed_units_superseded:  { kind: 'stale', meaning: 'Another step of a sync run writes lineage or the search index of the same factory.', advice: internalOnly },

  // Webhooks
  webhook_not_found:     { kind: 'not-found', meaning: 'There is no webhook with this id in the tenant.', advice: checkId },
  webhook_url_refused:   { kind: 'invalid-input', meaning: 'Webhooks are sent to public https addresses only.', advice: fixRequest },
  webhook_disabled:      { kind: 'conflict', meaning: 'The webhook is disabled, so nothing is sent to it.', advice: 'Enable the webhook first.' },
  webhook_version_stale: { kind: 'stale', meaning: 'The webhook changed since it was read.', advice: readAgain },
  webhook_changed:       { kind: 'stale', meaning: 'Another request changed the webhook at the same time.', advice: readAgain },
  too_many_webhooks:     { kind: 'conflict', meaning: 'The tenant has the maximum number of webhooks.', advice: 'Delete a webhook that is not needed, or subscribe one to more events.' },
  webhook_address_not_confirmed: { kind: 'refused', meaning: 'The receiver did not confirm that it expects events of this service.', advice: 'Let the receiver answer OPTIONS with the header WebHook-Allowed-Origin, then repeat the request.' },
  webhook_id_taken:      { kind: 'conflict', meaning: 'The id of the new webhook belongs to another webhook.', advice: 'Repeat the request.' },
  webhooks_busy:         { kind: 'conflict', meaning: 'Other requests create and delete webhooks of the tenant.', advice: 'Repeat the request in a moment.' },
  too_many_signing_secrets: { kind: 'conflict', meaning: 'The webhook has the maximum number of valid signing secrets.', advice: 'Wait until a previous secret expires, or rotate with overlapHours 0.' },
  openlineage_url_refused: { kind: 'invalid-input', meaning: 'OpenLineage events are sent to public https addresses only.', advice: fixRequest },
  openlineage_push_stale: { kind: 'stale', meaning: 'The push of OpenLineage events changed since it was read.', advice: readAgain },
  openlineage_push_changed: { kind: 'stale', meaning: 'Another request changed the push of OpenLineage events at the same time.', advice: readAgain },
  openlineage_progress_changed: { kind: 'stale', meaning: 'Another worker sends the OpenLineage events of the connector.', advice: readAgain },
  delivery_not_found:    { kind: 'not-found', meaning: 'The webhook has no delivery with this id.', advice: checkId },
  delivery_pending:      { kind: 'conflict', meaning: 'The delivery is pending, so it cannot be sent again.', advice: 'Wait for its attempts, or correct the address of the webhook.' },
  delivery_changed:      { kind: 'stale', meaning: 'Another request changed the delivery at the same time.', advice: internalOnly },

  catalog_writer_superseded: { kind: 'stale', meaning: 'Another step of a sync run writes the same resources.', advice: internalOnly },
  run_history_writer_superseded: { kind: 'stale', meaning: 'Another step of a sync run writes the same run history.', advice: internalOnly },

  // Azure
  dependency_throttled:           { kind: 'throttled', meaning: 'Storage or Key Vault of this service is throttling requests.', advice: wait },
  azure_throttled:                { kind: 'throttled', meaning: 'Azure is throttling the requests of the connector.', advice: wait },
  azure_unavailable:              { kind: 'upstream', meaning: 'Azure did not respond.', advice: retry },
  azure_unexpected_response:      { kind: 'upstream', meaning: 'Azure responded in an unexpected form.', advice: contactOperator },
  azure_no_response:              { kind: 'upstream', meaning: 'The connection to Azure ended before the response was complete.', advice: retry },
  storage_unavailable:            { kind: 'upstream', meaning: 'Storage of this service did not respond.', advice: retry },
  row_contended:                  { kind: 'upstream', meaning: 'Many requests tried to change the same thing at once.', advice: retry },
  key_vault_unavailable:          { kind: 'upstream', meaning: 'Key Vault of this service did not respond.', advice: retry },
  key_vault_refused:              { kind: 'upstream', meaning: 'Key Vault denied access to this service.', advice: contactOperator },
  resource_manager_throttled:     { kind: 'throttled', meaning: 'Azure Resource Manager is throttling the requests of the connector.', advice: wait },
  resource_manager_unavailable:   { kind: 'upstream', meaning: 'Azure Resource Manager did not respond.', advice: retry },
  resource_manager_token_refused: { kind: 'refused', meaning: 'Azure rejected the access token of the connector.', advice: 'Reconnect the connector.' },
  resource_manager_access_denied: { kind: 'refused', meaning: 'The account of the connector has no read access.', advice: 'Assign it the role Reader on the subscription or factory.' },
  resource_manager_not_found:     { kind: 'not-found', meaning: 'The resource does not exist in Azure any more.', advice: 'The next sync run removes it from the catalog.' },
  resource_manager_rejected:      { kind: 'upstream', meaning: 'Azure Resource Manager rejected a request as invalid.', advice: contactOperator },
  cross_origin_link:              { kind: 'upstream', meaning: 'A list of Azure links to another host. The link was not followed.', advice: contactOperator },
  factory_malformed:              { kind: 'upstream', meaning: 'Azure responded with something else than the factory.', advice: contactOperator },
  resource_graph_incomplete:      { kind: 'upstream', meaning: 'Resource Graph did not return all factories.', advice: contactOperator },
  list_malformed:                 { kind: 'upstream', meaning: 'A list of Azure has no items.', advice: contactOperator },
  list_link_loop:                 { kind: 'upstream', meaning: 'A list of Azure links to itself.', advice: contactOperator },
  list_page_loop:                 { kind: 'upstream', meaning: 'A list of Data Factory links to an earlier page.', advice: contactOperator },
  run_query_malformed:            { kind: 'upstream', meaning: 'Data Factory responded to a query for runs without runs.', advice: contactOperator },
  run_query_page_loop:            { kind: 'upstream', meaning: 'A query for runs links to an earlier page.', advice: contactOperator },
  resource_graph_page_loop:       { kind: 'upstream', meaning: 'Azure Resource Graph repeated a page.', advice: contactOperator },
  body_incomplete:                { kind: 'upstream', meaning: 'A stored definition was read while it was being written.', advice: retry },
  body_unreadable:                { kind: 'upstream', meaning: 'A stored definition cannot be read.', advice: 'Start a full sync of the connector.' },

  // Service
  configuration_incomplete: { kind: 'misconfigured', meaning: 'Settings of this service are missing or malformed.', advice: 'Ask the operator to correct the settings that the problem names.' },
  internal_error:           { kind: 'internal', meaning: 'An unexpected error occurred in this service.', advice: contactOperator },
} as const satisfies Record<string, ProblemType>;
