/** A box that scrolls sideways; an edge with more content beyond it is shaded, even if no scroll bar is shown. */
export const scrollStyle = `
.scroll { overflow-x: auto; background:
  linear-gradient(to right, var(--sheet) 40%, transparent) left / 3rem 100% no-repeat local,
  linear-gradient(to left, var(--sheet) 40%, transparent) right / 3rem 100% no-repeat local,
  linear-gradient(to right, color-mix(in srgb, var(--quiet) 55%, transparent), transparent) left / .7rem 100% no-repeat,
  linear-gradient(to left, color-mix(in srgb, var(--quiet) 55%, transparent), transparent) right / .7rem 100% no-repeat; }
@media print { .scroll { background: none; } }
`;
