import { InputError } from '../../io/error.ts';
import { choice, type RandomStream, randomStream, shuffle } from '../batch/shuffle.ts';
import type { ParallelText } from '../read/parallel.ts';
import { type CalendarDate, DATE_FORMATS, isoDate } from './date-format.ts';

export interface DateCounts {
  train: number;
  validation: number;
  test: number;
}

const FIRST_YEAR = 1900;
const LAST_YEAR = 2049;

/**
 * Dates written in many ways, in English and Korean, each with its ISO 8601 form: training data without a download.
 *
 * "the 3rd of May, 1998" and "1998년 오월 삼일" both give `1998-05-03`. Years range from 1900 to 2049, and every way of
 * writing that suits a date is equally likely. The dates of `validation` and `test` are all different, and none occurs
 * in `train` in any form. The same seed and counts give the same examples.
 *
 * @throws {InputError} when a count is not a whole number, or no dates are left for training.
 */
export function makeDateExamples(seed: number, counts: DateCounts): Record<keyof DateCounts, ParallelText> {
  for (const [split, count] of Object.entries(counts)) {
    if (Number.isInteger(count) && count >= 0) continue;
    throw new InputError(`date examples: the count of ${split} must be a whole number, got ${count}`);
  }
  const random = randomStream(seed);
  const dates = shuffle(allDates(), random);
  const held = counts.validation + counts.test;
  if (held >= dates.length) {
    throw new InputError(
      `date examples: validation and test must leave dates for training, got ${held} of ${dates.length} dates`,
    );
  }
  const seen = dates.slice(held);
  const drawn = Array.from({ length: counts.train }, () => choice(seen, random));
  return {
    train: write('train', drawn, random),
    validation: write('validation', dates.slice(0, counts.validation), random),
    test: write('test', dates.slice(counts.validation, held), random),
  };
}

function write(split: string, dates: readonly CalendarDate[], random: RandomStream): ParallelText {
  const source = dates.map((date) => {
    const formats = DATE_FORMATS.filter((format) => format.suits?.(date) ?? true);
    return choice(formats, random).write(date);
  });
  return { source, target: dates.map(isoDate), origin: (index) => `date examples, ${split}:${index + 1}` };
}

function allDates(): CalendarDate[] {
  const dates: CalendarDate[] = [];
  for (let year = FIRST_YEAR; year <= LAST_YEAR; year++) {
    for (let month = 1; month <= 12; month++) {
      const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
      for (let day = 1; day <= days; day++) dates.push({ year, month, day });
    }
  }
  return dates;
}
