/** The size of the Transformers in samples of tasks, as fields of a recipe's model. */
export const transformerSize = `hidden_size: 16
  num_hidden_layers: 1
  num_attention_heads: 2
  intermediate_size: 32
  max_position_embeddings: 64`;
