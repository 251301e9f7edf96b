import { exampleText, type Verb } from './verb.ts';

interface ForwardCall {
  readonly inputs: string;
  readonly outputs: string;
  readonly gradients?: boolean;
}

export const forward: Verb = (program) => {
  program
    .command('forward')
    .summary('run a model once on given tensors and write all outputs')
    .description(
      'Reads the integers input_ids, attention_mask, labels and, for an encoder–decoder, decoder_input_ids and ' +
        'decoder_attention_mask. Missing masks are all ones. Labels for regression, or for several labels per text, are ' +
        'floats. Writes logits (last_hidden_state for a bare encoder), hidden states and attentions; with labels also the ' +
        'loss; with --gradients also grad/NAME for every parameter. The folder needs only config.json and the weights.',
    )
    .argument('<model>', 'folder of a model')
    .requiredOption('--inputs <file>', 'safetensors file with the inputs')
    .requiredOption('--outputs <file>', 'safetensors file to write')
    .option('--gradients', 'also write the gradients of the loss; needs labels')
    .addHelpText(
      'after',
      exampleText([
        ['heddle forward run/ --inputs in.safetensors --outputs out.safetensors', 'to compare with Python'],
      ]),
    )
    .action(async (model: string, { inputs, outputs, gradients = false }: ForwardCall) => {
      const { forwardFiles } = await import('../tasks/verbs/forward-file.ts');
      await forwardFiles(model, { inputs, outputs, gradients });
    });
};
