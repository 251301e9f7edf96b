"""The recurrent encoder-decoders that are measured, as one writes them in PyTorch today.

Shapes: B batch, T target time, S source time, V vocabulary.
"""

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

EMBEDDING, ENCODER, DECODER = 256, 256, 512
VOCAB, BATCH = 10_000, 64
PAD = VOCAB - 1
SMOOTHING = 0.1
IGNORED = -100


class Attention(nn.Module):
    """v·tanh(W·s + U·h + b) of a decoder's states s [B, T, 512] and annotations h [B, S, 512], whose keys are made once."""

    def __init__(self):
        super().__init__()
        self.query = nn.Linear(DECODER, DECODER, bias=False)
        self.key = nn.Linear(2 * ENCODER, DECODER)
        self.score = nn.Linear(DECODER, 1, bias=False)

    def forward(self, query, keys, memory, mask):
        """`mask`: [B, 1, S], true where a token is → context [B, T, 512]."""
        sums = self.query(query)[:, :, None] + keys[:, None]
        scores = self.score(torch.tanh(sums)).squeeze(3)
        return scores.masked_fill(~mask, float("-inf")).softmax(2) @ memory


class Seq2Seq(nn.Module):
    """A GRU in both directions, a GRU with additive attention, logits of tanh(W·[s; c; …]).

    `source`: [B, S], `lengths`: [B] on the CPU, `target`: [B, T] → logits [B, T, V].
    With `enters_cell` the context of the state before enters the cell (Bahdanau et al. 2015): a loop over the target.
    Without it attention comes after the GRU (Luong et al. 2015): all steps at once. One table for both sides.
    """

    def __init__(self, enters_cell, dropout):
        super().__init__()
        self.enters_cell = enters_cell
        self.embedding = nn.Embedding(VOCAB, EMBEDDING, padding_idx=PAD)
        self.encoder = nn.GRU(EMBEDDING, ENCODER, batch_first=True, bidirectional=True)
        self.bridge = nn.Linear(2 * ENCODER, DECODER)
        self.attention = Attention()
        if enters_cell:
            self.cell = nn.GRUCell(EMBEDDING + 2 * ENCODER, DECODER)
        else:
            self.decoder = nn.GRU(EMBEDDING, DECODER, batch_first=True)
        self.output = nn.Linear(DECODER + 2 * ENCODER + (EMBEDDING if enters_cell else 0), DECODER)
        self.logits = nn.Linear(DECODER, VOCAB)
        self.dropout = nn.Dropout(dropout)

    def forward(self, source, lengths, target):
        packed = pack_padded_sequence(
            self.dropout(self.embedding(source)), lengths, batch_first=True, enforce_sorted=False
        )
        states, last = self.encoder(packed)
        memory = self.dropout(pad_packed_sequence(states, batch_first=True, total_length=source.shape[1])[0])
        keys, mask = self.attention.key(memory), (source != PAD)[:, None]
        state = torch.tanh(self.bridge(last.transpose(0, 1).flatten(1)))
        y = self.dropout(self.embedding(target))
        decode = self.in_turn if self.enters_cell else self.at_once
        hidden = torch.tanh(self.output(decode(y, state, keys, memory, mask)))
        return self.logits(self.dropout(hidden))

    def in_turn(self, y, state, keys, memory, mask):
        states, contexts = [], []
        for x in y.unbind(1):
            context = self.attention(state[:, None], keys, memory, mask)[:, 0]
            state = self.cell(torch.cat([x, context], 1), state)
            states.append(state)
            contexts.append(context)
        return torch.cat([torch.stack(states, 1), torch.stack(contexts, 1), y], 2)

    def at_once(self, y, state, keys, memory, mask):
        states, _ = self.decoder(y, state[None])
        return torch.cat([states, self.attention(states, keys, memory, mask)], 2)


def lengths_of(stride):
    return torch.tensor([12 + (i * stride) % 5 for i in range(BATCH)])


def random_rows(lengths, filler):
    """Ids [B, longest], none of them padding, `filler` after a row's end."""
    ids = torch.randint(1, VOCAB - 1, (len(lengths), int(lengths.max())))
    return ids.masked_fill(torch.arange(ids.shape[1]) >= lengths[:, None], filler)


def build(config, pool):
    """Model, loss of a batch, batches, target tokens of a batch."""
    model = Seq2Seq(config["enters_cell"], config["dropout"])
    source_lengths, target_lengths = lengths_of(1), lengths_of(3)

    def batch():
        labels = random_rows(target_lengths, IGNORED)
        start = torch.full((BATCH, 1), PAD)
        target = torch.cat([start, labels[:, :-1].masked_fill(labels[:, :-1] == IGNORED, PAD)], 1)
        return (random_rows(source_lengths, PAD), source_lengths, target), labels

    def loss_of(inputs, labels):
        logits = model(*inputs).flatten(0, 1)
        return F.cross_entropy(logits, labels.flatten(), ignore_index=IGNORED, label_smoothing=SMOOTHING)

    return model, loss_of, [batch() for _ in range(pool)], int(target_lengths.sum())
