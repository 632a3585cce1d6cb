"""The chapters: taught code is the package's, outputs are stored, and nothing is odd in them."""

import ast
import json
import re
from pathlib import Path

import nbformat
import pytest
from nbconvert import ScriptExporter

ROOT = Path(__file__).parent.parent
CHAPTERS = sorted((ROOT / "notebooks").glob("*.ipynb"))
DEEP_DIVES = sorted((ROOT / "notebooks/deep_dives").glob("*.ipynb"))
SOLUTIONS = sorted((ROOT / "notebooks/solutions").glob("*.ipynb"))
LONGEST_CELL = 15
LONG = {"taught", "plain", "standalone"}


def read(path):
    return nbformat.read(path, as_version=4)


def tags(cell):
    return cell.metadata.get("tags", [])


def code_cells(path):
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def definitions(source):
    """Name → syntax tree, without docstrings and hints, of a source's classes and functions."""
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            for inner in ast.walk(node):
                if isinstance(inner, (ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(inner):
                    inner.body = inner.body[1:]
            found[node.name] = ast.dump(Unannotated().visit(node))
    return found


class Unannotated(ast.NodeTransformer):
    """Drops type hints, and decorators: a chapter may show code without them."""

    def visit_FunctionDef(self, node):
        node.returns = None
        return self.generic_visit(node)

    def visit_ClassDef(self, node):
        node.decorator_list = []
        return self.generic_visit(node)

    def visit_arg(self, node):
        node.annotation = None
        return node

    def visit_AnnAssign(self, node):
        if node.value is None:
            return None
        return ast.Assign([node.target], node.value, lineno=node.lineno)


@pytest.fixture(scope="module")
def packaged():
    sources = sorted((ROOT / "cgan_tutorial").rglob("*.py"))
    every = [definitions(path.read_text(encoding="utf-8")) for path in sources]
    names = {name for found in every for name in found}
    return {name: [found[name] for found in every if name in found] for name in names}


def test_there_are_chapters():
    assert "03_autoencoder" in [path.stem for path in CHAPTERS]


@pytest.mark.parametrize("path", CHAPTERS + DEEP_DIVES, ids=lambda path: path.stem)
def test_taught_code_is_the_packages(path, packaged):
    taught = [cell for cell in code_cells(path) if "taught" in tags(cell)]
    shown = {name: tree for cell in taught for name, tree in definitions(cell.source).items()}
    assert shown or path in DEEP_DIVES
    for name, tree in shown.items():
        assert tree in packaged.get(name, []), f"{name} in {path.name} is not the package's"


def test_the_comparison_sees_a_changed_line(packaged):
    source = (ROOT / "cgan_tutorial/models/vae.py").read_text(encoding="utf-8")
    assert definitions(source)["VAE"] in packaged["VAE"]
    changed = definitions(source.replace("self.beta * ops.mean(kl)", "ops.mean(kl)"))
    assert changed["VAE"] not in packaged["VAE"]


@pytest.mark.parametrize("path", CHAPTERS + DEEP_DIVES + SOLUTIONS, ids=lambda path: path.stem)
def test_noise_has_a_seed(path):
    # Without one it is drawn once where JAX traces a step, which Keras refuses.
    sources = [cell.source for cell in code_cells(path) if "keras.random." in cell.source]
    for source in sources:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("keras.random."):
                drawn = not ast.unparse(node.func).endswith("SeedGenerator")
                assert not drawn or "seed" in {each.arg for each in node.keywords}, source


@pytest.mark.parametrize("path", CHAPTERS + DEEP_DIVES, ids=lambda path: path.stem)
def test_cells_are_short(path):
    lines = [cell.source.count("\n") + 1 for cell in code_cells(path) if not LONG & {*tags(cell)}]
    assert max(lines) <= LONGEST_CELL


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_one_cell_holds_the_parameters(path):
    assert sum("parameters" in tags(cell) for cell in code_cells(path)) == 1


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_links_to_files_that_are_there_and_to_the_next(path):
    book = nbformat.read(path, as_version=4)
    prose = "\n".join(cell.source for cell in book.cells if cell.cell_type == "markdown")
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", prose)
    assert not [link for link in links if not (path.parent / link).exists()]
    after = [other.name for other in CHAPTERS if other.name > path.name]
    assert after[:1] == [name for name in after[:1] if name in links]


@pytest.mark.parametrize("path", CHAPTERS + DEEP_DIVES + SOLUTIONS, ids=lambda path: path.stem)
def test_outputs_are_stored_in_order_and_clean(path):
    cells = [cell for cell in code_cells(path) if cell.source.strip()]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error"]
    assert not [output for output in outputs if output.get("name") == "stderr"]
    assert not re.search(r'"/(root|home|tmp|Users|work)/', json.dumps(outputs))


@pytest.mark.parametrize("path", CHAPTERS + DEEP_DIVES, ids=lambda path: path.stem)
def test_every_picture_has_an_alternative_text(path):
    shown = [
        output.data for cell in code_cells(path) for output in cell.outputs if "data" in output
    ]
    assert not [data for data in shown if "image/png" in data]
    pictures = [re.findall("<img[^>]*>", data.get("text/html", "")) for data in shown]
    assert any(pictures)
    for picture in (each for found in pictures for each in found):
        assert len(re.search('alt="([^"]*)"', picture)[1]) > 15


def trainings(path):
    """The cells that train while the reader watches; not every chapter has one."""
    return [
        cell
        for cell in code_cells(path)
        if re.search(r"^train\(", cell.source, re.M) and "view=False" not in cell.source
    ]


@pytest.mark.parametrize("path", list(filter(trainings, CHAPTERS)), ids=lambda path: path.stem)
def test_a_training_leaves_two_outputs(path):
    for cell in trainings(path):
        assert [sorted(output.data) for output in cell.outputs] == [
            ["text/plain"],
            ["text/html", "text/plain"],
        ]


@pytest.mark.parametrize("path", CHAPTERS + DEEP_DIVES + SOLUTIONS, ids=lambda path: path.stem)
def test_a_chapter_converts_to_a_python_script(path):
    script, resources = ScriptExporter().from_filename(path)
    assert resources["output_extension"] == ".py"
    compile(script, path.name, "exec")
