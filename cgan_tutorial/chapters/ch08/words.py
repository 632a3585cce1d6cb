"""Word vectors from counts, on a small text that this module makes by a grammar of its own.

The text is no natural language: whole groups of words may stand in the same places, so
it is known beforehand which words a good vector space should put together.
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
# Both slots take words of one opinion: within a sentence nobody changes their mind.
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
    """Sentences of the grammar, half of them opinions; 1,500 are about 48 kB of text."""
    rng = np.random.default_rng(seed)
    return [_fill(rng, (PLAIN, OPINIONS)[n % 2], rng.integers(2)) for n in range(count)]


def reviews(count: int, seed: int = 0) -> tuple[list[str], np.ndarray]:
    """Short reviews with one word of opinion each, and labels (count,): 1 good, 0 bad."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    return [_fill(rng, REVIEWS, label) for label in labels], labels


def vocabulary(texts: Sequence[str]) -> list[str]:
    """All words of the texts, sorted; words are parted by spaces."""
    return sorted({word for text in texts for word in text.split()})


def cooccurrence(texts: Sequence[str], words: Sequence[str], window: int = 4) -> np.ndarray:
    """Count how often two words stand at most `window` places apart in one text.

    Args:
        texts: words parted by spaces.
        words: v words; others in the texts are passed over, but keep their places.
        window: at least 1.

    Returns:
        Symmetric counts, float64 of shape (v, v).

    Raises:
        ValueError: the window is smaller than 1.
    """
    if window < 1:
        raise ValueError(f"window is {window}; give at least 1, the next word")
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
    """Positive pointwise mutual information, max(0, log₂ p(a, b) / (p(a) p(b))), in bits.

    How much more often two words meet than they would by chance. Church & Hanks (1990);
    what word2vec factorizes is this but for a shift (Levy & Goldberg, 2014, eq. 9).

    Args:
        counts: symmetric, (v, v), at least 0.

    Returns:
        (v, v), at least 0; 0 for words that never meet.
    """
    chance = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    ratio = np.divide(counts, chance, out=np.zeros_like(counts), where=chance > 0)
    return np.log2(np.maximum(ratio, 1.0))


def embed(matrix: np.ndarray, size: int) -> np.ndarray:
    """Give each row of a matrix M ≈ U S Vᵀ the `size` strongest columns of U S = M V.

    No linear autoencoder of the rows with `size` latents has less squared error than
    this truncated singular value decomposition (Eckart & Young, 1936).

    Args:
        matrix: (v, d).
        size: numbers for each row, from 1 to min(v, d).

    Returns:
        (v, size), fixed up to the sign of each column.

    Raises:
        ValueError: `size` is out of its range.
    """
    if not 1 <= size <= min(matrix.shape):
        raise ValueError(f"size is {size}; give a number from 1 to {min(matrix.shape)}")
    left, strengths, _ = np.linalg.svd(matrix, full_matrices=False)
    return left[:, :size] * strengths[:size]


def nearest_words(
    word: str, words: Sequence[str], vectors: np.ndarray, count: int = 5
) -> list[str]:
    """The `count` other words whose vectors make the smallest angles with that of `word`.

    Raises:
        ValueError: the word is not among `words`.
    """
    if word not in words:
        raise ValueError(f"{word!r} is not among the {len(words)} words; give one that is")
    lengths = np.linalg.norm(vectors, axis=1)
    own = list(words).index(word)
    cosines = vectors @ vectors[own] / np.maximum(lengths * lengths[own], 1e-12)
    order = np.argsort(-cosines, kind="stable")
    return [words[index] for index in order if index != own][:count]


def mean_vectors(texts: Sequence[str], words: Sequence[str], vectors: np.ndarray) -> np.ndarray:
    """The mean of its words' vectors for each text, (n, size); 0 for a text of unknown words."""
    place = {word: index for index, word in enumerate(words)}
    found = [[place[word] for word in text.split() if word in place] for text in texts]
    return np.stack([vectors[row].sum(axis=0) / max(len(row), 1) for row in found])


def group_of(word: str) -> set[str]:
    """The groups of the grammar that a word is in; empty for "the" and its like."""
    return {name for name, text in GROUPS.items() if word in text.split()}


def _fill(rng: np.random.Generator, patterns: list[str], good: int) -> str:
    pattern = patterns[rng.integers(len(patterns))]
    asked = {"opinion": ("bad", "good")[good], "deed": ("cross", "glad")[good]}

    def word(slot: re.Match) -> str:
        """Draw a word of the group that the slot asks for."""
        group = GROUPS[asked.get(slot[1], slot[1])].split()
        return group[rng.integers(len(group))]

    return re.sub(r"{(\w+)}", word, pattern)
