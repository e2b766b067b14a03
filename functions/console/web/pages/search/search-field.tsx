/** The field of the search. The key `/` focuses it from everywhere on the page. */
import { Kbd, TextInput } from '@mantine/core';
import { Search } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useLocation, useNavigate, useSearchParams } from 'react-router';
import { isTypedInto, minLength, searchPath } from './search';

export const searchLabel = 'Search everything';

export function SearchField({ className }: { readonly className: string }) {
  const { pathname } = useLocation();
  const [parameters] = useSearchParams();
  const q = pathname === '/search' ? (parameters.get('q') ?? '') : '';
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(q);
  // A search by a link replaces what was typed. The field keeps the focus.
  useEffect(() => setTyped(q), [q]);
  const navigate = useNavigate();
  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
      // The field of the other width is not displayed.
      if (input.current?.offsetParent === null) return;
      if (isTypedInto(event.target as HTMLElement | null)) return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    window.addEventListener('keydown', focus);
    return () => window.removeEventListener('keydown', focus);
  }, []);
  return (
    <form
      role="search"
      className={className}
      onSubmit={(event) => {
        event.preventDefault();
        if (typed.trim().length >= minLength) void navigate(searchPath({ q: typed.trim() }));
      }}
    >
      <TextInput
        ref={input}
        type="search"
        value={typed}
        onChange={({ currentTarget }) => setTyped(currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'ArrowDown') return;
          event.preventDefault();
          document.querySelector<HTMLElement>('a[data-result]')?.focus();
        }}
        placeholder={searchLabel}
        aria-label={searchLabel}
        aria-keyshortcuts="/"
        maxLength={200}
        leftSection={<Search size={16} aria-hidden />}
        rightSection={<Kbd aria-hidden>/</Kbd>}
      />
    </form>
  );
}
