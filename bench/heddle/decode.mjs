/** Times the translation of a file by Heddle's pipeline, lines to lines. Serves the requests of `protocol.mjs`. */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { pipelineOf } from '../../dist/tasks/pipeline.js';
import { nodePlatform } from '../../dist/tasks/platform/node.js';
import { modelSource } from '../../dist/tasks/platform/platform.js';
import { peakMegabytes, serve, sinceStart } from '../protocol.mjs';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    input: { type: 'string' },
    beams: { type: 'string', default: '5' },
    'length-penalty': { type: 'string', default: '1' },
    'max-new-tokens': { type: 'string', default: '80' },
    /** One line after the other instead of all at once. */
    one: { type: 'boolean', default: false },
    /** Ends a search with as many hypotheses as beams, as CTranslate2 does. */
    'early-stopping': { type: 'boolean', default: false },
    dtype: { type: 'string' },
  },
});

const baseline = peakMegabytes();
const lines = (await readFile(options.input, 'utf8')).replace(/\n$/, '').split('\n');
const translate = await pipelineOf('translation', modelSource(nodePlatform, positionals[0], { dtype: options.dtype }));
const generation = {
  num_beams: Number(options.beams),
  length_penalty: Number(options['length-penalty']),
  early_stopping: options['early-stopping'],
  max_new_tokens: Number(options['max-new-tokens']),
  output_scores: true,
};

async function iteration({ translations: isWanted }) {
  const results = options.one ? await inTurn() : await translate(lines, generation);
  const count = results.reduce((sum, { token_ids }) => sum + (token_ids?.length ?? 0), 0);
  const texts = isWanted ? { translations: results.map(({ translation_text }) => translation_text) } : {};
  return { output_tokens: count, lines: lines.length, ...texts };
}

async function inTurn() {
  const results = [];
  for (const line of lines) results.push((await translate([line], generation))[0]);
  return results;
}

await translate(lines.slice(0, 64), generation);
await serve(
  { name: `decode-beam${options.beams}`, lines: lines.length, baseline_rss_mb: baseline, ready_ms: sinceStart() },
  iteration,
);
