"""Fetches g2p-en with pip, a published GRU that spells English words as phonemes, and writes it as a folder of Heddle.

    python fetch_g2p_en.py g2p-en
    npx heddle predict g2p-en < words.txt > phonemes.txt      # aabomycin -> AE2 B AH0 M IH1 S AH0 N
    paste words.txt phonemes.txt > spelt.tsv
    python fetch_g2p_en.py --compare spelt.tsv

The model is that of the package g2p-en 2.1.0 (Kyubyong Park and Jongseok Kim, Apache-2.0): an encoder and a decoder of one GRU
layer, 256 wide, 29 letters and 74 phonemes, without attention: the decoder starts from the encoder's last state. Its gates are in
PyTorch's order (reset, update, new) with the reset gate after the product, so the tensors need no change. The package looks words
up in a dictionary first; only the words that are not in it are spelt by the model, which is what `--compare` runs: the
package's own numpy code.
"""

import argparse
import hashlib
import io
import json
import pathlib
import subprocess
import sys
import tempfile
import zipfile

import numpy as np
from safetensors.numpy import save_file

PACKAGE = "g2p-en==2.1.0"
WEIGHTS = "g2p_en/checkpoint20.npz"
WEIGHTS_SHA256 = "b8af35e4596d8dd5836dfd3fe9b2ba4f97b9c311efe8879544cbcfcbd566d8c6"
LETTERS = ["<pad>", "<unk>", "</s>", *"abcdefghijklmnopqrstuvwxyz"]
START, END, MOST = 2, 3, 20
NAMES = {
    "enc_emb": "model.encoder.embed_tokens.weight",
    "dec_emb": "model.decoder.embed_tokens.weight",
    "fc_w": "lm_head.weight",
    "fc_b": "lm_head.bias",
    **{
        f"{side}_{short}": f"model.{path}.rnn.{name}_l0"
        for side, path in {"enc": "encoder", "dec": "decoder"}.items()
        for short, name in {"w_ih": "weight_ih", "w_hh": "weight_hh", "b_ih": "bias_ih", "b_hh": "bias_hh"}.items()
    },
}


def download():
    """The weights, the package's code and its list of phonemes. pip uses the index it is set up with."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, PACKAGE], check=True, stdout=sys.stderr)
        [wheel] = pathlib.Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            weights, code = archive.read(WEIGHTS), archive.read("g2p_en/g2p.py").decode("utf-8")
    found = hashlib.sha256(weights).hexdigest()
    if found != WEIGHTS_SHA256:
        raise ValueError(f"{PACKAGE}: {WEIGHTS} has SHA-256 {found}, expected {WEIGHTS_SHA256}")
    return dict(np.load(io.BytesIO(weights))), own_model(code)


def own_model(code):
    """The class G2p of the package, without what it imports and looks up besides."""
    start, end = code.index("class G2p"), code.index("    def __call__")
    names = {"np": np}
    exec(code[start:end], names)
    return names["G2p"]


def phonemes_of(kind):
    """The package's list of phonemes is in its constructor, before the dictionary is read."""
    model = kind.__new__(kind)
    try:
        kind.__init__(model)
    except NameError:
        pass
    return model, model.phonemes


def special(content, at):
    return {"id": at, "content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}


def tokenizer(tokens, end, parts):
    vocabulary = {token: at for at, token in enumerate(tokens)}
    return {
        **{"version": "1.0", "truncation": None, "padding": None},
        "added_tokens": [special(token, at) for token, at in vocabulary.items() if token.startswith("<")],
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}],
            "special_tokens": {"</s>": {"id": "</s>", "ids": [end], "tokens": ["</s>"]}},
        },
        **{part: value for part, value in parts.items() if part != "model"},
        "model": {**parts["model"], "unk_token": "<unk>", "vocab": vocabulary},
    }


def letters():
    plain = {"dropout": None, "continuing_subword_prefix": None, "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False}
    split = {"type": "Split", "pattern": {"Regex": "[\\s\\S]"}, "behavior": "Isolated", "invert": False}
    parts = {
        **{"normalizer": {"type": "Lowercase"}, "pre_tokenizer": split, "decoder": {"type": "Fuse"}},
        "model": {"type": "BPE", **plain, "ignore_merges": False, "merges": []},
    }
    return tokenizer(LETTERS, LETTERS.index("</s>"), parts)


def words(phonemes):
    parts = {
        **{"normalizer": None, "pre_tokenizer": {"type": "WhitespaceSplit"}},
        "decoder": {"type": "WordPiece", "prefix": " ", "cleanup": False},
        "model": {"type": "WordPiece", "continuing_subword_prefix": " ", "max_input_chars_per_word": 9},
    }
    return tokenizer(phonemes, END, parts)


def config(variables):
    return {
        **{"architectures": ["HeddleRecurrentSeq2Seq"], "model_type": "recurrent_seq2seq", "cell": "gru", "dropout": 0.0},
        **{"vocab_size": len(variables["enc_emb"]), "decoder_vocab_size": len(variables["dec_emb"])},
        **{"embedding_size": variables["enc_emb"].shape[1], "hidden_size": variables["enc_w_hh"].shape[1]},
        **{"bidirectional": False, "attention": "none", "init_hidden": "last", "share_encoder_decoder_embeddings": False},
        **{"pad_token_id": 0, "eos_token_id": END, "decoder_start_token_id": START, "forced_eos_token_id": None},
    }


# Its own rule: the most likely phoneme, whichever it is, at most 20 times.
GENERATION = {
    **{"num_beams": 1, "do_sample": False, "max_new_tokens": MOST, "bad_words_ids": None, "forced_eos_token_id": None},
    **{"decoder_start_token_id": START, "eos_token_id": END, "pad_token_id": 0},
}
SPECIAL = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}


def write(folder, variables, phonemes):
    folder.mkdir(parents=True)
    save_file({NAMES[name]: np.ascontiguousarray(variables[name]) for name in NAMES}, folder / "model.safetensors", {"format": "pt"})
    files = {
        **{"config.json": config(variables), "generation_config.json": GENERATION, "heddle.json": {"task": "text2text-generation"}},
        **{"tokenizer.json": letters(), "target_tokenizer.json": words(phonemes), "tokenizer_config.json": SPECIAL},
    }
    for name, value in files.items():
        (folder / name).write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{folder.resolve()}: g2p-en 2.1.0, licence Apache-2.0")


def compare(path, model, variables):
    """Counts the words whose phonemes are those of the package's own code."""
    for name, value in variables.items():
        setattr(model, name, value)
    model.idx2p = dict(enumerate(model.phonemes))
    lines = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if line]
    wrong = [(word, found, " ".join(model.predict(word))) for word, found in lines if found != " ".join(model.predict(word))]
    for word, found, expected in wrong[:10]:
        print(f"{word}: {found}, expected {expected}")
    print(f"{len(lines) - len(wrong)} of {len(lines)} words have the same phonemes")
    if wrong:
        raise ValueError(f"{len(wrong)} words differ")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path, nargs="?", help="a new folder")
    parser.add_argument("--compare", type=pathlib.Path, metavar="FILE", help="lines of a word, a tab and its phonemes")
    options = parser.parse_args()
    if (options.folder is None) == (options.compare is None):
        parser.error("expected either a folder or --compare")
    if options.folder and options.folder.exists():
        parser.error(f"{options.folder} exists")
    variables, kind = download()
    model, phonemes = phonemes_of(kind)
    if options.folder:
        write(options.folder, variables, phonemes)
    else:
        compare(options.compare, model, variables)


if __name__ == "__main__":
    try:
        main()
    except (ValueError, OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"fetch_g2p_en.py: {error}")
