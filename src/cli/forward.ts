import { exampleText, type Verb } from './verb.ts';

interface ForwardCall {
  readonly inputs: string;
  readonly outputs: string;
  readonly gradients?: boolean;
}

export const forward: Verb = (program) => {
  program
    .command('forward')
    .summary('run a model once on given tensors and write all it computes')
    .description(
      'Reads input_ids, attention_mask, labels, and for an encoder–decoder decoder_input_ids, decoder_attention_mask\n' +
        '(integers; masks left out are ones; labels of a regression or of several labels a text are fractions), and writes\n' +
        'logits (of an encoder alone last_hidden_state), hidden states, attentions, with labels the loss, with --gradients\n' +
        'grad/NAME for every parameter. The folder needs config.json and the weights only.',
    )
    .argument('<model>', 'folder of a model')
    .requiredOption('--inputs <file>', 'safetensors with the inputs')
    .requiredOption('--outputs <file>', 'safetensors to write')
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
