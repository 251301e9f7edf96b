const number = /^([-+]?)(\d+)(?:\.(\d*))?(?:[eE]([-+]?\d+))?$/;

/** The canonical form of a number: `1`, `1.0` and `10e-1` are `1e0`. Undefined for other labels. */
function plainNumber(label: string): string | undefined {
  const [, sign, whole, fraction = '', exponent = '0'] = number.exec(label) ?? [];
  if (whole === undefined) return undefined;
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  // A regular expression would start again at every zero.
  let end = digits.length;
  while (digits[end - 1] === '0') end--;
  const significant = digits.slice(0, end);
  if (significant === '') return '0';
  const power = BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - significant.length);
  return `${sign === '-' ? '-' : ''}${significant}e${power}`;
}

const mostShown = 5;

/** Reports labels that are the same number in several forms: labels are texts, so each form is a separate label. */
export function sameNumberNotes(labels: readonly string[]): string[] {
  const forms = new Map<string, string[]>();
  for (const label of labels) {
    const plain = plainNumber(label);
    if (plain !== undefined) forms.set(plain, [...(forms.get(plain) ?? []), label]);
  }
  const several = [...forms.values()].filter(({ length }) => length > 1).map((same) => same.join(' and '));
  if (several.length === 0) return [];
  const shown = several.slice(0, mostShown).join('; ') + (several.length > mostShown ? '; …' : '');
  return [`labels that are equal numbers in different forms are different labels: ${shown}`];
}
