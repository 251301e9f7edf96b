const DIGITS = [...'공일이삼사오육칠팔구'];
const PLACES = ['', '십', '백', '천'];

/** A whole number from 1 to 9999 in Sino-Korean numerals: 1998 → 천구백구십팔; a leading 일 is left out before a place. */
export function koreanNumber(n: number): string {
  return Array.from(String(n), Number)
    .map((digit, i, all) => {
      const place = PLACES[all.length - 1 - i];
      if (digit === 0) return '';
      return (digit === 1 && place !== '' ? '' : DIGITS[digit]) + place;
    })
    .join('');
}

/** Digit by digit, as telephone numbers and years are dictated: 2003 → 이공공삼. */
export function koreanDigits(n: number): string {
  return Array.from(String(n), (digit) => DIGITS[Number(digit)]).join('');
}
