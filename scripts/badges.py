"""Write the repository's address from pyproject.toml wherever a reader needs it.

These places are the badges of the README and of every chapter, the line with which a chapter
installs the package on Colab, and CITATION.cff.
"""

import json
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START, END = "<!-- badges:start -->", "<!-- badges:end -->"
COLAB_ICON = "https://colab.research.google.com/assets/colab-badge.svg"
BINDER_ICON = "https://mybinder.org/badge_logo.svg"


def repository(root: Path = ROOT) -> tuple[str, str]:
    """Return (owner, name) of the repository, as pyproject.toml has them."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    address = project["urls"]["Repository"]
    found = re.fullmatch(r"https://github\.com/([\w.-]+)/([\w.-]+?)/?", address)
    if not found:
        raise ValueError(
            f"pyproject.toml names the repository {address!r}; "
            "write it as https://github.com/OWNER/REPO."
        )
    return found[1], found[2]


def badges(owner: str, name: str, page: str) -> str:
    """Return the two badges that open `page`; none while no repository is named."""
    if (owner, name) == ("OWNER", "REPO"):
        return ""
    colab = f"https://colab.research.google.com/github/{owner}/{name}/blob/main"
    # "doc" shows the page alone; beside "lab"'s file browser a phone has no room for it.
    binder = f"https://mybinder.org/v2/gh/{owner}/{name}/HEAD?urlpath=doc/tree"
    return (
        f"[![Open in Colab]({COLAB_ICON})]({colab}/{page})\n"
        f"[![Open in Binder]({BINDER_ICON})]({binder}/{page})"
    )


def between_markers(text: str, new: str, where: str) -> str:
    """Return `text` with `new` between the two lines of markers."""
    block = rf"(?ms)^{START}$.*?^{END}$"
    if len(re.findall(block, text)) != 1:
        raise ValueError(
            f"{where} must hold the lines {START} and {END} once; add them where the badges belong."
        )
    return re.sub(block, lambda _: f"{START}\n{new}\n{END}", text)


def with_install_address(source: str, owner: str, name: str) -> str:
    """Return code whose `git+https://github.com/...` names this repository."""
    return re.sub(
        r"git\+https://github\.com/[\w.-]+/[\w.-]+",
        f"git+https://github.com/{owner}/{name}",
        source,
    )


def readme(root: Path, owner: str, name: str) -> str:
    """Return the README with badges that open the first chapter."""
    chapters = sorted((root / "notebooks").glob("*.ipynb"))
    page = f"notebooks/{chapters[0].name if chapters else ''}"
    text = (root / "README.md").read_text(encoding="utf-8")
    return between_markers(text, badges(owner, name, page), "README.md")


def notebook(path: Path, owner: str, name: str) -> str:
    """Return the notebook's text with its badges and its install line."""
    page = f"notebooks/{path.name}"
    book = json.loads(path.read_text(encoding="utf-8"))
    before = json.dumps(book)
    for index, cell in enumerate(book["cells"]):
        source = "".join(cell["source"])
        if index == 0 and START in source:
            source = between_markers(source, badges(owner, name, page), page)
        elif cell["cell_type"] == "code":
            source = with_install_address(source, owner, name)
        cell["source"] = source.splitlines(keepends=True)
    if json.dumps(book) == before:
        return path.read_text(encoding="utf-8")
    return json.dumps(book, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def citation(root: Path, owner: str, name: str) -> str:
    """Return CITATION.cff with the address."""
    return re.sub(
        r"(?m)^repository-code: .*$",
        f"repository-code: https://github.com/{owner}/{name}",
        (root / "CITATION.cff").read_text(encoding="utf-8"),
    )


def stale(root: Path = ROOT) -> dict[Path, str]:
    """Return {path: new text} for every file that does not carry the address yet."""
    owner, name = repository(root)
    texts = {
        root / "README.md": readme(root, owner, name),
        root / "CITATION.cff": citation(root, owner, name),
    }
    for path in sorted((root / "notebooks").rglob("*.ipynb")):
        texts[path] = notebook(path, owner, name)
    return {path: new for path, new in texts.items() if path.read_text(encoding="utf-8") != new}


def main() -> None:
    """Rewrite the stale files and name them."""
    try:
        changed = stale()
    except ValueError as error:
        sys.exit(str(error))
    for path, text in changed.items():
        path.write_text(text, encoding="utf-8", newline="\n")
        print(f"{path.relative_to(ROOT)}: address written")


if __name__ == "__main__":
    main()
