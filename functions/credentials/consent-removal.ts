/** Microsoft offers no way to take consent back for somebody; it can only be said where they do it. */
import type { Connector } from '../connectors/connector';

const myApps = { label: 'My Apps', href: 'https://myapplications.microsoft.com' };
const enterpriseApps = {
  label: 'Enterprise applications',
  href: 'https://entra.microsoft.com/#view/Microsoft_AAD_IAM/StartboardApplicationsMenuBlade',
};
const appRegistrations = {
  label: 'App registrations',
  href: 'https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade',
};

export function consentRemoval({ connectedWith }: Connector) {
  switch (connectedWith) {
    case 'client_credentials':
      return {
        message:
          'Our copy of the client secret is deleted. Delete the secret itself under App registrations → your app → Certificates & secrets, and its role on the factory if nothing else needs it.',
        links: [appRegistrations],
      };
    case 'username_password':
      return {
        message:
          'Our copy of the sign-in is deleted. To make Microsoft forget it as well, revoke the sessions of the user, or delete the app’s secret under App registrations.',
        links: [appRegistrations, enterpriseApps],
      };
    case 'oauth':
    case 'device_code':
    case undefined:
      return {
        message:
          'Our copy of the sign-in is deleted. Whoever consented removes the app under My Apps; an administrator does so for everybody under Enterprise applications.',
        links: [myApps, enterpriseApps],
      };
  }
}
