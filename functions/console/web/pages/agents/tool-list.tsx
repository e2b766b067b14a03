/** The tools that agents are offered, as the MCP endpoint lists them. */
import { Card, Code, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { call } from '../../api/call';
import { Loaded } from '../../parts/loaded';

interface Tool {
  readonly name: string;
  readonly description: string;
}

interface ListedTools {
  readonly result: { readonly tools: readonly Tool[] };
}

/** The list costs a request of its own and changes with a new version only. */
const useTools = () =>
  useQuery({
    queryKey: ['callMcp', 'tools/list'],
    staleTime: Infinity,
    queryFn: async ({ signal }) => {
      const body = { jsonrpc: '2.0' as const, id: 1, method: 'tools/list' };
      const { result } = (await call('callMcp', { body }, { signal })) as unknown as ListedTools;
      return result.tools;
    },
  });

export function ToolList() {
  const tools = useTools();
  return (
    <Card withBorder radius="md" padding="lg" component="section">
      <Title order={2} size="h4" mb="sm">
        Tools
      </Title>
      <Loaded query={tools}>
        {(items) => (
          <dl className="tools">
            {items.map(({ name, description }) => (
              <div key={name} className="fact">
                <dt>
                  <Code>{name}</Code>
                </dt>
                <Text component="dd" size="sm" m={0}>
                  {description}
                </Text>
              </div>
            ))}
          </dl>
        )}
      </Loaded>
    </Card>
  );
}
