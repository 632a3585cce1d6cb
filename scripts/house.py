"""Print the plan of the package: its rooms, their lines, and which room imports which.

    python scripts/house.py

A room is a file or a folder at the top level of `cgan_tutorial`. The exit code is 1 if rooms
import each other in a circle, or if a general room imports a chapter.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "cgan_tutorial"
SUFFIXES = {".py", ".js", ".css"}
DATA_TO_PLOTS = ("data", "networks", "losses", "models", "training", "metrics", "plots", "devices")
# Rooms that belong to chapters and may import them.
CHAPTERS = {"chapters", "exercises"}


def sources(package: Path = PACKAGE) -> dict[str, list[Path]]:
    """Return the source files of each room."""
    rooms: dict[str, list[Path]] = {}
    for path in sorted(package.rglob("*")):
        if path.suffix in SUFFIXES and path.is_file():
            room = path.relative_to(package).parts[0].removesuffix(".py")
            rooms.setdefault(room, []).append(path)
    return rooms


def lines(paths: list[Path]) -> int:
    """Count the lines of files."""
    return sum(len(path.read_text(encoding="utf-8").splitlines()) for path in paths)


def arrows(package: Path = PACKAGE) -> dict[str, set[str]]:
    """Return the rooms that each room imports, at the top of a module or in a function."""
    rooms = sources(package)
    found = {}
    for room, paths in rooms.items():
        modules = [path for path in paths if path.suffix == ".py"]
        names = {name for path in modules for name in _imported(path, package)}
        # What a room does not hold comes from the package's __init__.py.
        found[room] = {name if name in rooms else "__init__" for name in names} - {room}
    return found


def _imported(path: Path, package: Path) -> Iterator[str]:
    """Yield the first name below the package of each import in a file; all are absolute."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        targets = []
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            targets = [f"{node.module}.{alias.name}" for alias in node.names]
        for target in targets:
            first, *rest = target.split(".")
            if first == package.name:
                yield rest[0] if rest else "__init__"


def floors(plan: dict[str, set[str]]) -> dict[str, int]:
    """Return each room's floor: 0 for one that imports no other, else one above the highest.

    Raises:
        graphlib.CycleError: rooms import each other in a circle.
    """
    found: dict[str, int] = {}
    for room in TopologicalSorter(plan).static_order():
        found[room] = max((found[below] + 1 for below in plan[room]), default=0)
    return found


def faults(plan: dict[str, set[str]]) -> list[str]:
    """Say in a sentence each what must not be."""
    found = [
        f"{room} imports chapters: a general room must not"
        for room in plan
        if room not in CHAPTERS and "chapters" in plan[room]
    ]
    try:
        floors(plan)
    except CycleError as error:
        found.append(f"a circle of imports: {' imports '.join(reversed(error.args[1]))}")
    return found


def main() -> None:
    """Print lines, arrows and floors; exit with 1 if something must not be."""
    rooms, plan = sources(), arrows()
    wrong = faults(plan)
    level = {} if wrong else floors(plan)
    count = {room: lines(paths) for room, paths in rooms.items()}
    print("lines floor room          imports")
    for room in sorted(rooms, key=lambda room: (level.get(room, 0), room)):
        floor = level.get(room, "?")
        print(f"{count[room]:5} {floor:>5} {room:13} {', '.join(sorted(plan[room]))}".rstrip())
    total = sum(count.values())
    general = sum(count.get(room, 0) for room in DATA_TO_PLOTS)
    print(f"{total} lines in all, {total - count.get('widgets', 0)} without widgets")
    print(f"{general} lines from data to plots ({', '.join(DATA_TO_PLOTS)})")
    number = sum(not room.startswith("__") for room in rooms)
    height = max(level.values(), default=-1) + 1
    print(f"{number} rooms on {height or '?'} floors, {sum(map(len, plan.values()))} arrows")
    for sentence in wrong:
        print(sentence, file=sys.stderr)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
