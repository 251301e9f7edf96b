import type { AttentionExample, Drawing } from '../attention/attention-example.ts';
import { patchGuide } from './patch-guide.ts';
import { keptOnPatches, patchSection } from './patch-section.ts';
import { patchStyle } from './patch-style.ts';
import { tileOf } from './patch-tile.ts';
import { pictureAddress, pixelsPerPoint } from './picture.ts';
import { pictureSection } from './picture-section.ts';

/** Maps of where a token or a patch looks, over a picture. */
export function patchDrawing(examples: readonly AttentionExample[]): Drawing {
  const maps = examples.flatMap((example) => example.maps);
  const kept = keptOnPatches(maps);
  const pixels = pixelsPerPoint(examples.flatMap(({ picture = [] }) => picture));
  const learned = maps.slice(0, 1).flatMap(({ query }) => query.tokens.slice(0, tileOf(query).learned));
  const hasSeveral = maps.some(({ layers }) => layers.flat().length > 1);
  return {
    guide: patchGuide({ learned, kept, pixels, hasSeveral }),
    style: patchStyle,
    async section({ picture, scores = [], maps: own }, id) {
      if (!picture) return { markup: '', style: '' };
      const [rows, columns] = picture.size;
      const form = { kept, aspect: columns / rows };
      const [address, ...parts] = await Promise.all([
        pictureAddress(picture, pixels),
        ...own.map((map) => patchSection(map, `${id}-${map.kind}`, form)),
      ]);
      const style = `#${id} { --picture: url(${address}); --shape: ${columns} / ${rows}; }`;
      return {
        markup: [pictureSection(picture, scores), ...parts.map(({ markup }) => markup)].join('\n'),
        style: [style, ...parts.map((part) => part.style)].join('\n'),
      };
    },
  };
}
