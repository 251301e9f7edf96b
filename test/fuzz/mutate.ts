/** Makes broken inputs of whole ones: a few changes each, of the structure where there is one, of the text, of the bytes. */
import type { RandomStream } from '../../src/data/batch/shuffle.ts';

type Json = unknown;

const pick = <T>(list: readonly T[], random: RandomStream): T => list[random.below(list.length)] as T;

/** Values that readers do not expect. */
const values: readonly Json[] = [
  ...[0, -1, 1, 2, 0.5, 1e-320, 1e308, -1e308, 2 ** 31, -(2 ** 31), 2 ** 32, 2 ** 53, -(2 ** 53), 1e9, 1e6, 65536],
  ...['', ' ', '\0', '\n', '\t', 'a', '-1', '1e999', 'NaN', 'null', '[]', '__proto__', 'constructor', 'toString'],
  ...[
    '\ud800',
    '\udc00\ud800',
    '\ufeff',
    '\u2028',
    '한',
    'e\u0301',
    '👩‍👩‍👧',
    '../../x',
    '/etc/passwd',
    '$' + '{x}',
    '(a+)+$',
    '*a',
    '&a',
    '!!js/function x',
  ],
  ...[null, true, false],
];

/** What a value is replaced by; some are made anew each time, since they are large. */
function value(random: RandomStream): Json {
  switch (random.below(12)) {
    case 0:
      return pick(['a', ' ', '\0', '[', '{"a":', '9', '한', '\n'], random).repeat(10 ** random.below(5));
    case 1:
      return Array.from({ length: random.below(4) }, () => pick(values, random));
    case 2:
      return { [String(pick(values, random))]: pick(values, random) };
    case 3:
      return nested(10 ** random.below(4));
    default:
      return pick(values, random);
  }
}

function nested(depth: number): Json {
  let inner: Json = 1;
  for (let i = 0; i < depth; i++) inner = i % 2 ? [inner] : { a: inner };
  return inner;
}

interface Place {
  readonly holder: Record<string, Json> | Json[];
  readonly key: string;
}

function placesIn(root: Json): Place[] {
  const places: Place[] = [];
  const waiting: Json[] = [root];
  for (let holder = waiting.pop(); holder !== undefined; holder = waiting.pop()) {
    if (typeof holder !== 'object' || holder === null) continue;
    for (const [key, inner] of Object.entries(holder)) {
      places.push({ holder: holder as Place['holder'], key });
      if (typeof inner === 'object' && inner !== null) waiting.push(inner);
    }
  }
  return places;
}

function put(holder: Place['holder'], key: string, inner: Json): void {
  Object.defineProperty(holder, key, { value: inner, configurable: true, enumerable: true, writable: true });
}

/** A copy of a tree with one thing changed. */
export function mutateTree(tree: Json, random: RandomStream): Json {
  const root = [structuredClone(tree)];
  const places = placesIn(root);
  const { holder, key } = pick(places, random);
  const other = pick(places, random);
  const inner = (holder as Record<string, Json>)[key];
  switch (random.below(7)) {
    case 0:
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else delete holder[key];
      break;
    case 1:
      if (Array.isArray(holder)) holder.splice(Number(key), 0, structuredClone(inner));
      else put(holder, String(pick(values, random)), inner);
      break;
    case 2:
      put(holder, key, structuredClone((other.holder as Record<string, Json>)[other.key]));
      break;
    case 3:
      put(
        holder,
        key,
        typeof inner === 'number' ? pick([-inner, inner + 1, inner / 3, inner * 1e6, String(inner)], random) : [inner],
      );
      break;
    default:
      put(holder, key, value(random));
  }
  return root[0];
}

const encoder = new TextEncoder();

/** Bytes that are no UTF-8, or look like something else. */
const oddBytes: readonly (readonly number[])[] = [
  [0xff],
  [0xc3],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xef, 0xbb, 0xbf],
  [0xff, 0xfe],
  [0],
  [0x0d],
  [0x0d, 0x0a],
  [0x0a],
  [0x09],
  [0x22],
  [0xe2, 0x80, 0xa8],
  [0x1f, 0x8b],
];

const oddTexts = [
  '"',
  ',',
  '\t',
  '\n\n',
  '# ',
  '{',
  '[',
  '}',
  ']',
  ': ',
  '- ',
  '&a ',
  '*a',
  '<<: *a',
  '%',
  '|',
  '1e999',
  '-',
  '\\u',
  '\\ud800',
  ',,',
  '""',
  "'",
  '…',
];

/** A copy of bytes with one thing changed. */
export function mutateBytes(bytes: Uint8Array, random: RandomStream): Uint8Array {
  const at = random.below(bytes.length + 1);
  const end = Math.min(bytes.length, at + random.below(2 ** (1 + random.below(10))));
  const around = (middle: Uint8Array, to = end): Uint8Array =>
    Uint8Array.from(Buffer.concat([bytes.subarray(0, at), middle, bytes.subarray(to)]));
  switch (random.below(10)) {
    case 0:
      return bytes.slice(0, at);
    case 1:
      return around(new Uint8Array(0));
    case 2:
      return around(bytes.subarray(at, end), at);
    case 3: {
      const copy = bytes.slice();
      for (let i = 1 + random.below(4); i > 0 && copy.length > 0; i--) {
        const place = random.below(copy.length);
        copy[place] = Number(copy[place]) ^ (1 << random.below(8));
      }
      return copy;
    }
    case 4:
      return around(Uint8Array.from(pick(oddBytes, random)), at);
    case 5:
      return around(encoder.encode(pick(oddTexts, random)), random.below(2) ? at : Math.min(bytes.length, at + 1));
    case 6:
      return around(encoder.encode(String(pick(values, random))), end);
    case 7:
      return around(
        encoder.encode(
          pick(['a', ' ', '[', '{"a":', '\t', '\n', '"', '- ', '9'], random).repeat(10 ** random.below(6)),
        ),
        at,
      );
    case 8: {
      // A number becomes another.
      const text = Buffer.from(bytes).toString('latin1');
      const numbers = [...text.matchAll(/-?\d+(\.\d+)?/g)];
      const found = numbers[random.below(numbers.length + 1)];
      if (!found) return bytes.slice(at);
      const number = String(
        pick([0, -1, 1e308, 2 ** 31, 2 ** 32, 2 ** 53, 1e21, 0.1, 1e9, '00', '1e999', '+1', '0x10', '١'], random),
      );
      return Uint8Array.from(
        Buffer.from(text.slice(0, found.index) + number + text.slice(found.index + found[0].length), 'latin1'),
      );
    }
    default: {
      // Lines change places.
      const text = Buffer.from(bytes).toString('latin1').split('\n');
      const [a, b] = [random.below(text.length), random.below(text.length)];
      [text[a], text[b]] = [text[b] as string, text[a] as string];
      return Uint8Array.from(Buffer.from(text.join('\n'), 'latin1'));
    }
  }
}
