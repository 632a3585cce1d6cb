"""A reader's own folder of images: what is good is loaded, what is not is named."""

import os
import struct
import warnings
import zlib

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from cgan_tutorial import data
from cgan_tutorial.cli import main
from cgan_tutorial.data import image_folder
from cgan_tutorial.training.checkpoints import load_run


def light_on_dark(size=(40, 40), seed=0):
    """A grey uint8 picture: a light block somewhere inside a dark frame."""
    height, width = size
    picture = np.zeros(size, "uint8")
    top, left = np.random.default_rng(seed).integers(4, 12, 2)
    picture[top : height - 6, left : width - 10] = 200
    return picture


def fill(folder, count, first=0):
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(first, first + count):
        Image.fromarray(light_on_dark(seed=number)).save(folder / f"{number:03d}.png")
    return folder


def load(path):
    """Load a folder; return it and the one warning, or an empty text."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        loaded = data.load(f"folder:{path}")
    assert len(caught) <= 1
    return loaded, str(caught[0].message) if caught else ""


def read(tmp_path, image, name="one.png", **settings):
    path = tmp_path / name
    (Image.fromarray(image) if isinstance(image, np.ndarray) else image).save(path, **settings)
    return image_folder.read_image(path)


def test_two_classes_become_a_stratified_data_set(tmp_path):
    fill(tmp_path / "b", 20)
    fill(tmp_path / "a" / "deep", 10, first=20)
    loaded, said = load(tmp_path)
    assert said == "" and loaded.skipped == {} and loaded.dark == 0 and not loaded.inverted
    assert loaded.classes == ("a", "b")
    assert loaded.name == f"folder:{tmp_path}"
    assert hash(loaded) != hash(load(tmp_path)[0]) and loaded == loaded
    assert "24 train and 6 test images" in repr(loaded) and "classes: a, b>" in repr(loaded)
    assert np.bincount(loaded.test.labels).tolist() == [2, 4]
    assert np.bincount(loaded.train.labels).tolist() == [8, 16]
    for split in (loaded.train, loaded.test):
        assert data.check_images(split.images) is split.images
        assert split.labels.dtype == np.int64
    assert loaded.report() == "30 images of 2 classes: 24 to train on, 6 to test"


def test_without_subfolders_all_labels_are_0(tmp_path):
    loaded, _ = load(fill(tmp_path, 10))
    assert loaded.classes == ("",)
    assert (len(loaded.train), len(loaded.test)) == (8, 2)
    assert set(loaded.train.labels) | set(loaded.test.labels) == {0}


def test_the_same_files_give_the_same_data(tmp_path):
    for name in ("first", "second"):
        order = range(12) if name == "first" else reversed(range(12))
        for number in order:
            fill(tmp_path / name, 1, first=number)
    one, two = (load(tmp_path / name)[0] for name in ("first", "second"))
    assert np.array_equal(one.train.images, two.train.images)
    assert np.array_equal(one.test.images, two.test.images)


def bomb(path):
    """A PNG of a few bytes that says it is 100,000 pixels wide and high."""
    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")]
    parts = [
        struct.pack(">I", len(content)) + kind + content
        + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in chunks
    ]  # fmt: skip
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))


def test_each_bad_file_is_named_and_no_file_is_changed(tmp_path):
    fill(tmp_path, 10)
    good = (tmp_path / "000.png").read_bytes()
    (tmp_path / "notes.txt").write_text("no image")
    (tmp_path / "renamed.png").write_text("no image either")
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "half.png").write_bytes(good[: len(good) // 2])
    bomb(tmp_path / "huge.png")
    Image.new("L", (10_000, 6_000)).save(tmp_path / "large.png")
    Image.fromarray(light_on_dark()[:5, :5]).save(tmp_path / "tiny.png")
    Image.new("RGB", (40, 40), "red").save(tmp_path / "red.png")
    Image.new("RGBA", (40, 40), (9, 9, 9, 0)).save(tmp_path / "glass.png")
    (tmp_path / "drawing.svg").write_text("<svg></svg>")
    (tmp_path / "paper.eps").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    (tmp_path / ".hidden.png").write_text("passed over")
    os.symlink(tmp_path / "nowhere", tmp_path / "lost.png")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.png")
    before = {path.name: path.stat() for path in tmp_path.iterdir() if path.is_file()}
    loaded, said = load(tmp_path)
    assert len(loaded.train) + len(loaded.test) == 10
    kinds = "not an image in PNG, JPEG, GIF, BMP, TIFF, WEBP or PPM"
    wanted = {
        "notes.txt": kinds,
        "renamed.png": kinds,
        "empty.jpg": kinds,
        "drawing.svg": kinds,
        "paper.eps": kinds,
        "half.png": "damaged, or may not be read",
        "huge.png": "more than 50 million pixels: save it smaller, or as JPEG",
        "large.png": "more than 50 million pixels: save it smaller, or as JPEG",
        "tiny.png": "fewer than 8 pixels along both sides",
        "red.png": "of one color",
        "glass.png": "of one color",
        "lost.png": "not a regular file",
    }
    if hasattr(os, "mkfifo"):
        wanted["pipe.png"] = "not a regular file"
    assert loaded.skipped == wanted
    assert said.startswith(f"{tmp_path}: left out drawing.svg (not an image in")
    assert said.endswith(f"and {len(wanted) - 10} more")
    for path in tmp_path.iterdir():
        if path.is_file():
            now = path.stat()
            assert (now.st_size, now.st_mtime_ns) == (
                before[path.name].st_size,
                before[path.name].st_mtime_ns,
            )


def test_kinds_of_images_come_out_alike(tmp_path):
    grey = light_on_dark((56, 56))
    wanted, dark = read(tmp_path, grey)
    assert wanted.shape == (28, 28, 1) and wanted.dtype == np.float32 and not dark
    assert wanted.max() == pytest.approx(200 / 255)
    rgb = np.repeat(grey[..., None], 3, axis=2)
    deep = (grey.astype("uint16") * 257).astype("uint16")
    kinds = {
        "rgb.png": Image.fromarray(rgb),
        "palette.png": Image.fromarray(grey).convert("P"),
        "grey.gif": Image.fromarray(grey),
        "grey.bmp": Image.fromarray(grey),
        "grey.pgm": Image.fromarray(grey),
        "deep.png": Image.fromarray(deep),
        "cmyk.tiff": Image.fromarray(rgb).convert("CMYK"),
        "alpha.png": Image.fromarray(np.dstack([grey, np.full_like(grey, 255)]), "LA"),
    }
    for name, image in kinds.items():
        found, inverted = read(tmp_path, image, name)
        assert not inverted
        assert np.abs(found - wanted).max() < 0.02, name
    found, _ = read(tmp_path, grey, "photo.jpg", quality=95)
    assert np.abs(found - wanted).mean() < 0.02


def test_float_tiff_is_stretched_to_its_range(tmp_path):
    values = light_on_dark((56, 56)).astype("float32") * 10 - 500
    found, _ = read(tmp_path, values, "float.tiff")
    assert (found.min(), found.max()) == (0.0, 1.0)


def test_the_first_frame_of_an_animation_counts(tmp_path):
    frames = [Image.fromarray(light_on_dark((56, 56), seed=seed)) for seed in (1, 2, 3)]
    found, _ = read(tmp_path, frames[0], "film.gif", save_all=True, append_images=frames[1:])
    wanted, _ = read(tmp_path, frames[0], "still.gif")
    assert np.array_equal(found, wanted)


def test_a_photo_is_turned_as_its_note_says(tmp_path):
    upright = light_on_dark((56, 56))
    note = Image.Exif()
    note[0x0112] = 6  # to be turned a quarter to the right
    turned = np.ascontiguousarray(np.rot90(upright))
    found, _ = read(tmp_path, turned, "photo.jpg", exif=note, quality=95)
    wanted, _ = read(tmp_path, upright, "upright.jpg", quality=95)
    assert np.abs(found - wanted).mean() < 0.01


def test_dark_ink_on_paper_is_inverted_and_counted(tmp_path):
    picture = light_on_dark((56, 56))
    wanted, _ = read(tmp_path, picture)
    found, dark = read(tmp_path, 255 - picture)
    assert dark
    assert np.abs(1 - found - wanted).max() < 0.01
    for number in range(12):
        fill(tmp_path / "set", 1, first=number)
        if number < 10:
            path = tmp_path / "set" / f"{number:03d}.png"
            Image.fromarray(255 - np.asarray(Image.open(path))).save(path)
    loaded, _ = load(tmp_path / "set")
    assert loaded.dark == 10 and loaded.inverted
    assert loaded.report().endswith("; 10 dark on light, all images inverted")
    upper_edges = [image[0].max() for split in loaded for image in split.images]
    assert sum(edge < 0.01 for edge in upper_edges) == 10


def test_a_few_bright_pictures_are_not_made_negatives(tmp_path):
    fill(tmp_path, 10)
    Image.fromarray(255 - light_on_dark((56, 56))).save(tmp_path / "scan.png")
    loaded, _ = load(tmp_path)
    assert (loaded.dark, loaded.inverted) == (1, False)
    assert loaded.report().endswith("; 1 dark on light, left as they are")


def test_classes_are_in_natural_order(tmp_path):
    names = ("001", "01", "1", "2", "10", "a2", "a10")
    for name in names[::-1]:
        fill(tmp_path / name, 3)
    assert load(tmp_path)[0].classes == names


@pytest.mark.parametrize("test", ["test", "val", "dev", "Test_set"])
def test_folders_of_splits_are_the_splits(tmp_path, test):
    for part, count in (("train", 6), (test, 4)):
        for name in "ab":
            fill(tmp_path / part / name, count)
    fill(tmp_path / "__MACOSX" / "train", 2)
    loaded, said = load(tmp_path)
    assert said == "" and loaded.classes == ("a", "b")
    assert (len(loaded.train), len(loaded.test)) == (12, 8)
    assert np.bincount(loaded.test.labels).tolist() == [4, 4]


def test_a_third_folder_beside_the_splits_is_refused(tmp_path):
    for part in ("train", "test", "extra"):
        fill(tmp_path / part, 6)
    with pytest.raises(ValueError, match="extra"):
        load(tmp_path)


def test_a_small_class_is_said(tmp_path):
    fill(tmp_path / "a", 30)
    fill(tmp_path / "b", 1)
    loaded, _ = load(tmp_path)
    assert np.bincount(loaded.train.labels).tolist() == [24, 1]
    assert "class 'b' has only 1 to train on" in loaded.report()


def test_twelve_bits_in_a_file_of_sixteen_fill_the_range(tmp_path):
    deep = np.random.default_rng(0).integers(0, 4096, (28, 28)).astype("uint16")
    found, _ = read(tmp_path, Image.fromarray(deep))
    assert np.abs(found[..., 0] - deep / 4095).max() < 1e-6


def test_a_large_photo_is_read_and_a_heic_picture_named(tmp_path):
    Image.fromarray(light_on_dark((9000, 6000))).save(tmp_path / "large.jpg", quality=30)
    found, _ = image_folder.read_image(tmp_path / "large.jpg")
    assert found.shape == (28, 28, 1)
    # Above the limit at which Pillow itself refuses to open a file.
    Image.fromarray(light_on_dark((19000, 9500))).save(tmp_path / "larger.jpg", quality=10)
    assert image_folder.read_image(tmp_path / "larger.jpg")[0].shape == (28, 28, 1)
    (tmp_path / "photo.jpg").write_bytes(b"\0\0\0\x18ftypheic" + bytes(40))
    with pytest.raises(ValueError, match="HEIC"):
        image_folder.read_image(tmp_path / "photo.jpg")


def test_a_photo_with_a_bright_sky_is_not_inverted(tmp_path):
    picture = light_on_dark((56, 56))
    picture[:20] = 250
    _, inverted = read(tmp_path, picture)
    assert not inverted


@pytest.mark.parametrize("ink", [0, 255])
def test_a_drawing_on_glass_is_not_lost_whatever_its_ink(tmp_path, ink):
    stroke = light_on_dark((56, 56)) > 0
    glass = np.zeros((56, 56, 4), "uint8")
    glass[stroke] = (ink, ink, ink, 255)
    # What is hidden must not shine through at the edges either.
    glass[~stroke] = (255 - ink, 255 - ink, 255 - ink, 0)
    found, dark = read(tmp_path, glass)
    assert dark == (ink == 0)
    found = 1 - found if dark else found
    assert np.allclose(found[..., 0], stroke.reshape(28, 2, 28, 2).mean(axis=(1, 3)), atol=0.02)


@pytest.mark.parametrize("size", [(30, 300), (300, 30)])
def test_a_long_image_is_made_square_with_its_own_border(tmp_path, size):
    picture = np.full(size, 60, "uint8")
    picture[12:-12, 12:-12] = 220
    found, _ = read(tmp_path, picture)
    assert found.shape == (28, 28, 1)
    sides = found[:, [0, -1]] if size[1] < size[0] else found[[0, -1]]
    assert np.abs(sides - 60 / 255).max() < 0.1


def test_files_beside_class_folders_are_named(tmp_path):
    fill(tmp_path / "cats", 10)
    fill(tmp_path, 1)
    loaded, said = load(tmp_path)
    assert loaded.skipped == {"000.png": "lies outside the class folders"}
    assert said == f"{tmp_path}: left out 000.png (lies outside the class folders)"


def test_hidden_files_are_ignored_at_any_depth_and_linked_class_folders_are_read(tmp_path):
    fill(tmp_path / "elsewhere", 10)
    mine = tmp_path / "mine"
    fill(mine / "cats", 10)
    fill(mine / "cats" / ".trash", 1, first=50)
    fill(mine / ".git", 1)
    os.symlink(tmp_path / "elsewhere", mine / "dogs")
    loaded, said = load(mine)
    assert said == "" and loaded.classes == ("cats", "dogs") and len(loaded) == 20


def many_classes(folder):
    for number in range(101):
        (folder / f"class{number}").mkdir()
        (folder / f"class{number}" / "one.png").touch()


def lonely_classes(folder):
    for number in range(12):
        fill(folder / f"class{number}", 1)


def three_and_a_bad_one(folder):
    fill(folder, 3)
    (folder / "bad.png").write_text("no image")


@pytest.mark.parametrize(
    ("make", "fact"),
    [
        (lambda folder: folder.rmdir(), "there is no folder {}"),
        (lambda folder: None, "{} holds 0 images that can be used"),
        (
            three_and_a_bad_one,
            "{} holds 3 images that can be used (left out: bad.png (not an image in PNG",
        ),
        (many_classes, "{} has 101 subfolders"),
        (lonely_classes, "{} has no images to test on"),
    ],
)
def test_what_cannot_be_a_data_set_is_refused_in_a_sentence(tmp_path, make, fact):
    folder = tmp_path / "mine"
    folder.mkdir()
    make(folder)
    with pytest.raises(ValueError) as error:
        data.load(f"folder:{folder}")
    assert fact.format(folder) in str(error.value)


def test_a_file_and_no_path_are_refused_in_a_sentence(tmp_path):
    file = tmp_path / "one.png"
    file.write_bytes(b"")
    with pytest.raises(ValueError, match="is a file; give the folder"):
        data.load(f"folder:{file}")
    with pytest.raises(ValueError, match='lacks a path; give for example "folder:my-images"'):
        data.load("folder:")


def test_too_many_files_are_refused_before_they_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(image_folder, "MOST_FILES", 5)
    with pytest.raises(ValueError, match="holds more than 5 files"):
        data.load(f"folder:{fill(tmp_path, 6)}")


def in_color(tmp_path, count=10):
    """Red blocks on a green ground, which have no gray border to judge by."""
    tmp_path.mkdir(exist_ok=True)
    for number in range(count):
        gray = light_on_dark((48, 40), seed=number)
        color = np.stack([gray, np.where(gray, 0, 120), np.zeros_like(gray)], axis=-1)
        Image.fromarray(color.astype("uint8")).save(tmp_path / f"{number}.png")
    return tmp_path


def test_images_of_another_size_and_in_color(tmp_path):
    loaded = data.load(f"folder:{in_color(tmp_path)}", size=32, color=True)
    image = loaded.train.images[0]
    assert image.shape == (32, 32, 3) and loaded.dark == 0
    # The padding at the sides is the border's green; the block is red.
    assert np.allclose(image[:, 0], [0, 120 / 255, 0], atol=0.01)
    assert np.allclose(image[image[..., 0] > 0.7].mean(axis=0), [200 / 255, 0, 0], atol=0.1)
    assert data.load(f"folder:{tmp_path}", size=16).train.images.shape[1:] == (16, 16, 1)


def test_deep_gray_images_in_color_are_gray(tmp_path):
    deep = (light_on_dark((56, 56)).astype("uint16") * 257).astype("uint16")
    Image.fromarray(deep).save(tmp_path / "deep.png")
    found, _ = image_folder.read_image(tmp_path / "deep.png", 28, color=True)
    wanted, _ = image_folder.read_image(tmp_path / "deep.png")
    assert found.shape == (28, 28, 3) and np.abs(found - wanted).max() < 0.01


def test_sizes_that_cannot_be(tmp_path):
    for size in (30, 4, 0):
        with pytest.raises(ValueError, match="multiple of 4"):
            data.load(f"folder:{fill(tmp_path, 10)}", size=size)
    with pytest.raises(ValueError, match="give size and color to a folder"):
        data.load("mnist-5k", size=32)


@pytest.mark.slow
def test_the_command_line_in_color(tmp_path):
    mine, run = in_color(tmp_path / "mine"), tmp_path / "run"
    words = ["train", "autoencoder", "--data", f"folder:{mine}", "--epochs", "1", "--width", "2"]
    words += ["--output", str(run), "--size", "16", "--color"]
    assert CliRunner().invoke(main, words).exit_code == 0
    again = ["train", "autoencoder", "--resume", "--output", str(run)]
    assert CliRunner().invoke(main, again).exit_code == 0
    assert "MSE of 2 test images" in CliRunner().invoke(main, ["evaluate", str(run)]).output
    for words in (["sample", "-n", "3"], ["reconstruct", "--input", str(mine / "0.png")]):
        target = tmp_path / f"{words[0]}.npz"
        done = CliRunner().invoke(main, [words[0], str(run), *words[1:], "--output", str(target)])
        assert done.exit_code == 0, done.output
        assert np.load(target)["images"].shape[1:] == (16, 16, 3)


@pytest.mark.slow
def test_the_command_line_samples_a_class_by_its_name(tmp_path):
    for name in ("cat", "dog", "owl"):
        fill(tmp_path / "mine" / name, 12)
    run, picture = tmp_path / "run", tmp_path / "dogs.npz"
    words = ["train", "conditional-gan", "--data", f"folder:{tmp_path / 'mine'}", "--epochs", "1"]
    done = CliRunner().invoke(main, [*words, "--width", "2", "--output", str(run)])
    assert done.exit_code == 0, done.output
    assert "36 images of 3 classes" in done.output
    model, record = load_run(run)
    assert model.num_classes == 3 and record["classes"] == ["cat", "dog", "owl"]
    words = ["sample", str(run), "-n", "5", "--output", str(picture), "--class"]
    assert CliRunner().invoke(main, [*words, "dog"]).exit_code == 0
    assert np.array_equal(np.load(picture)["images"], model.sample(5, np.ones(5, int), seed=0))
    refused = CliRunner().invoke(main, [*words, "fish", "--force"])
    assert refused.exit_code == 2 and "cat, dog, owl" in refused.output
    fill(tmp_path / "mine" / "cat", 1, first=50)
    refused = CliRunner().invoke(main, ["evaluate", str(run)])
    assert refused.exit_code == 2 and "other images" in refused.output


@pytest.mark.slow
def test_another_spelling_of_the_folder_is_the_same_data(tmp_path, monkeypatch):
    monkeypatch.chdir(fill(tmp_path / "mine", 10).parent)
    assert load("mine")[0].name == load(tmp_path / "mine/")[0].name


@pytest.mark.slow
def test_the_command_line_trains_on_a_folder(tmp_path):
    fill(tmp_path / "mine", 12)
    arguments = ["train", "autoencoder", "--data", f"folder:{tmp_path / 'mine'}", "--epochs", "1"]
    arguments += ["--width", "2", "--output", str(tmp_path / "run")]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    judged = CliRunner().invoke(main, ["evaluate", str(tmp_path / "run")])
    assert judged.exit_code == 0, judged.output
    # Without the digit classifier, which does not know these images.
    assert "MSE of 2 test images" in judged.output and "memorization" in judged.output
    assert "precision" not in judged.output


def test_folders_that_are_not_entered_are_named(tmp_path, monkeypatch):
    for name in ("cats", "dogs", "birds"):
        fill(tmp_path / "mine" / name, 10)
    fill(tmp_path / "elsewhere", 3)
    os.symlink(tmp_path / "elsewhere", tmp_path / "mine" / "dogs" / "more")
    closed = tmp_path / "mine" / "birds"
    monkeypatch.setattr(os, "access", lambda path, mode: path != closed)
    with pytest.warns(UserWarning, match="dogs/more .a link"):
        loaded = data.load(f"folder:{tmp_path / 'mine'}")
    assert set(loaded.skipped) == {"dogs/more", "birds"}
