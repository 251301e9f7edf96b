import * as z from 'zod';
import { check } from '../../io/check.ts';
import { parseJson } from '../../io/json.ts';
import type { FoundQuestion } from './question-fault.ts';

const asked = z
  .looseObject({
    id: z.union([z.string(), z.number()]),
    question: z.string(),
    answers: z.array(z.looseObject({ text: z.string(), answer_start: z.int() })).default([]),
    is_impossible: z.boolean().default(false),
  })
  .refine(({ answers, is_impossible }) => !is_impossible || answers.length === 0, {
    error: 'expected no answers with is_impossible: true',
  });

const nested = z.looseObject({
  data: z.array(
    z.looseObject({
      paragraphs: z.array(
        z.looseObject({
          context: z.string(),
          qas: z.array(asked),
        }),
      ),
    }),
  ),
});

/** Whether a text begins like SQuAD's JSON. */
export const isSquad = (text: string): boolean => /^\s*\{\s*"(?:data|version)"\s*:/.test(text);

/** The questions of SQuAD's JSON, not checked yet. @throws {InputError} when it has another form. */
export function squadQuestions(text: string, file: string): FoundQuestion[] {
  return check(nested, parseJson(text, `data ${file}`), `data ${file}`).data.flatMap(({ paragraphs }) =>
    paragraphs.flatMap(({ context, qas }) =>
      qas.map(({ id, question, answers }) => ({
        question,
        context,
        answers: answers.map(({ text: answer, answer_start: start }) => ({ text: answer, start })),
        where: `${file}: question ${id}`,
      })),
    ),
  );
}
