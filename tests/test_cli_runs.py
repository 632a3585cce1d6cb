"""The command cgan-tutorial on the folder of a trained run."""

import json
import shutil
import subprocess
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image
from test_cli import COMMAND, SMALL, done, fake_train, has, refused

from cgan_tutorial import data, models

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """The folder of a small autoencoder's run of five epochs."""
    folder = tmp_path_factory.mktemp("runs") / "small"
    printed = done("train", *SMALL, "--epochs", 5, "--output", folder)
    assert printed.endswith(f"{folder} holds autoencoder after 5 epochs\n")
    return folder


@pytest.fixture
def run(trained, tmp_path) -> Path:
    """A copy of that run, to be spoilt."""
    return Path(shutil.copytree(trained, tmp_path / "run"))


def last_weights(folder: Path) -> dict[str, np.ndarray]:
    """Every array of the newest checkpoint, the optimizer's included."""
    arrays = {}

    def keep(name, item):
        if isinstance(item, h5py.Dataset):
            arrays[name] = item[()]

    with h5py.File(max(folder.glob("epoch-*.weights.h5"))) as file:
        file.visititems(keep)
    return arrays


def write_npz(path: Path, **arrays) -> Path:
    np.savez(path, **arrays)
    return path


def test_kill_in_the_third_epoch_then_resume_ends_with_the_same_weights(trained, tmp_path):
    folder = tmp_path / "killed"
    words = ["train", *SMALL, "--epochs", 5, "--output", folder]
    process = subprocess.Popen([COMMAND, *map(str, words)], stdout=subprocess.DEVNULL)
    # The table of losses is written after the checkpoint: a heading and two epochs.
    table, deadline = folder / "losses.csv", time.monotonic() + 300
    while not table.exists() or len(table.read_text().splitlines()) < 3:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.005)
    process.kill()
    process.wait()
    assert not (folder / "epoch-0005.weights.h5").exists()

    done(*words, "--resume")
    resumed, uninterrupted = last_weights(folder), last_weights(trained)
    assert any("optimizer" in name for name in resumed)
    assert resumed.keys() == uninterrupted.keys()
    for name, array in uninterrupted.items():
        np.testing.assert_array_equal(resumed[name], array, err_msg=name)


@pytest.mark.parametrize("last", ["run.json", "epoch-0001.weights.h5"])
def test_resume_that_repeats_no_option_ends_with_the_same_weights(last, tmp_path):
    sizes = ("--width", 4, "--latent-dim", 4, "--data", "digits-8x8", "-o", "beta=2")
    words = ["train", "vae", *sizes, "--seed", 7, "--epochs", 3, "--output"]
    done(*words, tmp_path / "whole")
    command = [COMMAND, *map(str, words), tmp_path / "killed"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 300
    while not (tmp_path / "killed" / last).exists():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.001)
    process.kill()
    process.wait()
    assert not (tmp_path / "killed/epoch-0003.weights.h5").exists()
    done("train", "vae", "--resume", "--output", tmp_path / "killed")
    whole, resumed = (last_weights(tmp_path / name) for name in ("whole", "killed"))
    assert whole.keys() == resumed.keys()
    assert all(np.array_equal(whole[name], resumed[name]) for name in whole)


def test_resume_needs_only_the_folder(monkeypatch, run):
    given = fake_train(monkeypatch)
    done("train", "autoencoder", "--resume", "--output", run)
    assert (given["seconds"], given["epochs"], given["seed"]) == (None, None, None)
    assert given["model"].latent_dim == 4 and given["data"].name == "mnist-5k"


def test_a_run_goes_on_where_its_images_have_moved(tmp_path):
    here, there, folder = tmp_path / "here", tmp_path / "there", tmp_path / "run"
    here.mkdir()
    for number, image in enumerate(data.load().train.images[:20, ..., 0]):
        Image.fromarray(np.uint8(255 * image)).save(here / f"{number}.png")
    own = ("train", *SMALL, "--output", folder)
    done(*own, "--data", f"folder:{here}", "--epochs", 1)
    here.rename(there)
    assert has(refused("evaluate", folder), here)
    judged = done("evaluate", folder, "--data", f"folder:{there}")
    assert has(judged, f"autoencoder on folder:{there}", "MSE of 4 test images")
    done(*own, "--data", f"folder:{there}", "--resume")
    assert has(refused("evaluate", folder, "--data", "digits-8x8"), "other images", "digits-8x8")
    assert "MSE" in done("evaluate", folder)  # the resumed run knows the new place


def test_an_existing_run_is_not_overwritten(run):
    before = last_weights(run)
    assert has(refused("train", *SMALL, "--epochs", 1, "--output", run), run, "not empty")
    assert last_weights(run).keys() == before.keys()


def test_force_replaces_a_run_and_leaves_other_files(run):
    (run / "notes.txt").write_text("mine")
    done("train", *SMALL, "--epochs", 1, "--seed", 7, "--force", "--output", run)
    assert {path.name for path in run.iterdir()} == {
        *("run.json", "losses.csv", "epoch-0001.weights.h5", "epoch-0001.weights.sha256"),
        "notes.txt",
    }
    assert json.loads((run / "run.json").read_text())["seed"] == 7


def test_resume_of_another_model(run):
    assert has(refused("train", "vae", "--output", run, "--resume"), run, "'autoencoder'", "'vae'")
    changed = ("train", "autoencoder", "--width", 6, "--output", run, "--resume")
    assert has(refused(*changed), run, "width", "not 6")
    said = {"--latent-dim=9": "latent_dim 4, not 9", "--seed=3": "seed", "-obeta=2": "no option"}
    for option, fact in said.items():
        words = ("train", "autoencoder", option, "--output", run, "--resume")
        assert has(refused(*words), fact)


def test_a_models_option_is_recorded(tmp_path):
    folder = tmp_path / "run"
    sizes = ("--width", 4, "--latent-dim", 4, "--data", "digits-8x8")
    done("train", "vae", *sizes, "--epochs", 1, "-o", "beta=4", "--output", folder)
    assert '"beta": 4' in (folder / "run.json").read_text(encoding="utf-8")


def test_sample_writes_arrays_that_depend_on_the_seed(trained, tmp_path):
    files = [tmp_path / f"{number}.npz" for number in range(3)]
    for file, seed in zip(files, (0, 0, 1), strict=True):
        done("sample", trained, "-n", 7, "--seed", seed, "--output", file)
    first, same, other = (np.load(file)["images"] for file in files)
    assert first.shape == (7, 28, 28, 1) and first.dtype == np.float32
    assert first.min() >= 0 and first.max() <= 1
    assert np.array_equal(first, same) and not np.array_equal(first, other)


def test_sample_draws_a_grid(trained, tmp_path):
    file = tmp_path / "pictures" / "grid.png"
    done("sample", trained, "-n", 12, "--output", file)
    with Image.open(file) as picture:
        assert picture.size == (2 * (10 * 30 + 2), 2 * (2 * 30 + 2))


def test_sample_overwrites_only_by_force(trained, tmp_path):
    file = tmp_path / "samples.npz"
    file.write_text("mine")
    assert has(refused("sample", trained, "--output", file), file, "--force")
    assert file.read_text() == "mine"
    done("sample", trained, "-n", 1, "--output", file, "--force")
    assert len(np.load(file)["images"]) == 1


def test_bad_arguments_of_sample(trained, tmp_path):
    gif = tmp_path / "samples.gif"
    assert has(refused("sample", trained, "--output", gif), gif, ".npz", ".png")
    assert has(refused("sample", tmp_path, "--output", tmp_path / "x.npz"), tmp_path, "run.json")
    assert has(refused("sample", trained, "-n", 10**6, "--output", tmp_path / "x.npz"), 10**6)


def test_reconstruct_writes_as_many_images_as_it_reads(trained, tmp_path):
    digits = data.load().test.images[:20]
    source = write_npz(tmp_path / "digits.npz", images=digits)
    target = tmp_path / "again.npz"
    done("reconstruct", trained, "--input", source, "--output", target)
    again = np.load(target)["images"]
    assert again.shape == digits.shape and again.dtype == np.float32
    assert np.mean((again - digits) ** 2) < np.mean((0.13 - digits) ** 2)


def test_reconstruct_reads_a_photo_of_dark_ink(trained, tmp_path):
    digit = data.load().test.images[:1]
    paper = Image.fromarray((255 * (1 - digit[0, ..., 0])).astype("uint8")).resize((280, 280))
    paper.save(tmp_path / "photo.JPG", quality=95)
    target = tmp_path / "again.npz"
    done("reconstruct", trained, "--input", tmp_path / "photo.JPG", "--output", target)
    again = np.load(target)["images"]
    assert np.mean((again - digit) ** 2) < np.mean((1 - again - digit) ** 2)
    (tmp_path / "notes.png").write_text("no picture")
    sentence = refused(
        "reconstruct", trained, "--input", tmp_path / "notes.png", "--output", "x.npz"
    )
    assert has(sentence, tmp_path / "notes.png", "not an image")


def test_endings_in_capitals_and_a_full_disk(trained, tmp_path, monkeypatch):
    done("sample", trained, "-n", 1, "--output", tmp_path / "ONE.PNG")
    assert Image.open(tmp_path / "ONE.PNG").format == "PNG"

    def full(*arguments, **settings):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full)
    sentence = refused("sample", trained, "-n", 1, "--output", tmp_path / "two.npz")
    assert has(sentence, tmp_path / "two.npz", "No space left")
    assert [path.name for path in tmp_path.iterdir()] == ["ONE.PNG"]


def test_input_files_that_are_no_npz(trained, tmp_path):
    target = tmp_path / "again.npz"
    text, half = tmp_path / "text.npz", tmp_path / "half.npz"
    text.write_text("no arrays")
    whole = write_npz(tmp_path / "whole.npz", images=np.zeros((9, 28, 28, 1)))
    half.write_bytes(whole.read_bytes()[:1000])
    pickled = write_npz(tmp_path / "p.npz", images=np.array([{}], dtype=object))
    single = tmp_path / "single.npy"
    np.save(single, np.zeros(3))
    for file in (text, half, pickled, single):
        sentence = refused("reconstruct", trained, "--input", file, "--output", target)
        assert has(sentence, file, "not an .npz file")
    none = tmp_path / "none.npz"
    assert has(refused("reconstruct", trained, "--input", none, "--output", target), none)


def test_input_files_without_images(trained, tmp_path):
    other = write_npz(tmp_path / "other.npz", x=np.zeros(3), y=np.zeros(3))
    arguments = ("--input", other, "--output", tmp_path / "again.npz")
    assert has(refused("reconstruct", trained, *arguments), other, "x, y", "no images")


@pytest.mark.parametrize(
    ("images", "fact"),
    [
        (np.zeros((3, 28, 28), "float32"), "(3, 28, 28)"),
        (np.zeros((0, 28, 28, 1), "float32"), "(0, 28, 28, 1)"),
        (np.zeros((3, 28, 28, 1), "uint8"), "uint8"),
        (np.full((3, 28, 28, 1), -1, "float32"), "-1"),
        (np.full((3, 28, 28, 1), np.nan, "float32"), "nan"),
    ],
)
def test_input_files_with_other_images(trained, tmp_path, images, fact):
    source = write_npz(tmp_path / "images.npz", images=images)
    arguments = ("--input", source, "--output", tmp_path / "again.npz")
    assert has(refused("reconstruct", trained, *arguments), "images", fact)


def test_evaluate_shows_a_table(trained):
    printed = done("evaluate", trained)
    table = {line[:34].strip(): line[34:].split() for line in printed.splitlines()}
    assert 0 < float(table["MSE of 1000 test images"][0]) < 0.1
    assert 10 < float(table["their PSNR, dB"][0]) < 20
    ours, real = map(float, table["Fréchet distance of 1000 samples"])
    assert 0 < real < ours
    assert table["memorization (0: copies, 1: new)"][1] == "1.00"
    weights = models.build("autoencoder", 4, 4).trainable_weights
    parameters = int(table["trained parameters"][0].replace(",", ""))
    assert parameters == sum(np.prod(weight.shape) for weight in weights)


@pytest.mark.parametrize("name", ["gan", "conditional-gan", "cgan"])
def test_games_are_trained_sampled_judged_and_reconstruct_if_they_encode(name, tmp_path):
    folder, pictures = tmp_path / "run", tmp_path / "samples.npz"
    sizes = "--latent-dim", 4, "--width", 4
    done("train", name, *sizes, "--data", "digits-8x8", "--epochs", 1, "--output", folder)
    done("sample", folder, "-n", 7, "--output", pictures)
    assert np.load(pictures)["images"].shape == (7, 28, 28, 1)
    printed = done("evaluate", folder)
    assert ("MSE of 360 test images" in printed) == (name == "cgan")
    words = "Fréchet distance of 360 samples", "precision", "recall", "share of the rarest class"
    assert all(word in printed for word in words)
    again = "reconstruct", folder, "--input", pictures, "--output", tmp_path / "again.npz"
    if name == "cgan":
        assert done(*again).endswith("holds 7 reconstructions\n")
    else:
        assert has(refused(*again), name, "no encoder")


def test_evaluate_of_a_run_on_own_images(run):
    record = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps({**record, "data": "own images"}))
    assert has(refused("evaluate", run), "'own images'", "mnist-5k")


def test_a_damaged_record(run):
    (run / "run.json").write_text('{"model": "auto')
    assert has(refused("evaluate", run), "run.json", run, "damaged")


def test_a_run_without_a_checkpoint(run):
    for checkpoint in run.glob("*.h5"):
        checkpoint.unlink()
    assert has(refused("evaluate", run), run, "no checkpoint")


def test_a_half_written_checkpoint_leaves_the_one_before(run, tmp_path):
    newest = max(run.glob("*.h5"))
    newest.write_bytes(newest.read_bytes()[:2000])
    done("sample", run, "-n", 1, "--output", tmp_path / "sample.npz")


def test_weights_that_do_not_fit(run):
    models.build("autoencoder", 4, 6).save_weights(run / "epoch-0005.weights.h5")
    (run / "epoch-0005.weights.sha256").unlink()
    assert has(refused("evaluate", run), "epoch-0005.weights.h5", "do not fit")


def test_a_place_that_cannot_be_written(trained, tmp_path):
    (tmp_path / "file").write_text("")
    target = tmp_path / "file" / "samples.npz"
    assert has(refused("sample", trained, "--output", target), target.parent, "File exists")
