/** The signed-in person, as the API sees them, and what their roles allow. */
import { createContext, useContext } from 'react';
import type { Output } from '../api/endpoint-types';

export type Person = Output<'getMe'>;
export type Role = Person['roles'][number];

const PersonContext = createContext<Person | undefined>(undefined);
export const PersonProvider = PersonContext.Provider;

export function usePerson(): Person {
  const person = useContext(PersonContext);
  if (!person) throw new Error('No person is signed in.');
  return person;
}

/** Whether the person has one of the roles. */
export function useRole(...wanted: readonly Role[]): boolean {
  const { roles } = usePerson();
  return wanted.some((role) => roles.includes(role));
}
