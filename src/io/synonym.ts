/**
 * Names in recipes and configurations, in order of preference, and other toolkits' names for the same; one row per
 * meaning. Only fields that exist at the given place are suggested, so a row can serve several places.
 */
export const synonymRows: readonly (readonly [names: string, others: string])[] = [
  // train
  ['num_train_epochs', 'epoch epochs num_epochs n_epochs max_epochs train_epochs'],
  ['max_steps', 'steps num_steps train_steps total_steps max_updates updates iterations max_iters'],
  ['per_device_train_batch_size max_tokens_per_batch', 'batch batch_size bs train_batch_size per_device_batch_size'],
  ['max_tokens_per_batch', 'max_tokens batch_tokens tokens_per_batch batch_size_tokens'],
  ['gradient_accumulation_steps', 'accumulation_steps accumulate_grad_batches grad_accum update_freq'],
  ['learning_rate', 'lr rate base_lr peak_lr max_lr'],
  ['lr_scheduler_type', 'scheduler schedule lr_scheduler lr_schedule scheduler_type'],
  ['warmup_steps', 'warmup warmup_ratio warmup_updates warmup_iters num_warmup_steps'],
  ['optim', 'optimizer optimiser optimizer_type'],
  ['adam_beta1 adam_beta2', 'betas adam_betas'],
  ['adam_beta1', 'beta1 momentum'],
  ['adam_beta2', 'beta2'],
  ['adam_epsilon norm_eps', 'eps epsilon adam_eps'],
  ['weight_decay', 'wd decay l2 l2_penalty'],
  ['label_smoothing_factor', 'smoothing label_smoothing'],
  ['max_grad_norm', 'clip clip_norm grad_clip max_norm gradient_clipping gradient_clip_val clip_grad_norm'],
  ['eval_steps', 'eval_every eval_interval evaluation_steps valid_steps validate_every eval_strategy'],
  ['save_steps', 'save_every save_interval checkpoint_every checkpoint_steps save_strategy'],
  ['logging_steps', 'log_steps log_every log_interval logging_interval logging_strategy'],
  ['save_total_limit', 'keep_last keep_checkpoints max_checkpoints'],
  ['average_last', 'average averaging swa checkpoint_averaging'],
  ['early_stopping_patience', 'patience early_stopping'],
  ['metric_for_best_model', 'metric monitor best_metric'],
  ['class_weights', 'class_weight label_weights weights'],
  ['word_dropout', 'unk_dropout unknown_dropout'],
  ['seed', 'random_seed random_state manual_seed'],
  [
    'max_length block_size',
    'max_len seq_len seq_length sequence_length max_seq_len max_seq_length context_length n_ctx',
  ],
  // generation
  ['num_beams generation_num_beams', 'beam beams n_beams beam_size beam_width num_beam'],
  ['max_new_tokens', 'max_tokens max_len max_length max_gen_len max_target_length'],
  ['min_new_tokens', 'min_tokens min_len min_length'],
  ['do_sample', 'sample sampling'],
  ['temperature', 'temp'],
  ['top_p', 'nucleus nucleus_p'],
  ['length_penalty', 'lenpen alpha length_alpha'],
  ['repetition_penalty', 'frequency_penalty presence_penalty repeat_penalty'],
  ['num_return_sequences', 'n nbest n_best num_return'],
  // tokenizer
  ['vocab_size', 'vocab vocabulary vocabulary_size max_vocab merges num_merges n_vocab'],
  ['kind', 'type algorithm tokenizer_type'],
  ['lowercase', 'lower lower_case do_lower_case uncased'],
  ['min_frequency', 'min_freq min_count'],
  ['shared', 'share joint share_vocab shared_vocab joint_vocab'],
  ['characters', 'chars use_chars'],
  ['vectors', 'glove fasttext word_vectors embeddings pretrained_embeddings'],
  // data and the sections of a recipe
  ['train', 'training train_file train_data trainer training_args training_arguments optimization'],
  ['validation', 'val valid dev eval validation_file validation_data dev_file eval_file'],
  ['test', 'test_file test_data'],
  ['root', 'dir folder directory path data_dir'],
  ['file', 'path filename'],
  ['source', 'src input from'],
  ['target', 'tgt trg output to'],
  ['text', 'sentence document input source sentence1 text1 premise question1'],
  ['text_pair', 'pair sentence2 text2 hypothesis question2 second_text'],
  ['label', 'class category target'],
  ['word', 'form token words'],
  ['tag', 'label pos ner tags'],
  ['label_separator', 'separator delimiter label_delimiter'],
  ['validation_share', 'validation_split val_split val_ratio split'],
  ['data', 'dataset datasets corpus'],
  ['model', 'config network architecture'],
  ['generation', 'generate decode decoding inference generation_config'],
  // model
  ['model_type', 'type arch architecture family'],
  ['hidden_size d_model dim n_embd', 'hidden width hidden_dim model_dim embed_dim units rnn_size'],
  ['embedding_size hidden_size d_model', 'emb_size emb_dim embed_size embed_dim embedding_dim word_dim'],
  ['num_hidden_layers n_layers n_layer encoder_layers decoder_layers', 'layers num_layers depth'],
  ['num_hidden_layers encoder_layers', 'num_encoder_layers enc_layers'],
  ['num_decoder_layers decoder_layers', 'dec_layers'],
  ['decoder_hidden_size hidden_size d_model', 'decoder_dim decoder_hidden'],
  ['num_attention_heads n_heads n_head encoder_attention_heads decoder_attention_heads', 'heads nhead num_heads'],
  ['head_size', 'head_dim d_head d_kv'],
  [
    'intermediate_size hidden_dim n_inner encoder_ffn_dim decoder_ffn_dim',
    'ffn d_ff ff_dim ffn_dim mlp_dim dim_feedforward',
  ],
  ['hidden_act activation_function activation', 'act nonlinearity'],
  ['dropout', 'drop p_dropout dropout_rate dropout_prob hidden_dropout hidden_dropout_prob resid_pdrop embd_pdrop'],
  ['attention_dropout', 'attn_dropout attn_pdrop attention_probs_dropout_prob'],
  ['classifier_dropout seq_classif_dropout', 'cls_dropout head_dropout'],
  ['max_position_embeddings n_positions', 'max_len max_length n_ctx max_positions context_length block_size'],
  ['position_embedding_type', 'position positions pos_emb positional_encoding position_encoding rope'],
  ['norm', 'pre_norm prenorm norm_first normalize_before'],
  ['norm_eps', 'layer_norm_eps layer_norm_epsilon rms_norm_eps'],
  ['initializer_range init_std', 'init std init_scale'],
  ['tie_word_embeddings', 'tied tie_weights tie_embeddings weight_tying'],
  ['share_encoder_decoder_embeddings', 'share_embeddings share_all_embeddings shared_embeddings'],
  ['bidirectional', 'bi birnn is_bidirectional'],
  ['cell', 'rnn rnn_type cell_type'],
  ['attention', 'attn attention_type'],
  ['pooling', 'pool pooler pooling_mode'],
  ['crf', 'use_crf has_crf'],
  ['tag_scheme', 'scheme tagging_scheme'],
  ['rope_theta', 'theta rope_base'],
];

/** `batchSize` and `batch-size` are `batch_size`. */
const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

const words = (text: string): string[] => text.split(' ');

/** The names that each synonym can stand for. */
const meanings = new Map<string, Set<string>>();
for (const [names, others] of synonymRows) {
  for (const name of [...words(names), ...words(others)]) {
    const found = meanings.get(plain(name)) ?? new Set();
    for (const one of words(names)) found.add(one);
    meanings.set(plain(name), found);
  }
}

/** The most names in one suggestion. */
const mostNames = 2;

/**
 * Known names with the same meaning as another: `batch_size` → `per_device_train_batch_size`, `layers` → both sides'.
 */
export function sameMeaning(name: string, known: Iterable<string>): string[] {
  const isKnown = new Set(known);
  return [...(meanings.get(plain(name)) ?? [])].filter((one) => isKnown.has(one) && one !== name).slice(0, mostNames);
}
