"""The article's two programs, as printed: how each fails, mend by mend."""

import warnings
from pathlib import Path

import keras
import numpy as np
import pytest

FOLDER = Path(__file__).parent / "article"
DIGITS, NOISE = np.zeros((4, 28, 28, 1), "float32"), np.zeros((4, 100), "float32")
# Each mend: what is printed, and what takes its place.
IMAGE = ("encoder.input", "image")
CODE = ("layers.Flatten()", "layers.Flatten(), layers.Dense(64)")
LATENTS = ("generator.input", "latents")


def sizes(side):
    """The mends that let a picture start at 7×7 instead of side×side, and so end at 28×28."""
    return (f"256 * {side} * {side}", "256 * 7 * 7"), (f"({side}, {side}, 256)", "(7, 7, 256)")


def program(section, *mends):
    """A section's program, letter for letter but for the mends."""
    text = (FOLDER / f"section_{section}.txt").read_text(encoding="utf-8")
    for printed, mend in mends:
        assert printed in text
        text = text.replace(printed, mend)
    return text


def run(text, **names):
    """Execute a program that has these names; return those that it has at its end."""
    with warnings.catch_warnings():
        # Keras prefers another word for input_shape.
        warnings.simplefilter("ignore", UserWarning)
        exec(text, names)
    return names


@pytest.mark.parametrize("section", ["4_1", "4_2"])
def test_as_printed_the_input_does_not_exist(section):
    with pytest.raises(AttributeError, match="has never been called and thus has no defined input"):
        run(program(section))


def test_4_1_the_encoder_gives_more_numbers_than_the_decoder_takes():
    image = keras.Input((28, 28, 1))
    with pytest.raises(ValueError, match=r"shape=\(None, 64\), found shape=\(None, 3136\)"):
        run(program("4_1", IMAGE), image=image)


def test_4_1_then_no_data_are_loaded():
    with pytest.raises(NameError, match="'mnist_train' is not defined"):
        run(program("4_1", IMAGE, CODE), image=keras.Input((28, 28, 1)))


def test_4_1_then_the_picture_has_the_wrong_size():
    names = {"image": keras.Input((28, 28, 1)), "mnist_train": DIGITS, "mnist_test": DIGITS}
    with pytest.raises(ValueError, match="Dimensions must be equal, but are 28 and 16"):
        run(program("4_1", IMAGE, CODE), **names)


@pytest.mark.slow
def test_4_1_mended_runs():
    names = {"image": keras.Input((28, 28, 1)), "mnist_train": DIGITS, "mnist_test": DIGITS}
    done = run(program("4_1", IMAGE, CODE, *sizes(4)), **names)
    history = done["autoencoder"].history.history
    assert len(history["val_loss"]) == 10
    assert np.isfinite(history["loss"]).all()


def test_4_2_the_generator_draws_larger_pictures_than_the_discriminator_reads():
    found = r"expected shape=\(None, 28, 28, 1\), found shape=\(None, 32, 32"
    with pytest.raises(ValueError, match=found):
        run(program("4_2", LATENTS), latents=keras.Input((100,)))


def test_4_2_then_no_data_are_loaded():
    with pytest.raises(NameError, match="'noise' is not defined"):
        run(program("4_2", LATENTS, *sizes(8)), latents=keras.Input((100,)))


def test_4_2_then_two_targets_are_given_for_one_output():
    names = {"noise": NOISE, "real_images": DIGITS, "fake_images": DIGITS, "test_images": DIGITS}
    with pytest.raises(ValueError, match="y_true and y_pred have different structures"):
        run(program("4_2", LATENTS, *sizes(8)), latents=keras.Input((100,)), **names)


@pytest.mark.slow
def test_4_2_then_pictures_are_validated_in_the_place_of_latents():
    names = {"noise": NOISE, "ones": np.ones((4, 1)), "test_images": DIGITS}
    targets = ("[real_images, fake_images]", "ones")
    with pytest.raises(ValueError, match=r"shape=\(None, 100\), found shape=\(None, 28, 28"):
        run(program("4_2", LATENTS, *sizes(8), targets), latents=keras.Input((100,)), **names)
