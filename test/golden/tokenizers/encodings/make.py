"""Encodings of tokenizer.json files and of their parts by Hugging Face Tokenizers: ids, tokens, offsets, words, overflow.

    python make.py OUT [FOLDER ...]

OUT gets parts.json (one small tokenizer for each normalizer, pre-tokenizer, kind of added token and template) and, for
every FOLDER with a tokenizer.json, NAME.json. Written with tokenizers 0.23.3. Versions 0.23.1 and 0.23.2 lose
overflowing tokens (huggingface/tokenizers#2091).
"""
import json, sys
from pathlib import Path
from tokenizers import Tokenizer, __version__

TEXTS = [
    "Our neighbours' cat sleeps on 12 warm stones, doesn't it?", "  two  spaces and\ttabs\nand lines \r\n", "", " ", "a",
    "한국어 문장을 나눈다.", "\u1112\u1161\u11ab\u1100\u116e\u11a8\u110b\u1165 자모", "각\u11a8 \u1100\u1161", "漢字とかな混じり。𠀀𪜶𫠝𫤠x",
    "👩‍👩‍👧‍👦 family 👍🏽 flag 🇰🇷!", "e\u0301te\u0301 ÉTÉ naïve Ångström A\u030angstro\u0308m", "a\u0315\u0300\u05ae\u0300b \u0301x", "a\u0328\u0301\u0327 q\u0307\u0323 \u1e0b\u0323 \u0344",
    "ΟΔΟΣ Σ ΣΑΣ. İstanbul ẞ STRASSE", "ﬁne ﷺ ① ½ ² ㌀ ｶﾞ ﾊﾟ Ａ～Ｂ", "\u0001start\u0000mid\u200bzero\ufeffbom\u00adsoft\ufffd", "\u00a0nbsp\u3000ideographic\u2028line\u0085next\u00a0",
    "\u0e33\u0e19\u0e49\u0e33 ไทย ﻻ हिन्दी क्षि", "x\u0378\ue000y\U000e0001z\U0001f9ff", "l'été, d'abord!! (a-b_c) $7.50 1,234 ١٢٣ Ⅻ", "▁lower▁one ▁ x", "don't DON'T we'll I'm '' \"q\"",
    "<m> a<m>b <m>  <m> foo food foo.FOO <s></s>", "FOO\u0301 foo\u0301 _foo foo_ é", "  lead and trail  ", "é  ", "  é é  é\u00a0 ", "aaa---bbb--c-", "--a", "\ud55c\uae00\u3131\u314f\u3147 ＨＡＮ",
]
WORDS = [["John", "lives", "in", "New-York", "."], ["한국어", "문장", "을", "👍🏽", ""], [" a", "b ", "don't", "É\u0301t", "<m>", "foo"], []]
PAIRS = [("두 문장을 함께 넣는다.", "The second text, 둘째 문장!"), ("one", ""), ("", "two"), ("e\u0301te\u0301 a b c d e f g", "x y z")]
LONG = "The quick red fox jumped over the lazy dogs near the river bank, 강둑에서 잠든 개들 위로 뛰어넘었다 👩‍👩‍👧‍👦."

letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ .,-'’가각한글ᄀ▁é"
vocab = {t: i for i, t in enumerate(["<unk>", "<s>", "</s>", *letters, "th", "the", "at"])}
bpe = dict(type="BPE", dropout=None, unk_token="<unk>", continuing_subword_prefix=None, end_of_word_suffix=None, fuse_unk=False,
           byte_fallback=False, ignore_merges=False, vocab=vocab, merges=[["t", "h"], ["th", "e"], ["a", "t"]])
fallback = {**bpe, "byte_fallback": True, "vocab": {**vocab, **{f"<0x{b:02X}>": len(vocab) + b for b in range(256)}}}
unigram = dict(type="Unigram", unk_id=0, byte_fallback=False, vocab=[["<unk>", 0.0], ["<s>", 0.0], ["</s>", 0.0], *[[c, -3.0 - i / 100] for i, c in enumerate(letters)], ["▁the", -2.0], ["at", -2.5]])
unigram_bytes = {**unigram, "byte_fallback": True, "vocab": unigram["vocab"] + [[f"<0x{b:02X}>", -9.0] for b in range(256)]}
pieces = {t: i for i, t in enumerate(["[UNK]", "[CLS]", *letters.replace(" ", ""), *["##" + c for c in letters.replace(" ", "")], "the", "##at", "cat"])}
wordpiece = dict(type="WordPiece", unk_token="[UNK]", continuing_subword_prefix="##", max_input_chars_per_word=8, vocab=pieces)

def token(content, **fields):
    return dict(id=vocab.get(content, fields.pop("id", 0)), content=content, **{"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True, **fields})
specials = [token("<unk>"), token("<s>"), token("</s>")]
def made(normalizer=None, pre_tokenizer=None, post_processor=None, model=bpe, added_tokens=specials):
    return dict(version="1.0", truncation=None, padding=None, added_tokens=added_tokens if model in (bpe, unigram) else [], normalizer=normalizer,
                pre_tokenizer=pre_tokenizer, post_processor=post_processor, decoder=None, model=model)
def sequence(name, *parts): return {"type": "Sequence", name: list(parts)}
def split(pattern, behavior="Isolated", invert=False): return dict(type="Split", pattern=pattern, behavior=behavior, invert=invert)
def metaspace(scheme="always", split=True): return dict(type="Metaspace", replacement="▁", prepend_scheme=scheme, split=split)
def byte_level(prefix=False, regex=True, trim=True): return dict(type="ByteLevel", add_prefix_space=prefix, trim_offsets=trim, use_regex=regex)
def bert(**fields): return {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True, **fields}
def piece(name, type_id=0): return {"Sequence": {"id": name, "type_id": type_id}}
def special(name, type_id=0): return {"SpecialToken": {"id": name, "type_id": type_id}}
def template(single, pair): return dict(type="TemplateProcessing", single=single, pair=pair, special_tokens={
    "<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}, "</s>": {"id": "</s>", "ids": [2], "tokens": ["</s>"]},
    "both": {"id": "both", "ids": [2, 1], "tokens": ["</s>", "<s>"]}})
def roberta(**fields): return {"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 1], "trim_offsets": True, "add_prefix_space": False, **fields}
byte_vocab = {**bpe, "vocab": {**{t: i for i, t in enumerate(["<unk>", "<s>", "</s>"])}, **{chr(c): 3 + i for i, c in enumerate([*range(0x21, 0x7f), *range(0xa1, 0xad), *range(0xae, 0x144)])}, "at": 300, "Ġt": 301, "ĠĠ": 302}, "merges": [["a", "t"], ["Ġ", "t"], ["Ġ", "Ġ"]]}
def in_bytes(pre, post=None, normalizer=None): return {**made(normalizer, pre, post, byte_vocab), "added_tokens": specials}

PARTS = {
    **{form: made(dict(type=form)) for form in ("NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents")},
    "NFKD, StripAccents, Lowercase": made(sequence("normalizers", dict(type="NFKD"), dict(type="StripAccents"), dict(type="Lowercase"))),
    "NFD, NFC": made(sequence("normalizers", dict(type="NFD"), dict(type="NFC"))),
    "Nmt": made(dict(type="Nmt")), "ByteLevel normalizer": in_bytes(None, None, dict(type="ByteLevel")), "CharDelimiterSplit": made(None, dict(type="CharDelimiterSplit", delimiter="-")),
    "suffix": made(None, dict(type="WhitespaceSplit"), model={**bpe, "end_of_word_suffix": "</w>", "vocab": {**vocab, "e</w>": len(vocab), "the</w>": len(vocab) + 1, "한</w>": len(vocab) + 2}, "merges": [["t", "h"], ["th", "e</w>"]]}),
    "Prepend": made(dict(type="Prepend", prepend="▁")),
    "Replace text": made(dict(type="Replace", pattern={"String": " "}, content="▁")),
    "Replace longer": made(dict(type="Replace", pattern={"String": "o"}, content="xyz")),
    "Replace regex": made(dict(type="Replace", pattern={"Regex": " {2,}"}, content=" ")),
    "Replace by nothing": made(dict(type="Replace", pattern={"Regex": "[aeé]+"}, content="")),
    "Replace $": made(dict(type="Replace", pattern={"String": "a"}, content="$&")),
    "Strip": made(dict(type="Strip", strip_left=True, strip_right=True)),
    "Strip left": made(dict(type="Strip", strip_left=True, strip_right=False)),
    "Strip right": made(dict(type="Strip", strip_left=False, strip_right=True)),
    "Bert": made(bert(), dict(type="BertPreTokenizer"), model=wordpiece),
    "Bert cased": made(bert(lowercase=False), dict(type="BertPreTokenizer"), model=wordpiece),
    "Bert accents": made(bert(strip_accents=False, clean_text=False, handle_chinese_chars=False), dict(type="BertPreTokenizer"), model=wordpiece),
    "Bert strips": made(bert(strip_accents=True, lowercase=False), dict(type="BertPreTokenizer"), model=wordpiece),
    **{f"Split {b}": made(None, split({"String": "-"}, b)) for b in ("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous")},
    **{f"Split {b} inverted": made(None, split({"Regex": "[a-z]+"}, b, True)) for b in ("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous")},
    "Whitespace": made(None, dict(type="Whitespace")), "WhitespaceSplit": made(None, dict(type="WhitespaceSplit")),
    "Punctuation": made(None, dict(type="Punctuation", behavior="Isolated")), "Punctuation removed": made(None, dict(type="Punctuation", behavior="Removed")),
    "Digits": made(None, dict(type="Digits", individual_digits=False)), "Digits alone": made(None, dict(type="Digits", individual_digits=True)),
    "FixedLength": made(None, dict(type="FixedLength", length=3)),
    **{f"Metaspace {s}": made(None, metaspace(s), model=unigram) for s in ("always", "first", "never")},
    "Metaspace whole": made(None, metaspace("always", False), model=unigram),
    "WhitespaceSplit, Metaspace": made(None, sequence("pretokenizers", dict(type="WhitespaceSplit"), metaspace("first")), model=unigram),
    "Llama": made(sequence("normalizers", dict(type="Prepend", prepend="▁"), dict(type="Replace", pattern={"String": " "}, content="▁")), model={**fallback, "fuse_unk": True}),
    "Unigram bytes": made(None, metaspace(), model=unigram_bytes),
    "fused": made(None, dict(type="WhitespaceSplit"), model={**bpe, "fuse_unk": True}),
    "ByteLevel": in_bytes(byte_level(), byte_level(trim=True)), "ByteLevel prefix": in_bytes(byte_level(True), byte_level(True)),
    "ByteLevel untrimmed": in_bytes(byte_level(), byte_level(trim=False)), "ByteLevel NFC": in_bytes(byte_level(), roberta(), dict(type="NFC")),
    "Split, ByteLevel": in_bytes(sequence("pretokenizers", split({"Regex": "\\p{N}{1,2}| ?\\p{L}+| +|."}), byte_level(False, False)), sequence("processors", byte_level(), template([special("<s>"), piece("A")], [special("<s>"), piece("A"), special("<s>", 1), piece("B", 1)]))),
    "Roberta prefix": in_bytes(byte_level(True), roberta(add_prefix_space=True)), "Roberta untrimmed": in_bytes(byte_level(), roberta(trim_offsets=False)),
    "BertProcessing": made(None, dict(type="WhitespaceSplit"), dict(type="BertProcessing", sep=["</s>", 2], cls=["<s>", 1])),
    "Template of several": made(None, dict(type="WhitespaceSplit"), template([special("both", 3), piece("A", 2), special("</s>")], [piece("B", 1), special("both", 3), piece("A", 2)])),
    "added tokens": made(dict(type="Lowercase"), dict(type="WhitespaceSplit"), added_tokens=[*specials, token("<m>", id=len(vocab), lstrip=True), token("foo", id=len(vocab) + 1, single_word=True, special=False), token("FOOD", id=len(vocab) + 2, normalized=True, special=False), token("é", rstrip=True, normalized=True)]),
    "added tokens strip": made(dict(type="NFC"), metaspace("first"), model=unigram, added_tokens=[*specials, token("<m>", id=len(unigram["vocab"]), lstrip=True, rstrip=True), token("foo", id=len(unigram["vocab"]) + 1, single_word=True, rstrip=True, normalized=True, special=False)]),
}

def places(e): return dict(ids=e.ids, offsets=[list(o) for o in e.offsets], word_ids=e.word_ids)
def shown(e, overflow=False):
    row = dict(**places(e), tokens=e.tokens, type_ids=e.type_ids, attention_mask=e.attention_mask, special_tokens_mask=e.special_tokens_mask, sequence_ids=e.sequence_ids)
    return {**row, "overflowing": [places(o) for o in e.overflowing]} if overflow else row

def attempt(work):
    try: return work()
    except BaseException as error:  # panics of Rust are no Exceptions
        if isinstance(error, (KeyboardInterrupt, SystemExit)): raise
        return None

def truncations(tk, text, pair, lengths):
    rows = []
    for strategy in ("longest_first", "only_first", "only_second"):
        for side in ("right", "left"):
            for max_length in lengths:
                for stride in (0, 3):
                    def work():
                        tk.enable_truncation(max_length, stride=stride, strategy=strategy, direction=side)
                        return shown(tk.encode(*((text,) if pair is None else (text, pair))), overflow=True)
                    found = attempt(work)
                    rows.append(dict(text=text, text_pair=pair, truncation=strategy, truncation_side=side, max_length=max_length, stride=stride, expected=found))
    tk.no_truncation()
    return rows

def paddings(tk, texts):
    rows = []
    for side in ("right", "left"):
        for length, multiple in ((None, None), (None, 8), (40, None), (10, 4)):
            tk.enable_padding(direction=side, pad_id=0, pad_type_id=0, pad_token="[PAD]", length=length, pad_to_multiple_of=multiple)
            rows.append(dict(texts=texts, padding_side=side, max_length=length, pad_to_multiple_of=multiple, expected=[shown(e) for e in tk.encode_batch(texts)]))
    tk.no_padding()
    return rows

def cases(tk, texts):
    return dict(
        texts=[dict(text=t, expected=attempt(lambda: places(tk.encode(t)))) for t in texts],
        words=[dict(text=w, expected=attempt(lambda: shown(tk.encode(w, is_pretokenized=True)))) for w in WORDS],
        word_pairs=[dict(text=WORDS[0], text_pair=WORDS[1], expected=attempt(lambda: shown(tk.encode(WORDS[0], WORDS[1], is_pretokenized=True))))],
        pairs=[dict(text=a, text_pair=b, add_special_tokens=s, expected=attempt(lambda: shown(tk.encode(a, b, add_special_tokens=s)))) for a, b in PAIRS for s in (True, False)],
    )

def written(path, value):
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace('{"text"', '\n{"text"') + "\n", encoding="utf8")

if __name__ == "__main__":
    out = Path(sys.argv[1])
    written(out / "parts.json", dict(tokenizers=__version__, parts={name: dict(json=part, **cases(Tokenizer.from_str(json.dumps(part)), TEXTS)) for name, part in PARTS.items()}))
    for folder in map(Path, sys.argv[2:]):
        tk = Tokenizer.from_file(str(folder / "tokenizer.json"))
        known = folder / "cases.json"
        rows = cases(tk, TEXTS + [row["text"] for row in json.loads(known.read_text(encoding="utf8"))["cases"]] if known.exists() else TEXTS)
        rows["truncation"] = truncations(tk, LONG, None, (3, 12, 500)) + truncations(tk, LONG, "짧은 text é\u0301", (24, 40)) + truncations(tk, "short", LONG, (20,))
        rows["padding"] = paddings(tk, [LONG[:30], "", "short one"])
        written(out / f"{folder.name}.json", dict(tokenizers=__version__, **rows))
