import { describe, expect, test } from 'vitest';
import { samplePage } from '../../src/inspect/sample-page.ts';
import { unbalanced } from './unbalanced.ts';

const page = (...samples: readonly (readonly [input: string, output: string, reference: string])[]) =>
  samplePage(
    samples.map(([input, output, reference]) => ({ input, output, reference })),
    { title: 'run', facts: { 'exact match': '0.5' } },
  );
const rows = (html: string) =>
  [...html.matchAll(/<tr><td>(.*?)<\/td><td>(.*?)<\/td><\/tr>/gs)].map(([, ...cells]) => cells);

describe('a page of samples', () => {
  test('marks the words of one that the other lacks, in their order', () => {
    const [[read, written]] = rows(page(['읽은 글', '오늘 대구 날씨 여부', '오늘 부산 날씨']));
    expect(read).toBe('읽은 글');
    expect(written).toBe(
      '<p>오늘 <del>대구</del> 날씨 <del>여부</del></p><p class="reference">오늘 <ins>부산</ins> 날씨</p>',
    );
  });

  test('shows once what is exactly right, and says how many are', () => {
    const html = page(['a', 'b c', 'b c'], ['a', 'b', 'c']);
    const [[, right]] = rows(html);
    expect(right).toMatch(/^<svg class="tick".*<\/svg> b c$/);
    expect(html).toContain('2 samples; 1 exactly right');
  });

  test('says so where nothing was written', () => expect(rows(page(['a', ' ', 'b']))[0][1]).toContain('nothing'));

  test('of many shows 200, from the first to the last part', () => {
    const many = Array.from({ length: 1000 }, (_, i) => [`text ${i}.`, 'a', 'b'] as const);
    const shown = rows(page(...many)).map(([read]) => read);
    expect(shown).toHaveLength(200);
    expect([shown[0], shown[1], shown[199]]).toEqual(['text 0.', 'text 5.', 'text 995.']);
    expect(page(...many)).toContain('200 of 1000 samples, evenly drawn');
  });

  test('is whole for no samples and for markup in texts, and loads nothing', () => {
    for (const html of [page(), page(['<img src=x onerror=1>', '<b>&"', '</td>'])]) {
      expect(unbalanced(html)).toEqual([]);
      expect(html).not.toContain('<img');
      expect(html).toContain("default-src 'none'");
    }
  });
});
