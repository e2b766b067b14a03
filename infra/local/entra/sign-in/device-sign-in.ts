/**
 * GET and POST /common/oauth2/deviceauth: a user enters the code of a device and signs in for it.
 */
import type { EmulatorResponse, EmulatorRequest } from '../../emulator/server';
import type { Directory } from '../directory/directory';
import { messagePage, userCodePage } from './pages';
import type { SignIns } from './sign-in';

export function enterUserCode(
  directory: Directory,
  signIns: SignIns,
  received: EmulatorRequest,
): EmulatorResponse {
  if (received.method !== 'POST') return userCodePage();
  const code = directory.deviceCodes.findPending(received.form().get('user_code') ?? '');
  if (!code) return userCodePage('That code didn’t work. Check the code and try again.');
  const { app, authority, scopes } = code;
  return signIns.begin({
    app,
    authority,
    scopes,
    confirm: 'device',
    finish: (approval) => {
      code.outcome = approval;
      const text = `You have signed in to the ${app.displayName} application on your device.`;
      return messagePage('You’re signed in', `${text} You may now close this window.`);
    },
    refuse: () => {
      code.outcome = 'declined';
      return messagePage('Sign-in cancelled', 'You may now close this window.');
    },
  });
}
