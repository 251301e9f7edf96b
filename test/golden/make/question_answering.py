"""Makes question-answering/: a small BERT with random weights, and what Transformers makes of questions with it.

    python test/golden/make/question_answering.py test/golden/question-answering

`answers` are those of `pipeline("question-answering")`, which Transformers 5 no longer has. `windows` and `predictions` follow
examples/pytorch/question-answering/run_qa.py and utils_qa.py of Transformers (`prepare_train_features`,
`postprocess_qa_predictions`), written down here again.
"""

import pathlib
import sys

import numpy as np
import torch
import transformers
from transformers import BertConfig, BertForQuestionAnswering, BertTokenizerFast, pipeline

from write import randomise, write_json

WORDS = "where who is was did ann bo lee went flew to seoul paris rome by train plane in the a cold warm may june and then home . , ? ( ) 파리 서울 에서 으로 지수 는 갔다 어디 ##ly ##s ##ed ##nd ##by ##에 ##서 ##로 ##는".split()
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
SHORT = "Ann went to Seoul (by train). Then Lee flew to Rome 👩‍🚀 in May, and Bo went home."
LONG = " ".join([SHORT, "지수는 파리에서 서울로 갔다.", SHORT.replace("Ann", "Lee"), "The warms of cold June andby.", SHORT.replace("Rome", "Paris")])
QUESTIONS = ["Where did Lee fly?", "지수는 어디?", "who went to paris by train in may"]


def answers(folder):
    ask = pipeline("question-answering", model=str(folder), tokenizer=str(folder), device="cpu")
    choices = [
        {},
        {"top_k": 3},
        {"top_k": 4, "align_to_words": False},
        {"top_k": 5, "max_answer_len": 3, "handle_impossible_answer": True},
        {"handle_impossible_answer": True, "top_k": 2, "max_seq_len": 32, "doc_stride": 9},
        {"max_seq_len": 24, "doc_stride": 0, "align_to_words": False},
        {"top_k": 40, "max_answer_len": 3, "handle_impossible_answer": True, "align_to_words": False},
        {"top_k": 25, "max_answer_len": 4, "handle_impossible_answer": True, "align_to_words": False, "max_seq_len": 24, "doc_stride": 2},
        {"top_k": 12, "max_answer_len": 1},
    ]
    made = []
    for context in (SHORT, LONG):
        for question in QUESTIONS:
            for options in choices:
                result = ask(question=question, context=context, **options)
                made.append({"question": question, "context": context, "options": options, "answers": result if isinstance(result, list) else [result]})
    return made


def encoded(tokenizer, question, context, length, stride):
    return tokenizer([question.lstrip()], [context], truncation="only_second", max_length=length, stride=stride, return_overflowing_tokens=True, return_offsets_mapping=True)


def labels(features, i, cls, answer):
    """`prepare_train_features` for one feature."""
    offsets, sequence = features["offset_mapping"][i], features.sequence_ids(i)
    if answer is None:
        return [cls, cls]
    start_char, end_char = answer[1], answer[1] + len(answer[0])
    first = 0
    while sequence[first] != 1:
        first += 1
    last = len(sequence) - 1
    while sequence[last] != 1:
        last -= 1
    if not (offsets[first][0] <= start_char and offsets[last][1] >= end_char):
        return [cls, cls]
    while first < len(offsets) and offsets[first][0] <= start_char:
        first += 1
    while offsets[last][1] >= end_char:
        last -= 1
    return [first - 1, last + 1]


def windows(tokenizer):
    made = []
    for text, at in [("Seoul", 0), ("Rome", 0), ("Ann went", 0), ("home", -1), ("파리", 0), (").", 0), (", and", 0), ("Paris 👩‍🚀 in May", -1), (None, 0)]:
        answer = None if text is None else (text, LONG.rfind(text) if at else LONG.find(text))
        for length, stride in [(40, 8), (24, 4), (47, 0)]:
            features = encoded(tokenizer, QUESTIONS[0], LONG, length, stride)
            made.append({
                "question": QUESTIONS[0], "context": LONG, "answer": answer, "max_length": length, "doc_stride": stride,
                "input_ids": features["input_ids"], "token_type_ids": features["token_type_ids"],
                "positions": [labels(features, i, ids.index(tokenizer.cls_token_id), answer) for i, ids in enumerate(features["input_ids"])],
            })
    return made


def predictions(tokenizer, model, n_best=1000):
    """`postprocess_qa_predictions`, with so many candidates that none is left out."""
    made = []
    for question in QUESTIONS:
        for length, stride, longest in [(40, 8, 30), (24, 4, 4), (47, 0, 1)]:
            features = encoded(tokenizer, question, LONG, length, stride)
            null, found = None, []
            for i, ids in enumerate(features["input_ids"]):
                with torch.no_grad():
                    out = model(input_ids=torch.tensor([ids]), token_type_ids=torch.tensor([features["token_type_ids"][i]]))
                start, end = out.start_logits[0].numpy(), out.end_logits[0].numpy()
                offsets = [o if features.sequence_ids(i)[k] == 1 else None for k, o in enumerate(features["offset_mapping"][i])]
                null = start[0] + end[0] if null is None else min(null, start[0] + end[0])
                for s in np.argsort(start)[-1 : -n_best - 1 : -1].tolist():
                    for e in np.argsort(end)[-1 : -n_best - 1 : -1].tolist():
                        if offsets[s] is None or offsets[e] is None or e < s or e - s + 1 > longest:
                            continue
                        found.append((float(start[s] + end[e]), LONG[offsets[s][0] : offsets[e][1]]))
            best = max(found, key=lambda one: one[0])
            made.append({"question": question, "context": LONG, "max_length": length, "doc_stride": stride, "max_answer_length": longest, "text": best[1], "score_diff": float(null) - best[0]})
    return made


def main(path):
    folder = pathlib.Path(path)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n", encoding="utf-8")
    tokenizer = BertTokenizerFast(vocab_file=str(folder / "vocab.txt"), do_lower_case=True, model_max_length=48)
    tokenizer.save_pretrained(folder)
    config = BertConfig(vocab_size=len(VOCABULARY), hidden_size=24, num_hidden_layers=2, num_attention_heads=3, intermediate_size=32, max_position_embeddings=48)
    model = randomise(BertForQuestionAnswering(config), torch.Generator().manual_seed(3))
    model.qa_outputs.weight.data *= 3
    model.save_pretrained(folder)
    write_json(folder / "expected.json", {
        "made_by": f"test/golden/make/question_answering.py, transformers {transformers.__version__}, torch {torch.__version__}",
        "answers": answers(folder), "windows": windows(tokenizer), "predictions": predictions(tokenizer, model),
    })


if __name__ == "__main__":
    main(sys.argv[1])
