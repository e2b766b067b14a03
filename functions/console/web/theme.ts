/** Colors and defaults of the components. Contrast is AA in both schemes. */
import { createTheme, type CSSVariablesResolver } from '@mantine/core';

/** Grays with some blue, from text to the deepest ground. */
const darkShades = [
  '#d3d7de',
  '#b3bac5',
  '#8f98a6',
  '#6b7480',
  '#3d444f',
  '#323841',
  '#262b33',
  '#1c2026',
  '#15181d',
  '#0f1115',
] as const;

export const theme = createTheme({
  primaryColor: 'indigo',
  primaryShade: 8,
  defaultRadius: 'md',
  colors: { dark: darkShades },
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontFamily: "Inter, 'Segoe UI Variable Text', 'Segoe UI', system-ui, -apple-system, sans-serif",
  fontFamilyMonospace: "'Cascadia Code', 'SF Mono', Menlo, Consolas, monospace",
  headings: { fontWeight: '650' },
  components: {
    Modal: {
      defaultProps: {
        overlayProps: { backgroundOpacity: 0.45, blur: 2 },
        closeButtonProps: { 'aria-label': 'Close' },
        // A dialog has a header element, but is no second banner of the page.
        attributes: { header: { role: 'presentation' } },
      },
    },
    Tooltip: { defaultProps: { withArrow: true, openDelay: 150 } },
  },
});

/** `--app-*` are the colors of this app. Mantine's dimmed text is too pale for AA. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--app-muted': '#5c6470',
    '--app-canvas': '#f6f7f9',
    '--app-warning': '#8a5300',
    '--mantine-color-dimmed': '#5c6470',
    '--mantine-color-placeholder': '#5f6773',
    '--mantine-color-error': '#b3261e',
  },
  dark: {
    '--app-muted': '#b3bac5',
    '--app-canvas': 'var(--mantine-color-dark-8)',
    '--app-warning': '#ffc46b',
    '--mantine-color-dimmed': '#b3bac5',
    '--mantine-color-placeholder': '#a7aeb9',
    '--mantine-color-error': '#ff9b94',
  },
});
