import type { ShownScore } from '../attention/attention-example.ts';
import { escapeMarkup } from '../markup.ts';
import type { Picture } from './picture.ts';

/** The most labels that a page names beside a picture. */
const mostShown = 5;

/** A label with its score and, if scores are probabilities, a bar as long as it. */
function scoreLine({ label, score }: ShownScore, areShares: boolean): string {
  const bar = areShares ? `<span class="bar" style="--share: ${(score * 100).toFixed(1)}%"></span>` : '';
  return `<li><span>${escapeMarkup(label)}</span><span class="number">${score.toFixed(areShares ? 3 : 4)}</span>${bar}</li>`;
}

/** A picture, and the labels with the highest scores beside it. `scores`: highest first. */
export function pictureSection({ channels, size }: Picture, scores: readonly ShownScore[]): string {
  const [rows, columns] = size;
  const areShares = scores.every(({ score }) => score >= 0 && score <= 1);
  const lines = scores.slice(0, mostShown).map((one) => scoreLine(one, areShares));
  const list = lines.length === 0 ? '' : `<ol class="scores">${lines.join('')}</ol>`;
  const label = `the image, ${rows} × ${columns} pixels of ${channels} channel${channels === 1 ? '' : 's'}`;
  return `<div class="read"><div class="picture" role="img" aria-label="${label}"></div>${list}</div>`;
}
