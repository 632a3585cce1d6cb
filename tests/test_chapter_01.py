"""Chapter 1: its table of the trained models says what they have."""

import re
from pathlib import Path

import nbformat
import pytest

from cgan_tutorial import models

CHAPTER = Path(__file__).parent.parent / "notebooks/01_background.ipynb"
ROW = re.compile(r'^\| `"([a-z-]+)"` \|(.+)\| \d \|$', re.M)


@pytest.fixture(scope="module")
def table():
    cells = nbformat.read(CHAPTER, as_version=4).cells
    found = ROW.findall("\n".join(cell.source for cell in cells))
    return {name: [said.strip() == "yes" for said in row.split("|")] for name, row in found}


@pytest.mark.slow
@pytest.mark.parametrize("name", models.MODELS)
def test_the_table_says_which_networks_a_model_has(name, table):
    model = models.build(name)
    parts = [hasattr(model, part) for part in ("encoder", "decoder", "discriminator")]
    assert table[name] == [*parts, model.num_classes > 0]


def test_the_table_has_each_trained_model_once(table):
    assert list(table) == list(models.MODELS)
