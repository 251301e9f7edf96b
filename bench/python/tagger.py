"""The tagger that is measured: LSTMs in both directions over words and their characters, and the CRF of pytorch-crf.

Shapes: B sentences, T words, C characters.
"""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from torchcrf import CRF

WORDS, CHARACTERS, TAGS = 10_000, 100, 17
BATCH, SENTENCE, WORD = 32, 30, 12
PAD = WORDS - 1
WIDTH = {"word": 100, "word_hidden": 200, "character": 32, "character_hidden": 50}


def read_packed(lstm, x, lengths):
    packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    states, (last, _) = lstm(packed)
    return states, last


class Tagger(nn.Module):
    """−log p(tags | words), mean over sentences. Lample et al. 2016.

    `words`, `tags`: [B, T], `lengths`: [B], `characters`: [N, C] of the N words that are not padding, row by row,
    `word_lengths`: [N].
    """

    def __init__(self, dropout):
        super().__init__()
        self.words = nn.Embedding(WORDS, WIDTH["word"], padding_idx=PAD)
        self.characters = nn.Embedding(CHARACTERS, WIDTH["character"], padding_idx=0)
        both = {"batch_first": True, "bidirectional": True}
        self.character_lstm = nn.LSTM(WIDTH["character"], WIDTH["character_hidden"], **both)
        self.word_lstm = nn.LSTM(WIDTH["word"] + 2 * WIDTH["character_hidden"], WIDTH["word_hidden"], **both)
        self.emission = nn.Linear(2 * WIDTH["word_hidden"], TAGS)
        self.crf = CRF(TAGS, batch_first=True)
        self.dropout = nn.Dropout(dropout)

    def forward(self, words, lengths, characters, word_lengths, tags):
        mask = words != PAD
        _, last = read_packed(self.character_lstm, self.dropout(self.characters(characters)), word_lengths)
        spelled = last.new_zeros(*words.shape, 2 * WIDTH["character_hidden"])
        spelled[mask] = last.transpose(0, 1).flatten(1)
        x = self.dropout(torch.cat([self.words(words), spelled], 2))
        states, _ = read_packed(self.word_lstm, x, lengths)
        hidden = self.dropout(pad_packed_sequence(states, batch_first=True)[0])
        return -self.crf(self.emission(hidden), tags, mask, reduction="mean")


def build(config, pool):
    """Model, loss of a batch, batches, words of a batch."""
    model = Tagger(config["dropout"])
    lengths = torch.tensor([16 + (i * 7) % 15 for i in range(BATCH)])
    places = [(i, t) for i in range(BATCH) for t in range(int(lengths[i]))]
    word_lengths = torch.tensor([1 + (5 * i + 3 * t) % WORD for i, t in places])

    def batch():
        words = torch.randint(1, WORDS - 1, (BATCH, SENTENCE))
        words.masked_fill_(torch.arange(SENTENCE) >= lengths[:, None], PAD)
        characters = torch.randint(1, CHARACTERS - 1, (len(places), WORD))
        characters.masked_fill_(torch.arange(WORD) >= word_lengths[:, None], 0)
        return (words, lengths, characters, word_lengths), torch.randint(TAGS, (BATCH, SENTENCE))

    def loss_of(inputs, tags):
        return model(*inputs, tags)

    return model, loss_of, [batch() for _ in range(pool)], len(places)
