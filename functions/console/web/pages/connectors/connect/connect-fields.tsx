/** The fields of a method, each with where Entra shows its value. */
import { Checkbox, PasswordInput, TextInput } from '@mantine/core';
import type { FormField } from '../methods';
import { pasteHint, type Values } from './form-values';

interface Props {
  readonly fields: readonly FormField[];
  readonly values: Values;
  readonly errors: Readonly<Record<string, string>>;
  readonly onChange: (values: Values) => void;
}

export function ConnectFields({ fields, values, errors, onChange }: Props) {
  return (
    <>
      {fields.map((field) => {
        const { name, label, help, required, input } = field;
        const value = values[name];
        const text = typeof value === 'string' ? value : '';
        const common = {
          name,
          label,
          description: help,
          error: errors[name] ?? pasteHint(field, text),
          autoComplete: 'off',
        };
        const change = (next: string | boolean) => onChange({ ...values, [name]: next });
        if (input === 'checkbox')
          return (
            <Checkbox
              key={name}
              {...common}
              checked={value === true}
              onChange={({ currentTarget }) => change(currentTarget.checked)}
            />
          );
        const Input = input === 'password' ? PasswordInput : TextInput;
        return (
          <Input
            key={name}
            {...common}
            required={required}
            value={text}
            {...(input === 'date-time' && { type: 'date' })}
            onChange={({ currentTarget }) => change(currentTarget.value)}
            spellCheck={false}
          />
        );
      })}
    </>
  );
}
