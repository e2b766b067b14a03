/** The sign of the product. */
export function Logo() {
  return (
    <svg width="28" height="28" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="#3b5bdb" />
      <path
        d="M9 21V11m0 5h7a5 5 0 0 0 5-5m-5 5a5 5 0 0 1 5 5"
        fill="none"
        stroke="#fff"
        strokeWidth="2.6"
        strokeLinecap="round"
      />
      <circle cx="23" cy="10" r="2.6" fill="#fff" />
      <circle cx="23" cy="22" r="2.6" fill="#fff" />
    </svg>
  );
}
