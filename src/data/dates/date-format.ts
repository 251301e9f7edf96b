import { koreanDigits, koreanNumber } from './korean-number.ts';

/** A day of the Gregorian calendar; `month` and `day` from 1. */
export interface CalendarDate {
  year: number;
  month: number;
  day: number;
}

/** One way to write a date. */
export interface DateFormat {
  language: 'en' | 'ko';
  /** How 3 May 1998, or 23 May 1998, looks. */
  example: string;
  /** @throws {RangeError} when a number of the date has no name in this format: month 13, year 10,000. */
  write(date: CalendarDate): string;
  /** Whether a date can be written this way without being ambiguous. Default: always. */
  suits?(date: CalendarDate): boolean;
}

const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const WEEKDAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');
const KOREAN_WEEKDAYS = [...'일월화수목금토'];
const ORDINALS = [
  'first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth',
  'sixteenth seventeenth eighteenth nineteenth twentieth twenty-first twenty-second twenty-third twenty-fourth',
  'twenty-fifth twenty-sixth twenty-seventh twenty-eighth twenty-ninth thirtieth thirty-first',
].flatMap((line) => line.split(' '));

/** The months whose Sino-Korean numeral drops its final consonant. */
const KOREAN_MONTHS = new Map([
  [6, '유'],
  [10, '시'],
]);

/** The name of a number; the first name is that of 1. */
function nameOf(names: readonly string[], number: number): string {
  const name = names[number - 1];
  if (name === undefined) throw new RangeError(`date: expected a number from 1 to ${names.length}, got ${number}`);
  return name;
}

const month = (date: CalendarDate): string => nameOf(MONTHS, date.month);
const shortMonth = (date: CalendarDate): string => month(date).slice(0, 3);
const weekday = ({ year, month, day }: CalendarDate, names: readonly string[] = WEEKDAYS): string =>
  nameOf(names, new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 1);
const twoDigits = (n: number): string => String(n).padStart(2, '0');
const koreanMonth = ({ month }: CalendarDate): string => (KOREAN_MONTHS.get(month) ?? koreanNumber(month)) + '월';
const koreanDay = ({ day }: CalendarDate): string => koreanNumber(day) + '일';
const dayExceedsMonths = ({ day }: CalendarDate): boolean => day > 12;

/** "3rd", "11th", "22nd". */
function ordinal({ day }: CalendarDate): string {
  const isTeen = day > 10 && day < 14;
  return day + ((isTeen ? undefined : ['th', 'st', 'nd', 'rd'][day % 10]) ?? 'th');
}

/** `2024-02-29`, ISO 8601. */
export function isoDate({ year, month, day }: CalendarDate): string {
  return `${String(year).padStart(4, '0')}-${twoDigits(month)}-${twoDigits(day)}`;
}

/** All formats of dates in the example data. */
export const DATE_FORMATS: readonly DateFormat[] = [
  { language: 'en', example: 'May 3, 1998', write: (d) => `${month(d)} ${d.day}, ${d.year}` },
  { language: 'en', example: '3 May 1998', write: (d) => `${d.day} ${month(d)} ${d.year}` },
  { language: 'en', example: 'the 3rd of May, 1998', write: (d) => `the ${ordinal(d)} of ${month(d)}, ${d.year}` },
  { language: 'en', example: 'May 3rd, 1998', write: (d) => `${month(d)} ${ordinal(d)}, ${d.year}` },
  {
    language: 'en',
    example: 'the third of May, 1998',
    write: (d) => `the ${nameOf(ORDINALS, d.day)} of ${month(d)}, ${d.year}`,
  },
  { language: 'en', example: 'Sunday, May 3, 1998', write: (d) => `${weekday(d)}, ${month(d)} ${d.day}, ${d.year}` },
  {
    language: 'en',
    example: 'Sun 3 May 1998',
    write: (d) => `${weekday(d).slice(0, 3)} ${d.day} ${shortMonth(d)} ${d.year}`,
  },
  { language: 'en', example: '03-May-1998', write: (d) => `${twoDigits(d.day)}-${shortMonth(d)}-${d.year}` },
  { language: 'en', example: '1998, May 3', write: (d) => `${d.year}, ${month(d)} ${d.day}` },
  { language: 'en', example: '1998/05/03', write: (d) => `${d.year}/${twoDigits(d.month)}/${twoDigits(d.day)}` },
  {
    language: 'en',
    example: '5/23/1998',
    write: (d) => `${d.month}/${d.day}/${d.year}`,
    suits: dayExceedsMonths,
  },
  {
    language: 'en',
    example: '23.5.1998',
    write: (d) => `${d.day}.${d.month}.${d.year}`,
    suits: dayExceedsMonths,
  },
  { language: 'ko', example: '1998년 5월 3일', write: (d) => `${d.year}년 ${d.month}월 ${d.day}일` },
  {
    language: 'ko',
    example: '1998년 05월 03일',
    write: (d) => `${d.year}년 ${twoDigits(d.month)}월 ${twoDigits(d.day)}일`,
  },
  {
    language: 'ko',
    example: '1998년 5월 3일 일요일',
    write: (d) => `${d.year}년 ${d.month}월 ${d.day}일 ${weekday(d, KOREAN_WEEKDAYS)}요일`,
  },
  { language: 'ko', example: '1998. 5. 3.', write: (d) => `${d.year}. ${d.month}. ${d.day}.` },
  { language: 'ko', example: '1998년 오월 삼일', write: (d) => `${d.year}년 ${koreanMonth(d)} ${koreanDay(d)}` },
  {
    language: 'ko',
    example: '천구백구십팔년 오월 삼일',
    write: (d) => `${koreanNumber(d.year)}년 ${koreanMonth(d)} ${koreanDay(d)}`,
  },
  {
    language: 'ko',
    example: '일구구팔년 5월 3일',
    write: (d) => `${koreanDigits(d.year)}년 ${d.month}월 ${d.day}일`,
  },
  { language: 'ko', example: '5월 3일, 1998년', write: (d) => `${d.month}월 ${d.day}일, ${d.year}년` },
];
