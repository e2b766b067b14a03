// Values of a deployment, read from environment variables. azd sets them from its own environment.
using 'main.bicep'

param name = readEnvironmentVariable('AZURE_ENV_NAME')
param apiClientId = readEnvironmentVariable('API_CLIENT_ID')
param apiTenants = split(readEnvironmentVariable('API_TENANTS'), ',')
param oauthClientId = readEnvironmentVariable('OAUTH_CLIENT_ID')
param oauthTenantId = readEnvironmentVariable('OAUTH_TENANT_ID', '')
param oauthClientSecret = readEnvironmentVariable('OAUTH_CLIENT_SECRET')
param cursorKey = readEnvironmentVariable('CURSOR_KEY', '')
param publicUrl = readEnvironmentVariable('PUBLIC_URL', '')
param returnUrls = json(readEnvironmentVariable('RETURN_URLS', '{}'))
param allowedOrigins = empty(readEnvironmentVariable('ALLOWED_ORIGINS', '')) ? [] : split(readEnvironmentVariable('ALLOWED_ORIGINS', ''), ',')
param alertEmails = empty(readEnvironmentVariable('ALERT_EMAILS', '')) ? [] : split(readEnvironmentVariable('ALERT_EMAILS', ''), ',')
