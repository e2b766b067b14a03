/** Short messages in the corner, which a screen reader announces. */
import { notifications } from '@mantine/notifications';

export const notifyDone = (message: string, title?: string): void =>
  void notifications.show({ color: 'teal', message, ...(title !== undefined && { title }) });

export const notifyFailed = (error: unknown): void =>
  void notifications.show({
    color: 'red',
    title: 'Not done',
    message: error instanceof Error ? error.message : 'An unknown error occurred.',
    autoClose: 10_000,
  });
