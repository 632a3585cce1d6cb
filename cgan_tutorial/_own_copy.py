"""The reader's own copy of the notebooks, so that running them changes no file of the book."""

import json
from hashlib import sha256
from pathlib import Path

import nbformat
from jupyter_core.paths import jupyter_data_dir
from nbformat.sign import NotebookNotary

from cgan_tutorial import _notebooks

FOLDER, RECORD = "my-notebooks", ".copied.json"


def refresh(book: Path) -> tuple[Path, list[str]]:
    """Bring the copy beside `book`, the folder of the chapters, up to date; keep changed ones.

    A copy that is as it was last copied is replaced by a newer chapter, and one that the reader
    changed stays. A new copy is trusted, so that its stored widgets move before a cell has run.

    Returns:
        The folder of the copies, and sentences about those that were kept.
    """
    own = book.parent / FOLDER
    own.mkdir(exist_ok=True)
    chapters = sorted(book.glob(_notebooks.PATTERN))
    for folder in _notebooks.BESIDE:
        (own / folder).mkdir(exist_ok=True)
        chapters += sorted((book / folder).glob("*.ipynb"))
    copied, changed, newer = _read(own / RECORD), [], []
    for chapter in chapters:
        name = chapter.relative_to(book).as_posix()
        text, copy, before = chapter.read_bytes(), own / name, copied.get(name)
        new, there = _digest(text), _digest(copy.read_bytes()) if copy.exists() else None
        if there in (None, before) and there != new:
            copy.write_bytes(text)
            _trust(copy)
        elif there != new:
            changed.append(name)
            newer += [name] if new != before else []
            continue
        copied[name] = new
    (own / RECORD).write_text(json.dumps(copied), encoding="utf-8")
    kept = f"{own} keeps your changes in {', '.join(changed)}."
    advice = f"The book has a newer {', '.join(newer)}: rename your copy to get it."
    return own, [kept] * bool(changed) + [advice] * bool(newer)


def _digest(text: bytes) -> str:
    return sha256(text).hexdigest()


def _read(record: Path) -> dict[str, str]:
    try:
        return json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _trust(path: Path) -> None:
    data_dir = jupyter_data_dir()
    Path(data_dir).mkdir(parents=True, exist_ok=True)
    NotebookNotary(data_dir=data_dir).sign(nbformat.read(path, as_version=4))
