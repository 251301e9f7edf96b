/** Tags that are open when the text ends, or are closed out of turn. */
export function unbalanced(markup: string): string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  const voids = new Set(['meta', '!doctype']);
  for (const [, slash, name, selfClosed] of markup.matchAll(
    /<(\/?)([a-zA-Z!][\w-]*)(?:"[^"]*"|'[^']*'|[^'">])*?(\/?)>/g,
  )) {
    if (voids.has(name.toLowerCase()) || selfClosed) continue;
    if (!slash) open.push(name);
    else if (open.pop() !== name) wrong.push(name);
  }
  return [...wrong, ...open];
}
