"""Runs the widgets' modules in Node."""

import json
import shutil
import subprocess

import pytest

needs_node = pytest.mark.skipif(not shutil.which("node"), reason="needs Node to run the modules")


def run(program, given=None):
    """Run an ES module in which GIVEN is `given`; return what it passes to `answer`."""
    head = f"const GIVEN = {json.dumps(given)};\n"
    head += "const answer = (value) => process.stdout.write(JSON.stringify(value));\n"
    done = subprocess.run(
        ["node", "--input-type=module", "-"],
        input=head + program,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
