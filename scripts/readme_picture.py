"""Copy the README's picture out of the chapter that draws it: its cell is tagged `picture`."""

import base64
import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PNG = 'data:image/png;base64,([^"]+)'
TARGET = ROOT / "docs" / "latent-walk.png"


def picture(folder: Path = ROOT / "notebooks") -> bytes:
    """Return the bytes of the one stored PNG that a cell tagged `picture` shows.

    Raises ValueError when there is none, or more than one.
    """
    found = [
        "".join(output["data"]["text/html"])
        for path in sorted(folder.glob("*.ipynb"))
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
        if "picture" in cell["metadata"].get("tags", [])
        for output in cell["outputs"]
        if "<img" in "".join(output.get("data", {}).get("text/html", ""))
    ]
    if len(found) != 1:
        raise ValueError(
            f"{len(found)} stored pictures have the tag `picture`; "
            "tag one cell that shows one, and execute its chapter."
        )
    return base64.b64decode(re.search(PNG, found[0])[1])


if __name__ == "__main__":
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_bytes(picture())
