import { describe, expect, it } from 'vitest';
import { makeDateExamples } from '../../src/data/dates/date-example.ts';
import { DATE_FORMATS, isoDate } from '../../src/data/dates/date-format.ts';
import { koreanDigits, koreanNumber } from '../../src/data/dates/korean-number.ts';

describe('ways of writing a date', () => {
  it.each(DATE_FORMATS.map((format) => [format.example, format] as const))('%s', (example, format) => {
    const [early, late] = [3, 23].map((day) => ({ year: 1998, month: 5, day }));
    expect(format.write((format.suits?.(early) ?? true) ? early : late)).toBe(example);
  });

  it('are at least a dozen, all different, in both languages', () => {
    const date = { year: 1987, month: 6, day: 25 };
    expect(new Set(DATE_FORMATS.map((format) => format.write(date))).size).toBe(DATE_FORMATS.length);
    expect(DATE_FORMATS.filter(({ language }) => language === 'en').length).toBeGreaterThanOrEqual(12);
    expect(DATE_FORMATS.filter(({ language }) => language === 'ko').length).toBeGreaterThanOrEqual(6);
  });

  it.each([
    { year: 1998, month: 0, day: 3 },
    { year: 1998, month: 13, day: 3 },
    { year: 1998, month: 5, day: 32 },
    { year: 10_000, month: 5, day: 3 },
  ])('refuse %j where it has no name in them', (date) => {
    const written = DATE_FORMATS.map((format) => {
      try {
        return format.write(date);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
        return 'refused';
      }
    });
    expect(written).toContain('refused');
    expect(written.join()).not.toContain('undefined');
  });

  it('have Korean numerals for 1 to 9999 only', () => {
    for (const n of [0, 10_000, 1.5, Number.NaN])
      expect(() => koreanNumber(n)).toThrow(
        new RangeError(`Korean numerals: expected a whole number from 1 to 9999, got ${n}`),
      );
  });

  it('never let one text stand for two dates', () => {
    const meaning = new Map<string, string>();
    for (const year of [1900, 1911, 2001, 2010]) {
      for (let month = 1; month <= 12; month++) {
        for (let day = 1; day <= 28; day++) {
          const date = { year, month, day };
          for (const format of DATE_FORMATS) {
            if (!(format.suits?.(date) ?? true)) continue;
            const text = format.write(date);
            expect([text, meaning.get(text) ?? isoDate(date)]).toEqual([text, isoDate(date)]);
            meaning.set(text, isoDate(date));
          }
        }
      }
    }
  });

  it('know English ordinals and weekdays, and the Korean months that drop a consonant', () => {
    const find = (example: string) => DATE_FORMATS.find((format) => format.example === example)!;
    const days = [1, 2, 3, 4, 11, 12, 13, 21, 22, 23, 31];
    expect(days.map((day) => find('May 3rd, 1998').write({ year: 2020, month: 1, day }).split(' ')[1])).toEqual(
      '1st, 2nd, 3rd, 4th, 11th, 12th, 13th, 21st, 22nd, 23rd, 31st,'.replaceAll(', ', ', |').split(' |'),
    );
    expect(find('Sunday, May 3, 1998').write({ year: 2024, month: 2, day: 29 })).toBe('Thursday, February 29, 2024');
    expect(find('1998년 오월 삼일').write({ year: 2024, month: 6, day: 11 })).toBe('2024년 유월 십일일');
    expect(find('1998년 오월 삼일').write({ year: 2024, month: 10, day: 20 })).toBe('2024년 시월 이십일');
  });

  it('know Sino-Korean numbers', () => {
    const numbers = [1, 10, 11, 20, 31, 100, 1001, 1900, 1911, 1998, 2000, 2024, 2040];
    expect(numbers.map(koreanNumber).join(' ')).toBe(
      '일 십 십일 이십 삼십일 백 천일 천구백 천구백십일 천구백구십팔 이천 이천이십사 이천사십',
    );
    expect(koreanDigits(2003)).toBe('이공공삼');
  });
});

describe('date examples', () => {
  const counts = { train: 3000, validation: 200, test: 300 };
  const examples = makeDateExamples(1, counts);

  it('have the counts asked for, and ISO dates that exist as targets', () => {
    for (const [split, count] of Object.entries(counts)) {
      const { source, target } = examples[split as keyof typeof counts];
      expect([source.length, target.length]).toEqual([count, count]);
      for (const date of target) expect(new Date(`${date}T00:00:00Z`).toISOString().slice(0, 10)).toBe(date);
    }
  });

  it('have no date of validation or test in training, in each other, or twice', () => {
    const train = new Set(examples.train.target);
    const held = [...examples.validation.target, ...examples.test.target];
    expect(held.filter((date) => train.has(date))).toEqual([]);
    expect(new Set(held).size).toBe(500);
  });

  it('are the same for the same seed, others for another', () => {
    const texts = (seed: number) => makeDateExamples(seed, counts).train.source;
    expect(texts(1)).toEqual(examples.train.source);
    expect(texts(2)).not.toEqual(examples.train.source);
  });

  it('use every way of writing', () => {
    const { source, target } = examples.train;
    const used = new Set<string>();
    source.forEach((text, i) => {
      const [year, month, day] = target[i].split('-').map(Number);
      const format = DATE_FORMATS.find((one) => one.write({ year, month, day }) === text);
      expect(format, text).toBeDefined();
      used.add(format!.example);
    });
    expect(used.size).toBe(DATE_FORMATS.length);
  });

  it('are refused when nothing is left to train on, or a count is none', () => {
    expect(() => makeDateExamples(1, { train: 1, validation: 50_000, test: 5_000 })).toThrow(
      'validation and test must leave dates for training, got 55000 of 54787 dates',
    );
    expect(() => makeDateExamples(1, { train: 1.5, validation: 0, test: 0 })).toThrow('the count of train must be');
  });
});
