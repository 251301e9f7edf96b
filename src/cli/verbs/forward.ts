import { engine, exampleText, type Verb } from '../verb.ts';

interface ForwardCall {
  readonly inputs: string;
  readonly outputs: string;
  readonly gradients?: boolean;
  readonly engine?: string;
}

export const forward: Verb = (program) => {
  program
    .command('forward')
    .summary('run a model once on given tensors and write all outputs')
    .description(
      'Reads the inputs of a model by their names in Transformers: input_ids, attention_mask, token_type_ids, ' +
        'decoder_input_ids, labels, start_positions …, all integers. Missing masks are all ones, missing token types 0. ' +
        'Labels for regression, or for several labels per text, are floats. Writes what the class returns (logits, ' +
        'last_hidden_state, start_logits …), hidden states and attentions; with labels also the loss; with --gradients also grad/NAME for every parameter. The folder needs only config.json and the weights.',
    )
    .argument('<model>', 'folder of a model')
    .requiredOption('--inputs <file>', 'safetensors file with the inputs')
    .requiredOption('--outputs <file>', 'safetensors file to write')
    .option('--gradients', 'also write the gradients of the loss; needs labels')
    .option(...engine)
    .addHelpText(
      'after',
      exampleText([
        ['heddle forward run/ --inputs in.safetensors --outputs out.safetensors', 'to compare with Python'],
      ]),
    )
    .action(async (model: string, { inputs, outputs, gradients = false, engine }: ForwardCall) => {
      const { forwardFiles } = await import('../../tasks/verbs/forward-file.ts');
      await forwardFiles(model, { inputs, outputs, gradients, engine });
    });
};
