/** The activity that made the run fail, with its error and what to do. */
import { Alert, Code, Stack, Text } from '@mantine/core';
import { TriangleAlert } from 'lucide-react';
import { classTexts, gapTexts, isFailure, type Explanation } from './explanation';

export function CauseCard({ explanation }: { readonly explanation: Explanation }) {
  const { cause, gaps, chain } = explanation;
  const { status } = chain[0]!.run;
  return (
    <>
      {cause ? (
        <Alert
          color="red"
          variant="light"
          icon={<TriangleAlert size={20} aria-hidden />}
          title={`${cause.activity} failed`}
        >
          <Stack gap="xs">
            <Text size="sm">
              {cause.type} activity of {cause.pipeline}
              {cause.code !== undefined && (
                <>
                  , error <Code>{cause.code}</Code>
                </>
              )}
            </Text>
            {cause.message && (
              <Text size="sm" className="breakable">
                {cause.message}
              </Text>
            )}
            <Text size="sm" fw={600}>
              {classTexts[cause.errorClass]}
            </Text>
          </Stack>
        </Alert>
      ) : (
        <Alert color="gray" variant="light" title="No cause">
          {isFailure(status)
            ? 'The run failed, but no activity is known that made it fail.'
            : 'The run did not fail.'}
        </Alert>
      )}
      {gaps.map((gap) => (
        <Text key={gap} size="sm" c="var(--app-warning)">
          {gapTexts[gap]}
        </Text>
      ))}
    </>
  );
}
