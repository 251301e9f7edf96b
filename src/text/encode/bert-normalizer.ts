import type { Change } from './placed-text.ts';
import { inSequence, type Step } from './step.ts';
import { unicodeForm } from './unicode-form.ts';

/** What BERT's normalizer does; `strip_accents` follows `lowercase` when it is not set. */
export interface BertNormalizerSettings {
  readonly clean_text?: boolean | null;
  readonly handle_chinese_chars?: boolean | null;
  readonly strip_accents?: boolean | null;
  readonly lowercase?: boolean | null;
}

/**
 * BERT's normalizer.
 *
 * Source: tokenizers 0.23 normalizers/bert.rs. The ranges of Chinese characters are its own, 2B920 where Unicode has
 * 2B820.
 */
export function bertNormalizer(settings: BertNormalizerSettings): Step {
  const { clean_text = true, handle_chinese_chars = true, lowercase: isLower = true } = settings;
  const steps: Step[] = [];
  if (clean_text) steps.push(without(/[\0\ufffd\p{Cf}\p{Co}\p{Cs}]|(?![\t\n\r])\p{Cc}/gu), spaces);
  if (handle_chinese_chars) steps.push(chinese);
  if (settings.strip_accents ?? isLower) steps.push(unicodeForm('NFD'), without(/\p{Mn}/gu));
  if (isLower) steps.push(lowercase);
  return inSequence(steps);
}

/** Removes all matches of single characters. */
export const without = (pattern: RegExp): Step => ({
  plain: (text) => text.replace(pattern, ''),
  placed: (text) => text.filter((character) => character.replace(pattern, '') !== ''),
});

const whiteSpace = /\p{White_Space}/gu;
const spaces: Step = {
  plain: (text) => text.replace(whiteSpace, ' '),
  placed: (text) => text.rewrite(text.text.replace(whiteSpace, ' ')),
};

const chineseCharacter =
  /[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{2a6df}\u{2a700}-\u{2b81f}\u{2b920}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/gu;
const chinese: Step = {
  plain: (text) => text.replace(chineseCharacter, ' $& '),
  placed: (text) =>
    text.transform(
      Array.from(text.text, (character): Change[] => {
        const own = { character, change: 0 };
        if (character.replace(chineseCharacter, '') !== '') return [own];
        return [{ character: ' ', change: 1 }, own, { character: ' ', change: 1 }];
      }).flat(),
    ),
};

/**
 * Lower case, character by character as in Rust: a sigma at the end of a word is one like any other, where JavaScript
 * writes ς.
 */
export const lowercase: Step = {
  plain: lowered,
  placed: (text) => {
    const lower = lowered(text.text);
    // No lower-case letter is shorter, so equal lengths mean equal places.
    if (lower.length === text.text.length) return text.rewrite(lower);
    return text.transform(
      Array.from(text.text, (original) =>
        Array.from(lowered(original), (character, at): Change => ({ character, change: at > 0 ? 1 : 0 })),
      ).flat(),
    );
  },
};

function lowered(text: string): string {
  return text.replaceAll('Σ', 'σ').toLowerCase();
}
