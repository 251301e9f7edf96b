"""Makes the folders beside this file: tokenizers without `tokenizer.json`, and what Transformers makes of them.

Run with transformers 4.46.3, tokenizers 0.20.3, sentencepiece 0.2.0 on Python 3.11: `python make.py`. Every corpus is
made up. `tokenizer.expected.json` is the `tokenizer.json` that the fast class converts the other files to, with the
normalization table replaced by its SHA-256; `cases.json` holds the ids that it gives (Rust). The fast class itself gives other
ids for a few texts with special tokens inside: it keeps an earlier form of tokens that are added twice.
"""
import hashlib, json, os, shutil, tempfile
from pathlib import Path
import sentencepiece
import tokenizers
import transformers
from transformers import AddedToken

here = Path(__file__).resolve().parent
# Models hold the names of their corpus, so these are relative.
os.chdir(tempfile.mkdtemp())

ENGLISH = """The weaver lifts the red thread over the loom. A small museum sold 12,450 tickets at $7.50 each in 2019.
The quick fox jumped over the lazy dogs near the river bank. Threads, needles, looms and shuttles are not for sale!
"Why," she asked, "don't they weave at night?" Because the light is poor; it's cheaper by day.
Café owners in Zürich drank naïve coffee. He re-read the e-mail from x@example.org twice.""".split("\n")
KOREAN = """베틀 위에 붉은 실이 놓여 있다. 작은 박물관은 2019년에 표를 12,450장 팔았다.
할머니는 밤마다 실을 감고 낮에는 베를 짰다. 강아지가 강가에서 빠르게 뛰었다.
왜 밤에는 짜지 않느냐고 물었다. 빛이 모자라기 때문이라고 했다. 서울에서 온 편지를 두 번 읽었다.""".split("\n")
CORPUS = [line for line in ENGLISH + KOREAN for _ in range(4)] + [word for line in ENGLISH + KOREAN for word in line.split()] * 2

TEXTS = [
    "The weaver lifts the red thread.",
    "In 2019 the small museum sold 12,450 tickets at $7.50 each.",
    "베틀 위에 붉은 실이 놓여 있다.",
    "서울에서 온 편지를 두 번 읽었다. The loom!",
    "\u1107\u1166\u1110\u1173\u11af \u110b\u1171\u110b\u1166",
    "한글과 한글",
    "ㅋㅋㅋ ㅠㅠ ㄱㄴㄷ",
    "",
    " ",
    "     ",
    "  two  spaces   everywhere  ",
    "\ttab\tand\nnew\r\nline\u000bvt\u000cff",
    "a\u0000b \u0001\u0008\u007f c",
    "\uff26\uff35\uff2c\uff2c\u3000\uff37\uff29\uff24\uff34\uff28 \uff11\uff12\uff13",
    "caf\u00e9 cafe\u0301 CAF\u00c9 na\u00efve Z\u00fcrich",
    "\u0130stanbul \u03a3\u03ac\u03c2 \u039f\u0394\u039f\u03a3 Stra\u00dfe",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f1f0\U0001f1f7 \U0001f44d\U0001f3fd 1\ufe0f\u20e3 \u2764\ufe0f",
    "\U0001f970 \U0001faf6",
    "e\u200d\u0301 a\u200bb\ufeffc\u00ad",
    "\u4e2d\u6587\u5b57 \U00020000\U0002a6d6 \u65e5\u672c\u8a9e\u30c6\u30b9\u30c8",
    "\u0e01\u0e33 \u0928\u093f \u0644\u0627 \ufdfa",
    "\ufb01ne \u2460 \u00bd \u210c \u33a1 \u2026",
    "``quoted'' ''again``",
    "x@example.org, http://a.b/c?d=e&f#g",
    "don't DON'T we'll I'm",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "12,34,5, 6,7",
    "\u2581under \u2581 \u2581\u2581",
    "<s> a </s> b <pad> c <unk> d",
    "The <mask> lifts the[MASK]thread [CLS]x[SEP]y",
    "fill <extra_id_0> here <extra_id_1>.",
    "<mask_1> a <mask_2>b <unk_2> c",
    "ko_KR en_XX text en_XX",
    "<0x41><0xEB>",
    "[NEW] word[NEW]word  [NEW]  x",
    "newtok NEWTOK anewtokb",
    "<|endoftext|>after <|endoftext|>",
    "constructor __proto__ toString",
    "\u00a0nbsp\u2003em\u2028ls\u0085nel ",
    "\u0928\u094d\u200d\u0928 e\u0301\u0302 q\u0307\u0323",
    "...!!!??? --- ~~~ $$$ ^^ == |x|",
    "\r\n\r\n a\r\n",
    "the  loom   is \u3000wide",
    "A" * 3 + "\u0301" * 3 + " \u0344 \u1e9e \u212b",
]

# A small normalization table: sequences of several characters, deletions, compatibility, jamo to syllables.
def rules():
    rows = {"\t": " ", "\n": " ", "\r": " ", "\u3000": " ", "\u00a0": " ", "\u200b": " ", "\u0001": "", "\u200d": " "}
    rows.update({chr(0xFF01 + i): chr(0x21 + i) for i in range(94)})
    rows.update({"e\u0301": "\u00e9", "\u00bd": "1\u20442", "\ufb01": "fi", "\u2026": "...", "\u2460": "1", "\u33a1": "m2", "A\u0301": "\u00c1"})
    for lead in range(0x1100, 0x1113):
        for vowel in range(0x1161, 0x1176):
            rows[chr(lead) + chr(vowel)] = chr(0xAC00 + ((lead - 0x1100) * 21 + vowel - 0x1161) * 28)
            if vowel < 0x1168:
                for tail in (0x11AB, 0x11AF):
                    rows[chr(lead) + chr(vowel) + chr(tail)] = chr(0xAC00 + ((lead - 0x1100) * 21 + vowel - 0x1161) * 28 + tail - 0x11A7)
    return "\n".join(" ".join(f"{ord(c):X}" for c in a) + "\t" + " ".join(f"{ord(c):X}" for c in b) for a, b in sorted(rows.items())) + "\n"

def train(path, vocab_size, **options):
    work = Path()
    (work / "corpus.txt").write_text("\n".join(CORPUS) + "\n")
    (work / "rules.tsv").write_text(rules())
    if "normalization_rule_name" not in options:
        options["normalization_rule_tsv"] = str(work / "rules.tsv")
    sentencepiece.SentencePieceTrainer.train(input=str(work / "corpus.txt"), model_prefix=str(work / "m"), vocab_size=vocab_size,
        minloglevel=2, num_threads=1, hard_vocab_limit=False, **options)
    shutil.copy(work / "m.model", path)

def folder(name):
    path = here / name
    shutil.rmtree(path, ignore_errors=True); path.mkdir()
    return path

def put(path, file, value):
    (path / file).write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n")

def finish(path, cls, settings, **files):
    put(path, "tokenizer_config.json", settings)
    for name, value in files.items():
        put(path, name + ".json", value)
    tokenizer = getattr(transformers, cls).from_pretrained(str(path))
    expected = json.loads(tokenizer.backend_tokenizer.to_str())
    def shorten(node):
        if isinstance(node, dict):
            for key, value in node.items():
                if key == "precompiled_charsmap": node[key] = "sha256:" + hashlib.sha256(value.encode()).hexdigest()
                else: shorten(value)
        elif isinstance(node, list):
            for value in node: shorten(value)
    shorten(expected)
    expected["truncation"] = expected["padding"] = None
    (path / "tokenizer.expected.json").write_text(json.dumps(expected, ensure_ascii=False) + "\n")
    backend = tokenizers.Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
    backend.no_truncation(); backend.no_padding()
    other = [text for text in TEXTS if tokenizer(text)["input_ids"] != backend.encode(text).ids]
    special = {key: getattr(tokenizer, key + "_id") for key in ("eos_token", "pad_token", "unk_token", "bos_token", "cls_token", "sep_token", "mask_token")}
    pair = backend.encode("The loom!", "베틀 x")
    put(path, "cases.json", {
        "about": f"{cls} of transformers {transformers.__version__}", "special": special,
        "pairs": [{"text": "The loom!", "pair": "베틀 x", "ids": pair.ids, "type_ids": pair.type_ids}],
        "cases": [{"text": text, "ids": backend.encode(text).ids} for text in TEXTS],
    })
    # One case a line.
    data = json.loads((path / "cases.json").read_text())
    body = ",\n  ".join(json.dumps(case, ensure_ascii=True) for case in data.pop("cases"))
    head = json.dumps(data, ensure_ascii=True)
    (path / "cases.json").write_text(head[:-1] + ', "cases": [\n  ' + body + "\n]}\n")
    print(path.name, len(tokenizer), other)

def spm_classes():
    base = dict(unk_id=0, bos_id=1, eos_id=2, pad_id=-1)
    path = folder("xlm_roberta")
    train(path / "sentencepiece.bpe.model", 230, **base)
    finish(path, "XLMRobertaTokenizerFast", {"tokenizer_class": "XLMRobertaTokenizer", "model_max_length": 512})
    path = folder("mbart")
    train(path / "sentencepiece.bpe.model", 200, normalization_rule_name="identity", **base)
    finish(path, "MBartTokenizerFast", {"tokenizer_class": "MBartTokenizer", "src_lang": "ko_KR", "tgt_lang": "en_XX"})
    path = folder("mbart50")
    train(path / "sentencepiece.bpe.model", 180, user_defined_symbols=["newtok"], **base)
    finish(path, "MBart50TokenizerFast", {"tokenizer_class": "MBart50Tokenizer", "src_lang": "ko_KR", "tgt_lang": "en_XX"})
    albert = dict(unk_id=1, bos_id=-1, eos_id=-1, pad_id=0, control_symbols=["[CLS]", "[SEP]"], user_defined_symbols=["[MASK]", "newtok"])
    path = folder("albert")
    train(path / "spiece.model", 200, **albert)
    finish(path, "AlbertTokenizerFast", {"tokenizer_class": "AlbertTokenizer", "do_lower_case": True, "remove_space": True, "keep_accents": False})
    path = folder("albert_cased")
    train(path / "spiece.model", 220, normalization_rule_name="identity", **albert)
    finish(path, "AlbertTokenizerFast", {"tokenizer_class": "AlbertTokenizerFast", "do_lower_case": False, "keep_accents": True, "bos_token": "[CLS]", "mask_token": {"__type": "AddedToken", "content": "[MASK]", "lstrip": True, "normalized": False, "rstrip": False, "single_word": False}})
    path = folder("big_bird")
    train(path / "spiece.model", 220, pad_id=0, eos_id=1, bos_id=2, unk_id=3, user_defined_symbols=["[SEP]", "[MASK]", "[CLS]"])
    finish(path, "BigBirdTokenizerFast", {"tokenizer_class": "BigBirdTokenizer"})
    path = folder("pegasus")
    train(path / "spiece.model", 200, pad_id=0, eos_id=1, unk_id=2, bos_id=-1)
    finish(path, "PegasusTokenizerFast", {"tokenizer_class": "PegasusTokenizer"})
    path = folder("t5_korean")
    train(path / "spiece.model", 260, normalization_rule_name="nmt_nfkc", pad_id=0, eos_id=1, unk_id=2, bos_id=-1)
    finish(path, "T5TokenizerFast", {"tokenizer_class": "T5Tokenizer", "extra_ids": 3}, special_tokens_map={"eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"})
    llama = dict(model_type="bpe", byte_fallback=True, normalization_rule_name="identity", remove_extra_whitespaces=False, split_digits=True, allow_whitespace_only_pieces=True, **base)
    path = folder("llama")
    train(path / "tokenizer.model", 560, **llama)
    finish(path, "LlamaTokenizerFast", {"tokenizer_class": "LlamaTokenizer", "add_bos_token": True, "add_eos_token": False, "legacy": True,
        "bos_token": {"__type": "AddedToken", "content": "<s>", "lstrip": False, "normalized": True, "rstrip": False, "single_word": False}})
    path = folder("llama_new")
    train(path / "tokenizer.model", 540, user_defined_symbols=["newtok"], **llama)
    finish(path, "LlamaTokenizerFast", {"tokenizer_class": "LlamaTokenizer", "add_bos_token": True, "add_eos_token": True, "legacy": False, "pad_token": "</s>"})

def korean_words():
    from collections import Counter
    words = Counter(word for line in CORPUS for word in line.split())
    letters = sorted({c for word in words for c in word})
    pieces = [word for word, n in words.most_common(120) if len(word) > 1]
    tails = sorted({word[i:] for word in words for i in range(1, len(word)) if 0xAC00 <= ord(word[i]) <= 0xD7A3 and len(word[i:]) <= 3})
    return letters + pieces + ["##" + c for c in letters] + ["##" + tail for tail in tails if len(tail) > 1]

def word_pieces():
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + korean_words()
    jamo = [chr(c) for c in [*range(0x1100, 0x1113), *range(0x1161, 0x1176), *range(0x11A8, 0x11C3)]]
    def write(path, tokens, end="\n"): (path / "vocab.txt").write_text("\n".join(dict.fromkeys(tokens)) + end)
    path = folder("bert_korean")
    write(path, tokens)
    finish(path, "BertTokenizerFast", {"tokenizer_class": "BertTokenizer", "do_lower_case": False, "strip_accents": False, "tokenize_chinese_chars": True, "do_basic_tokenize": True, "never_split": None})
    path = folder("bert_jamo")
    write(path, [token.lower() for token in tokens if not token.startswith("[")] + jamo + ["##" + c for c in jamo] + ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], end="")
    finish(path, "BertTokenizerFast", {"tokenizer_class": "BertTokenizer"}, added_tokens={"[NEW]": len(dict.fromkeys([t.lower() for t in tokens if not t.startswith("[")] + jamo + ["##" + c for c in jamo])) + 5, "newtok": len(dict.fromkeys([t.lower() for t in tokens if not t.startswith("[")] + jamo + ["##" + c for c in jamo])) + 6})
    path = folder("electra")
    write(path, tokens[:200] + tokens[150:] + [t.lower() for t in tokens[5:]])
    finish(path, "ElectraTokenizerFast", {"do_lower_case": True, "strip_accents": False, "tokenize_chinese_chars": False}, config={"model_type": "electra"})
    # An empty line and a repeated one, which Transformers counts: the empty token, and the last of the repeated.
    path = folder("distilbert_gaps")
    (path / "vocab.txt").write_text("\n".join(tokens[:40] + ["", "the", "loom"] + tokens[40:] + ["the", "The"]) + "\n")
    finish(path, "DistilBertTokenizerFast", {"tokenizer_class": "DistilBertTokenizer", "do_lower_case": False})
    path = folder("bert_added")
    write(path, tokens)
    flags = lambda token: {"content": token, "lstrip": False, "rstrip": token == "newtok", "normalized": token == "newtok", "single_word": token == "newtok", "special": token != "newtok"}
    finish(path, "BertTokenizerFast", {"tokenizer_class": "BertTokenizer", "do_lower_case": True, "additional_special_tokens": ["[NEW]"], "added_tokens_decoder": {
        str(i): flags(token) for i, token in [*enumerate(tokens[:5]), (len(dict.fromkeys(tokens)), "newtok"), (len(dict.fromkeys(tokens)) + 1, "[NEW]")]}})

def byte_pairs():
    from tokenizers import ByteLevelBPETokenizer
    trained = ByteLevelBPETokenizer()
    trained.train_from_iterator(CORPUS, vocab_size=420, min_frequency=2, show_progress=False, special_tokens=[])
    work = Path()
    trained.save_model(str(work))
    vocab = json.loads((work / "vocab.json").read_text()); merges = (work / "merges.txt").read_text()
    gpt2 = dict(vocab); gpt2["<|endoftext|>"] = len(gpt2)
    def write(path, vocab, text=merges):
        (path / "vocab.json").write_text(json.dumps(vocab, ensure_ascii=False)); (path / "merges.txt").write_text(text)
    path = folder("gpt2_prefix")
    write(path, gpt2)
    finish(path, "GPT2TokenizerFast", {"tokenizer_class": "GPT2Tokenizer", "add_prefix_space": True, "add_bos_token": True, "pad_token": "<|endoftext|>"})
    roberta = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3}
    for token in sorted(vocab, key=vocab.get): roberta[token] = len(roberta)
    roberta["<mask>"] = len(roberta)
    path = folder("roberta_plain")
    write(path, roberta)
    finish(path, "RobertaTokenizerFast", {"tokenizer_class": "RobertaTokenizer", "add_prefix_space": True, "trim_offsets": False})
    path = folder("bart")
    write(path, roberta)
    finish(path, "BartTokenizerFast", {}, config={"model_type": "bart"})

if __name__ == "__main__":
    spm_classes(); word_pieces(); byte_pairs()
