// One set of values for every way to deploy: taken from the environment, which azd fills from its own.
using 'main.bicep'

param name = readEnvironmentVariable('AZURE_ENV_NAME')
param apiClientId = readEnvironmentVariable('API_CLIENT_ID')
param apiTenants = split(readEnvironmentVariable('API_TENANTS'), ',')
param oauthClientId = readEnvironmentVariable('OAUTH_CLIENT_ID')
param oauthClientSecret = readEnvironmentVariable('OAUTH_CLIENT_SECRET')
param cursorKey = readEnvironmentVariable('CURSOR_KEY', '')
param publicUrl = readEnvironmentVariable('PUBLIC_URL', '')
param returnUrls = json(readEnvironmentVariable('RETURN_URLS', '{}'))
param alertEmails = empty(readEnvironmentVariable('ALERT_EMAILS', '')) ? [] : split(readEnvironmentVariable('ALERT_EMAILS', ''), ',')
