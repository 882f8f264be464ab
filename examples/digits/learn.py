"""One training run, and the measure of what it learned."""

from __future__ import annotations

import torch
from data import UNCHANGED, Recordings, distort
from model import FrontEnd, Network
from torch import nn

BATCH, FASTEST = 50, 3e-3  # recordings per step, highest rate of learning


def train(recordings: Recordings, epochs: int, front: FrontEnd, seed: int) -> Network:
    """A network trained on all ``recordings``; every epoch hears each of them once, distorted anew."""
    torch.manual_seed(seed)
    network = Network().to(memory_format=torch.channels_last)
    count, speeds = recordings.power.shape[:2]
    optimiser = torch.optim.AdamW(network.parameters(), lr=FASTEST, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, FASTEST, total_steps=epochs * (count // BATCH))
    loss_of = nn.CrossEntropyLoss(label_smoothing=0.05)
    for _ in range(epochs):
        order = torch.randperm(count)
        for start in range(0, count - BATCH + 1, BATCH):
            index = order[start : start + BATCH]
            levels = distort(recordings.power[index, torch.randint(speeds, (BATCH,))], front)
            guesses = network(levels.contiguous(memory_format=torch.channels_last))
            loss = loss_of(guesses, recordings.digit[index])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return network.eval()


@torch.no_grad()
def accuracy(network: Network, recordings: Recordings, front: FrontEnd) -> float:
    """The part of the recordings, as they are, whose digit the network finds."""
    logits = network(front.level(recordings.power[:, UNCHANGED]))
    return float((logits.argmax(1) == recordings.digit).double().mean())
