"""Find the images that are most like a given one."""

from __future__ import annotations

import numpy as np
from sklearn.neighbors import NearestNeighbors


def nearest_items(queries: np.ndarray, items: np.ndarray, k: int = 10) -> np.ndarray:
    """Indices of the `k` items nearest to each query, the nearest first.

    Args:
        queries: features (n, d).
        items: features (m, d) of what is searched.
        k: from 1 to m.

    Returns:
        Indices into the items, (n, k), by Euclidean distance.

    Raises:
        ValueError: queries and items have no common d, or k is out of its range.
    """
    if np.ndim(queries) != 2 or np.ndim(items) != 2 or queries.shape[1] != items.shape[1]:
        raise ValueError(
            f"queries and items have shapes {np.shape(queries)} and {np.shape(items)}; "
            "give (n, d) and (m, d)"
        )
    if not 1 <= k <= len(items):
        raise ValueError(f"k is {k} for {len(items)} items; give k from 1 to {len(items)}")
    search = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(items)
    return search.kneighbors(queries, return_distance=False)


def precision_at(
    k: int, queries: np.ndarray, wanted: np.ndarray, items: np.ndarray, labels: np.ndarray
) -> np.ndarray:
    """Precision at k: the share of a query's k nearest items that have the query's label.

    Manning, Raghavan & Schütze (2008), section 8.4.

    Args:
        k: from 1 to m.
        queries: features (n, d).
        wanted: their labels, (n,).
        items: features (m, d).
        labels: their labels, (m,).

    Returns:
        A share from 0 to 1 for each query, (n,); the figure is their mean.

    Raises:
        ValueError: wrong shapes, or k out of its range.
    """
    if len(queries) != len(wanted) or len(items) != len(labels):
        raise ValueError(
            f"there are {len(wanted)} labels for {len(queries)} queries and {len(labels)} for "
            f"{len(items)} items; give one label for each"
        )
    found = labels[nearest_items(queries, items, k)]
    return np.mean(found == np.asarray(wanted)[:, None], axis=1)
