/** Shows its content to a signed-in person. Without one it leaves for Entra, or offers to. */
import { Button, Center, Loader, Paper, Stack, Text, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, type ReactNode } from 'react';
import { call, forgetContent } from '../api/call';
import { ProblemAlert } from '../parts/problem';
import { PersonProvider, type Person } from './person';
import { basePath, currentUser, completeSignIn, openSession, signIn } from './session';

type State =
  | { readonly step: 'opening' | 'signed-out' | 'expired' | 'not-set-up' }
  | { readonly step: 'failed'; readonly error: unknown }
  | { readonly step: 'signed-in'; readonly person: Person };

export function SignedIn({ children }: { readonly children: ReactNode }) {
  const [state, setState] = useState<State>({ step: 'opening' });
  const queries = useQueryClient();
  useEffect(() => {
    const onEnded = () => {
      forgetContent();
      queries.clear();
      setState({ step: 'expired' });
    };
    open(onEnded).then(
      (next) => setState(next),
      (error: unknown) => setState({ step: 'failed', error }),
    );
  }, [queries]);

  if (state.step === 'signed-in')
    return <PersonProvider value={state.person}>{children}</PersonProvider>;
  return (
    <Center component="main" mih="100vh" p="md">
      <Paper withBorder radius="lg" p="xl" w="100%" maw={440} shadow="sm">
        <Content state={state} />
      </Paper>
    </Center>
  );
}

/** Strict mode runs effects twice; a code of Entra can be redeemed once. */
let opening: Promise<State> | undefined;
const open = (onEnded: () => void): Promise<State> => (opening ??= openOnce(onEnded));

async function openOnce(onEnded: () => void): Promise<State> {
  const { clientId } = await openSession(onEnded);
  if (clientId === '') return { step: 'not-set-up' };
  const path = window.location.pathname;
  if (path === `${basePath}/signed-out`) return { step: 'signed-out' };
  if (path === `${basePath}/signed-in`)
    window.history.replaceState(null, '', await completeSignIn());
  const user = await currentUser();
  if (!user) {
    await signIn();
    return { step: 'opening' };
  }
  return { step: 'signed-in', person: await call('getMe', {}) };
}

function Content({ state }: { readonly state: Exclude<State, { step: 'signed-in' }> }) {
  switch (state.step) {
    case 'opening':
      return (
        <Stack align="center" role="status">
          <Loader />
          <Text>Signing in with Microsoft…</Text>
        </Stack>
      );
    case 'not-set-up':
      return (
        <Stack>
          <Title order={1} size="h3">
            The console is not set up
          </Title>
          <Text>
            This deployment has no app registration for the console. Set CONSOLE_CLIENT_ID to its
            client id.
          </Text>
        </Stack>
      );
    case 'failed':
      return (
        <Stack>
          <Title order={1} size="h3">
            Sign-in not completed
          </Title>
          <ProblemAlert error={state.error} />
          <SignInButton />
        </Stack>
      );
    case 'signed-out':
    case 'expired':
      return (
        <Stack>
          <Title order={1} size="h3">
            {state.step === 'expired' ? 'Your session has ended' : 'You are signed out'}
          </Title>
          <Text>
            {state.step === 'expired'
              ? 'Sign in again to go on where you were.'
              : 'Nothing of your session is left in this tab.'}
          </Text>
          <SignInButton />
        </Stack>
      );
  }
}

const SignInButton = () => (
  <Button onClick={() => void signIn()} size="md">
    Sign in with Microsoft
  </Button>
);
