/** Entry of the console: providers, then the sign-in, then the pages. */
import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import '@mantine/charts/styles.css';
import '@xyflow/react/dist/base.css';
import './styles.css';
import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { BrowserRouter } from 'react-router';
import { isRetryable } from './api/api-error';
import { SignedIn } from './session/signed-in';
import { basePath } from './session/session';
import { Shell } from './shell';
import { cssVariables, theme } from './theme';

const nonce = document.getElementById('csp-nonce')?.nonce ?? '';
// Read by the package that locks scrolling behind a dialog, for its style element.
Object.assign(globalThis, { __webpack_nonce__: nonce });

const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 1_500,
      retry: (failures, error) => failures < 2 && isRetryable(error),
      refetchIntervalInBackground: false,
    },
    mutations: { retry: false },
  },
});

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
    >
      <Notifications position="bottom-right" />
      <QueryClientProvider client={queryClient}>
        <SignedIn>
          {/* After the sign-in, which ends on a page of its own and then restores the address. */}
          <BrowserRouter basename={basePath}>
            <Shell />
          </BrowserRouter>
        </SignedIn>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
