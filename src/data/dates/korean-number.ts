const DIGITS = '공일이삼사오육칠팔구';
/** Thousands, hundreds and tens; units have no place name. */
const PLACES = '천백십';

/**
 * A whole number from 1 to 9999 in Sino-Korean numerals: 1998 → 천구백구십팔; a leading 일 is dropped before a place name.
 *
 * @throws {RangeError} for any other number.
 */
export function koreanNumber(n: number): string {
  if (!(Number.isInteger(n) && n >= 1 && n <= 9999)) {
    throw new RangeError(`Korean numerals: expected a whole number from 1 to 9999, got ${n}`);
  }
  return Array.from(String(n).padStart(4, '0'), (digit, i) => {
    const place = PLACES.charAt(i);
    if (digit === '0') return '';
    return (digit === '1' && place !== '' ? '' : koreanDigits(Number(digit))) + place;
  }).join('');
}

/** Digit by digit, as telephone numbers and years are read out: 2003 → 이공공삼. */
export function koreanDigits(n: number): string {
  return String(n).replace(/\d/g, (digit) => DIGITS.charAt(Number(digit)));
}
