/** What a page shows, in the query of its address: it stays when the page is loaded again or shared. */
import { useSearchParams } from 'react-router';

/** The parameters, and a change of some of them. A parameter without a value leaves the address. */
export function useAddressParameters() {
  const [parameters, setParameters] = useSearchParams();
  const change = (changes: Readonly<Record<string, string | null>>) =>
    setParameters(
      (current) => {
        const next = new URLSearchParams(current);
        for (const [name, value] of Object.entries(changes))
          if (value) next.set(name, value);
          else next.delete(name);
        return next;
      },
      { replace: true },
    );
  return [parameters, change] as const;
}
