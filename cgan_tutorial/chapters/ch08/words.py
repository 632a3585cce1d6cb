"""Word vectors from counts, on a small text that a grammar generates.

Words of one group can stand in the same places, so it is known beforehand which words a good
vector space has to put together.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

GROUPS = {
    "animal": "cat dog horse cow sheep goat fox hen",
    "moves": "runs walks sleeps jumps hides waits",
    "place": "field forest meadow garden hill river",
    "fruit": "apple pear plum cherry grape orange",
    "dish": "soup stew pie bread cake rice",
    "colour": "red green blue yellow white orange",
    "clothing": "coat hat shirt scarf dress cap",
    "person": "girl boy teacher farmer doctor baker",
    "vehicle": "train bus ship boat car tram",
    "town": "village city harbour market castle island",
    "good": "fresh kind lovely splendid excellent pleasant cheerful perfect charming delightful",
    "bad": "stale rude awful dreadful poor nasty gloomy broken horrid dirty",
    "glad": "smiled returned thanked praised",
    "cross": "left complained frowned regretted",
}
PLAIN = [
    "the {animal} {moves} across the {place}",
    "a {animal} {moves} behind the {place}",
    "the {person} feeds the {animal}",
    "the {person} wears a {colour} {clothing}",
    "a {colour} {clothing} for the {person}",
    "the {person} eats a ripe {fruit}",
    "a ripe {fruit} from the {place}",
    "the {person} cooks {dish} with {fruit}",
    "the {colour} {vehicle} goes to the {town}",
    "a {vehicle} stops near the {town}",
]
# A sentence has one opinion, in all of its slots.
OPINIONS = [
    "the {dish} was {opinion} and the {person} {opinion}",
    "a {opinion} {dish} so we {deed}",
    "the {vehicle} was {opinion} and we {deed}",
    "a {opinion} {person} in a {opinion} {town}",
]
REVIEWS = [
    "the {dish} was {opinion}",
    "a {opinion} {vehicle} to the {town}",
    "the {person} was {opinion}",
]


def sentences(count: int = 1500, seed: int = 0) -> list[str]:
    """Generate sentences, half of them opinions; 1,500 are about 48 kB of text."""
    rng = np.random.default_rng(seed)
    return [_fill(rng, (PLAIN, OPINIONS)[n % 2], rng.integers(2)) for n in range(count)]


def reviews(count: int, seed: int = 0) -> tuple[list[str], np.ndarray]:
    """Generate short reviews with one opinion each, and labels (count,): 1 good, 0 bad."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    return [_fill(rng, REVIEWS, label) for label in labels], labels


def _fill(rng: np.random.Generator, patterns: list[str], good: int) -> str:
    pattern = patterns[rng.integers(len(patterns))]
    groups = {"opinion": ("bad", "good")[good], "deed": ("cross", "glad")[good]}

    def word(slot: re.Match) -> str:
        """Draw a word of the slot's group."""
        group = GROUPS[groups.get(slot[1], slot[1])].split()
        return group[rng.integers(len(group))]

    return re.sub(r"{(\w+)}", word, pattern)


def group_of(word: str) -> set[str]:
    """Return the groups that a word is in; none for "the" and other words of the patterns."""
    return {name for name, text in GROUPS.items() if word in text.split()}


def cooccurrence(texts: Sequence[str], words: Sequence[str], window: int = 4) -> np.ndarray:
    """Count how often two of v words are at most `window` positions apart: symmetric, (v, v).

    Texts are words separated by spaces; those not among `words` only keep their positions.
    """
    place = {word: index for index, word in enumerate(words)}
    counts = np.zeros((len(words), len(words)))
    for text in texts:
        found = [place.get(word) for word in text.split()]
        for first, a in enumerate(found):
            for b in found[first + 1 : first + 1 + window]:
                if a is not None and b is not None:
                    counts[a, b] += 1
                    counts[b, a] += 1
    return counts


def association(counts: np.ndarray) -> np.ndarray:
    """Return max(0, log₂ p(a, b) / (p(a) p(b))) for symmetric counts (v, v), in bits.

    This is positive pointwise mutual information: how much more often two words meet than by
    chance. Church & Hanks (1990); word2vec factorizes a shifted version of it (Levy &
    Goldberg, 2014, eq. 9).
    """
    chance = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    ratio = np.divide(counts, chance, out=np.zeros_like(counts), where=chance > 0)
    return np.log2(np.maximum(ratio, 1.0))


def embed(matrix: np.ndarray, size: int) -> np.ndarray:
    """Return the `size` strongest columns of U S = M V for a matrix M ≈ U S Vᵀ: (v, d) → (v, size).

    No linear autoencoder of the rows with `size` latents has less squared error than this
    truncated singular value decomposition (Eckart & Young, 1936).
    """
    left, strengths, _ = np.linalg.svd(matrix, full_matrices=False)
    return left[:, :size] * strengths[:size]


def nearest_words(
    word: str, words: Sequence[str], vectors: np.ndarray, count: int = 5
) -> list[str]:
    """Return the `count` other words whose vectors have the largest cosine with that of `word`."""
    own = list(words).index(word)
    lengths = np.linalg.norm(vectors, axis=1)
    cosines = vectors @ vectors[own] / np.maximum(lengths * lengths[own], 1e-12)
    order = np.argsort(-cosines, kind="stable")
    return [words[index] for index in order if index != own][:count]


def mean_vectors(texts: Sequence[str], words: Sequence[str], vectors: np.ndarray) -> np.ndarray:
    """Average the vectors of each text's words, (n, size); unknown words do not count."""
    place = {word: index for index, word in enumerate(words)}
    found = [[place[word] for word in text.split() if word in place] for text in texts]
    return np.stack([vectors[row].sum(axis=0) / max(len(row), 1) for row in found])
