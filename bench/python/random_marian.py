"""Makes a small Marian folder with random weights and a file of lines, to try the scripts without a trained model."""

import argparse
import json
import pathlib
import random

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import GenerationConfig, MarianConfig, MarianMTModel

SYLLABLES = "ka to mi re su no la vi po de gu hen war tik".split()


def sentences(count, seed):
    rng = random.Random(seed)
    word = lambda: "".join(rng.choices(SYLLABLES, k=rng.randint(1, 4)))
    return [" ".join(word() for _ in range(rng.randint(1, 20))) for _ in range(count)]


def make_tokenizer(lines, vocab_size):
    """Byte-level BPE with </s> = 0, <unk> = 1 and <pad> last."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=vocab_size - 1, special_tokens=["</s>", "<unk>"], show_progress=False)
    tokenizer.train_from_iterator(lines, trainer)
    tokenizer.add_special_tokens(["<pad>"])
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 0)])
    return tokenizer


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--vocab", type=int, default=200)
    parser.add_argument("--lines", type=int, default=100)
    parser.add_argument("--d-model", type=int, default=64)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    lines = sentences(options.lines, options.seed)
    (options.folder / "lines.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")

    tokenizer = make_tokenizer(lines, options.vocab)
    size = tokenizer.get_vocab_size()
    tokenizer.save(str(options.folder / "tokenizer.json"))
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_input_names": ["input_ids", "attention_mask"],
        "clean_up_tokenization_spaces": False,
        **{"eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"},
    }
    (options.folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2))

    torch.manual_seed(options.seed)
    ids = {"eos_token_id": 0, "pad_token_id": size - 1, "decoder_start_token_id": size - 1, "forced_eos_token_id": 0}
    width = options.d_model
    sizes = {f"{part}_{name}": value for part in ("encoder", "decoder") for name, value in (("layers", 2), ("attention_heads", 4), ("ffn_dim", 2 * width))}
    config = MarianConfig(vocab_size=size, d_model=width, max_position_embeddings=256, activation_function="relu", scale_embedding=True, init_std=0.2, **sizes, **ids)
    model = MarianMTModel(config)
    with torch.no_grad():
        model.get_input_embeddings().weight[-1].normal_(std=0.2)
    model.generation_config = GenerationConfig(num_beams=5, length_penalty=1.0, max_new_tokens=80, bad_words_ids=[[size - 1]], **ids)
    model.save_pretrained(options.folder)


if __name__ == "__main__":
    main()
