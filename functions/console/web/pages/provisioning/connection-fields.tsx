/** The fields of a provisioning connection, with what the API says about each. */
import { Select, Textarea, TextInput } from '@mantine/core';
import { profiles, type Connection, type ConnectionDraft } from './connection';

interface Props {
  readonly draft: ConnectionDraft;
  readonly errors: Readonly<Record<string, string>>;
  readonly onChange: (draft: ConnectionDraft) => void;
}

const shown = ['name', 'profile', 'allowedAddresses'];

/** Whether each error is shown at a field. */
export const areAtFields = (errors: Readonly<Record<string, string>>): boolean =>
  Object.keys(errors).length > 0 && Object.keys(errors).every((name) => shown.includes(name));

export function ConnectionFields({ draft, errors, onChange }: Props) {
  return (
    <>
      <TextInput
        label="Name"
        description="For people, such as the name of the directory."
        value={draft.name}
        onChange={({ currentTarget: { value: name } }) => onChange({ ...draft, name })}
        error={errors['name']}
        maxLength={100}
        required
        data-autofocus
      />
      <Select
        label="Identity provider"
        description="Decides which shapes of requests are accepted."
        data={profiles}
        value={draft.profile}
        onChange={(value) =>
          onChange({ ...draft, profile: (value ?? 'entra') as Connection['profile'] })
        }
        error={errors['profile']}
        allowDeselect={false}
      />
      <Textarea
        label="Allowed addresses"
        description="Addresses and CIDR ranges from which requests are accepted, one per line. Empty: from anywhere."
        placeholder="203.0.113.0/24"
        value={draft.addresses}
        onChange={({ currentTarget: { value: addresses } }) => onChange({ ...draft, addresses })}
        error={errors['allowedAddresses']}
        minRows={2}
        maxRows={12}
        autosize
      />
    </>
  );
}
