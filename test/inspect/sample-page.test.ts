import { describe, expect, test } from 'vitest';
import { samplePage } from '../../src/inspect/page/sample-page.ts';
import { unbalanced } from './unbalanced.ts';

const page = (...samples: readonly (readonly [input: string, output: string, reference: string])[]) =>
  samplePage(
    samples.map(([input, output, reference]) => ({ input, output, reference })),
    { title: 'run', facts: { 'exact match': '0.5' } },
  );
const rows = (html: string) =>
  [...html.matchAll(/<tr><td dir="auto">(.*?)<\/td><td dir="auto">(.*?)<\/td><\/tr>/gs)].map(([, ...cells]) => cells);

describe('a page of samples', () => {
  test('marks the words of one that the other lacks, in their order', () => {
    const [[read, written]] = rows(page(['읽은 글', '오늘 대구 날씨 여부', '오늘 부산 날씨']));
    expect(read).toBe('읽은 글');
    expect(written).toBe(
      '<p dir="auto">오늘 <del>대구</del> 날씨 <del>여부</del></p><p dir="auto" class="reference">오늘 <ins>부산</ins> 날씨</p>',
    );
  });

  test('marks both texts by one comparison', () => {
    const [[, written]] = rows(page(['', 'a b', 'b a']));
    expect(written.replace(/<\/?p[^>]*>/g, '|')).toBe('|a <del>b</del>||<ins>b</ins> a|');
  });

  test('knows words without spaces between them, and marks between words', () => {
    const [[, written]] = rows(page(['', 'ある日、海へ', 'ある日山へ']));
    expect(written).toContain('<del>、</del>');
    expect(written).not.toContain('<del>ある');
  });

  test('compares words, not spaces, and shows control characters', () => {
    expect(rows(page(['a\u0001b', 'a  b ', 'a b']))[0][1]).toContain('class="tick"');
    expect(rows(page(['a\u0001b', 'a', 'a']))[0][0]).toBe('a␁b');
  });

  test('shows texts that are too long to compare unmarked', () => {
    const [long, longer] = [3000, 3001].map((count) => Array.from({ length: count }, () => 'word').join(' '));
    const [[, written]] = rows(page(['', long, longer]));
    expect(written).toContain('class="reference"');
    expect(written).not.toMatch(/<(del|ins)>/);
    expect(rows(page(['', long, long]))[0][1]).toContain('class="tick"');
  });

  test('shows once what is exactly right, and says how many are', () => {
    const html = page(['a', 'b c', 'b c'], ['a', 'b', 'c']);
    const [[, right]] = rows(html);
    expect(right).toMatch(/^<svg class="tick".*<\/svg> b c$/);
    expect(html).toContain('2 samples; of these 1 exactly right');
  });

  test('says so where nothing was written', () => expect(rows(page(['a', ' ', 'b']))[0][1]).toContain('nothing'));

  test('of many shows 200, from the first to the last part', () => {
    const many = Array.from({ length: 1000 }, (_, i) => [`text ${i}.`, 'a', 'b'] as const);
    const shown = rows(page(...many)).map(([read]) => read);
    expect(shown).toHaveLength(200);
    expect([shown[0], shown[1], shown[199]]).toEqual(['text 0.', 'text 5.', 'text 995.']);
    expect(page(...many)).toContain('200 of 1000 samples, evenly spaced');
  });

  test('is whole for no samples and for markup in texts, and loads nothing', () => {
    for (const html of [page(), page(['<img src=x onerror=1>', '<b>&"', '</td>'])]) {
      expect(unbalanced(html)).toEqual([]);
      expect(html).not.toContain('<img');
      expect(html).toContain("default-src 'none'");
    }
  });
});
