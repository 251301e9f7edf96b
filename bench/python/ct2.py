"""A Marian folder with a tokenizer.json, converted for CTranslate2.

CTranslate2's own Marian conversion drops the pad entry and starts from a zero embedding, which holds for checkpoints
converted from Marian. A model trained with a tied output layer has a pad embedding that is not zero, so here the pad stays: the
decoder starts from it, and a bias of -1e9 keeps it from being written, as bad_words_ids does in Transformers.
"""

import ctranslate2
import torch
from ctranslate2.converters import transformers as converters

from folder import load_tokenizer

PAD_BIAS = -1e9


class MarianLoader(converters.BartLoader):
    @property
    def architecture_name(self):
        return "MarianMTModel"

    def get_model_spec(self, model):
        model.config.normalize_before = False
        model.config.normalize_embedding = False
        model.final_logits_bias[0, model.config.pad_token_id] = PAD_BIAS
        return super().get_model_spec(model)

    def set_config(self, config, model, tokenizer):
        config.eos_token = tokenizer.eos_token
        config.unk_token = tokenizer.unk_token
        config.decoder_start_token = tokenizer.convert_ids_to_tokens(model.config.decoder_start_token_id)


class MarianConverter(converters.TransformersConverter):
    def load_tokenizer(self, tokenizer_class, model_name_or_path, **kwargs):
        return load_tokenizer(model_name_or_path)


def convert(source, target, compute_type, workers, threads=1):
    """Writes the converted model to the empty folder `target` and returns its translator."""
    converters.register_loader("MarianConfig")(MarianLoader)
    with torch.no_grad():
        MarianConverter(source).convert(target, quantization=None if compute_type == "float32" else compute_type, force=True)
    return ctranslate2.Translator(target, device="cpu", compute_type=compute_type, inter_threads=workers, intra_threads=threads)
