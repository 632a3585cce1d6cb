"""The plan of the package: rooms import each other in one direction only."""

import house
import pytest


def package(tmp_path, **sources: str):
    """Write a package of one-file rooms and return its folder."""
    folder = tmp_path / "cgan_tutorial"
    folder.mkdir()
    for name, source in sources.items():
        (folder / f"{name}.py").write_text(source, encoding="utf-8")
    return folder


def test_no_circle_and_no_general_room_imports_a_chapter():
    assert house.faults(house.arrows()) == []


def test_arrows_are_found_in_functions_too(tmp_path):
    folder = package(
        tmp_path,
        __init__="from cgan_tutorial._backend import setup",
        _backend="import os",
        data="def load():\n    import cgan_tutorial.files\n    from numpy import data",
        files="from cgan_tutorial import setup",
    )
    plan = house.arrows(folder)
    assert plan == {
        **{"__init__": {"_backend"}, "_backend": set()},
        **{"data": {"files"}, "files": {"__init__"}},
    }
    assert house.floors(plan) == {"_backend": 0, "__init__": 1, "files": 2, "data": 3}


def test_a_circle_is_named():
    (sentence,) = house.faults({"data": {"plots"}, "plots": {"models"}, "models": {"data"}})
    assert "circle" in sentence and sentence.count(" imports ") == 3


def test_only_exercises_may_import_chapters():
    plan = {"chapters": set(), "exercises": {"chapters"}, "cli": {"chapters"}}
    (sentence,) = house.faults(plan)
    assert sentence.startswith("cli imports chapters")


def test_the_script_prints_each_room(capsys, monkeypatch):
    monkeypatch.setattr(house, "faults", lambda plan: ["a fault"])
    with pytest.raises(SystemExit, match="1"):
        house.main()
    printed = capsys.readouterr()
    assert all(room in printed.out for room in house.sources())
    assert "lines in all" in printed.out and printed.err == "a fault\n"
