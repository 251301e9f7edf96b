const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text escaped for HTML and SVG, between tags or in a quoted attribute. */
export function escapeMarkup(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character]);
}

/** A number with few digits, for coordinates and opacities: 0.25, 12, .5 → `0.5`. */
export function short(value: number, digits = 2): string {
  return String(Number(value.toFixed(digits)));
}
