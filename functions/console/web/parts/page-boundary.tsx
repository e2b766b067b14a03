/**
 * Replaces a page that could not be loaded or shown, so that the frame stays: its chunk does not
 * arrive without a network, or is gone after a deployment. The next page is tried anew.
 */
import { Button } from '@mantine/core';
import { Unplug } from 'lucide-react';
import { Component, type ReactNode } from 'react';
import { Empty } from './empty';
import { PageHeader } from './page-header';

interface Props {
  /** Path of the page. */
  readonly path: string;
  readonly children: ReactNode;
}

interface State {
  readonly hasFailed: boolean;
}

export class PageBoundary extends Component<Props, State> {
  override state: State = { hasFailed: false };

  static getDerivedStateFromError(): State {
    return { hasFailed: true };
  }

  override componentDidUpdate({ path }: Props) {
    if (path !== this.props.path && this.state.hasFailed) this.setState({ hasFailed: false });
  }

  override render() {
    return this.state.hasFailed ? <PageFailed /> : this.props.children;
  }
}

const PageFailed = () => (
  <>
    <PageHeader title="Page not loaded" />
    <Empty
      icon={Unplug}
      title="This page could not be loaded"
      text="The network may be down, or a new version of the console was deployed. Load it again."
      action={
        <Button mt="sm" onClick={() => window.location.reload()}>
          Load again
        </Button>
      }
    />
  </>
);
