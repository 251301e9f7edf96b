import { describe, expect, it } from 'vitest';
import { progressBar, progressLine, showDuration, showRate, stepProgress } from '../../../src/train/run/progress.ts';

const view = {
  update: 1200,
  total: 8000,
  loss: 3.2141,
  learningRate: 2.13e-3,
  tokens: 4000,
  tokensPerSecond: 7450.4,
  secondsLeft: 725,
};

/** A stream that keeps what is written, and a clock that is set. */
function stage(stream: { isTTY?: boolean; columns?: number } = {}) {
  const written: string[] = [];
  const clock = { time: 0 };
  const options = { stream: { ...stream, write: (text: string) => written.push(text) }, now: () => clock.time };
  return { written, clock, options };
}

describe('progress in words', () => {
  it('is a line of facts', () => {
    expect(progressLine(view)).toBe('step 1200/8000 · 7,450 tokens/s · loss 3.214 · lr 2.1e-3 · 12:05 left');
  });

  it('is a bar that fills as the updates do', () => {
    const bar = progressBar(view, 120);
    expect(bar).toBe(`[████${'·'.repeat(26)}] 1200/8000 15 % · 7,450 tokens/s · loss 3.214 · lr 2.1e-3 · 12:05 left`);
    expect(progressBar({ ...view, update: 8000 }, 120)).toContain(`[${'█'.repeat(30)}] 8000/8000 100 %`);
  });

  it.each([120, 90, 75, 40, 10, 1, 0])('fits a terminal of %d columns without wrapping', (columns) => {
    expect(progressBar(view, columns).length).toBeLessThanOrEqual(Math.max(0, columns - 1));
  });

  it.each([
    [0, '0:00'],
    [7.4, '0:07'],
    [725, '12:05'],
    [3599.6, '1:00:00'],
    [11_045, '3:04:05'],
    [-3, '0:00'],
  ])('shows %d s as %s', (seconds, text) => expect(showDuration(seconds)).toBe(text));

  it('shows learning rates with two figures', () => {
    expect([0, 5e-3, 1.26e-5].map(showRate)).toEqual(['0', '5.0e-3', '1.3e-5']);
  });
});

describe('progress on a terminal', () => {
  it('redraws one line, at most ten times a second, and always at the end', () => {
    const { written, clock, options } = stage({ isTTY: true, columns: 100 });
    const progress = stepProgress({ ...options, total: 100, loggingSteps: 1 });
    for (let update = 1; update <= 100; update++) {
      clock.time += 10;
      progress.advance({ update, loss: 1, learningRate: 1e-3, tokens: 40 });
    }
    expect(written.every((text) => text.startsWith('\r') && text.endsWith('\x1b[K') && !text.includes('\n'))).toBe(
      true,
    );
    expect(written).toHaveLength(11);
    expect(written.at(-1)).toContain('100/100 100 % · 4,000 tokens/s');
    progress.end();
    expect(written.at(-1)).toBe('\n');
  });

  it('puts a note above the bar', () => {
    const { written, clock, options } = stage({ isTTY: true, columns: 100 });
    const progress = stepProgress({ ...options, total: 10, loggingSteps: 1 });
    clock.time = 1000;
    progress.advance({ update: 1, loss: 1, learningRate: 1e-3, tokens: 10 });
    const bar = written.join('').slice(1, -3);
    progress.note('eval_loss 2.5');
    expect(written.slice(1).join('')).toBe(`\reval_loss 2.5\x1b[K\n${bar}`);
  });
});

describe('progress elsewhere', () => {
  it('is a plain line every `loggingSteps` updates and at the last', () => {
    const { written, clock, options } = stage();
    const progress = stepProgress({ ...options, total: 7, loggingSteps: 3 });
    for (let update = 1; update <= 7; update++) {
      clock.time += 500;
      progress.advance({ update, loss: 2, learningRate: 0, tokens: 50 });
    }
    progress.end();
    expect(written).toEqual([
      'step 3/7 · 100 tokens/s · loss 2.000 · lr 0 · 0:02 left\n',
      'step 6/7 · 100 tokens/s · loss 2.000 · lr 0 · 0:01 left\n',
      'step 7/7 · 100 tokens/s · loss 2.000 · lr 0 · 0:00 left\n',
    ]);
  });

  it('does not count the time before a note as training', () => {
    const { written, clock, options } = stage();
    const progress = stepProgress({ ...options, total: 2, loggingSteps: 2 });
    clock.time += 1000;
    progress.advance({ update: 1, loss: 2, learningRate: 0, tokens: 50 });
    clock.time += 60_000;
    progress.note('eval_loss 2.5');
    clock.time += 1000;
    progress.advance({ update: 2, loss: 2, learningRate: 0, tokens: 50 });
    expect(written).toEqual(['eval_loss 2.5\n', 'step 2/2 · 50 tokens/s · loss 2.000 · lr 0 · 0:00 left\n']);
  });

  it('follows a change of speed', () => {
    const { written, clock, options } = stage();
    const progress = stepProgress({ ...options, total: 300, loggingSteps: 100 });
    for (let update = 1; update <= 300; update++) {
      clock.time += update <= 200 ? 100 : 1000;
      progress.advance({ update, loss: 2, learningRate: 0, tokens: 100 });
    }
    expect(written.map((line) => Number(/([\d,]+) tokens/.exec(line)?.[1].replace(',', '')))).toEqual([
      1000,
      1000,
      expect.closeTo(100, -1),
    ]);
  });
});
