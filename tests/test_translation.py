"""Image translation: the pairs, the baselines without a network, the model, the canvas."""

import os
import subprocess
import sys
from importlib.util import find_spec

import keras
import numpy as np
import pytest
from keras import ops
from scipy import ndimage
from small import same

from cgan_tutorial import data, models
from cgan_tutorial.chapters.ch06 import translation
from cgan_tutorial.data import pairs
from cgan_tutorial.losses import LOSSES
from cgan_tutorial.networks import patch_discriminator, unet
from cgan_tutorial.training import train

pytestmark = pytest.mark.slow

# A penalty's finite step, as in Huang et al. (2024), written down again.
STEP = 0.05
EVERYWHERE = np.ones((3, 3))


@pytest.fixture(scope="module")
def digits():
    return data.load().train.images[:64]


@pytest.fixture(scope="module")
def pair(digits):
    return pairs.skeletons(digits), digits


def tiny(seed=0, **options):
    keras.utils.set_random_seed(seed)
    return models.Translator(unet(4), patch_discriminator(4), **options)


def blank(count=1):
    return np.zeros((count, 28, 28, 1), "float32")


def bar(rows, columns):
    image = blank()
    image[0, rows, columns] = 1.0
    return image


# The pairs


@pytest.mark.parametrize("thickness", [1, 3, 5])
def test_a_bar_is_thinned_to_its_middle_line(thickness):
    middle = slice(10 - thickness // 2, 11 + thickness // 2)
    line = pairs.skeletons(bar(middle, slice(4, 24)))[0, ..., 0]
    assert set(np.flatnonzero(line.any(axis=1))) == {10}
    ends = np.flatnonzero(line[10])
    assert np.array_equal(ends, np.arange(ends[0], ends[-1] + 1))
    assert ends[0] <= 4 + thickness // 2 and ends[-1] >= 22 - thickness // 2


def test_a_ring_stays_a_ring_and_a_disk_becomes_a_point():
    y, x = np.indices((28, 28)) - 13
    away = np.hypot(x, y)
    ring, disk = ((away < 9) & (away > 4)), away < 5
    both = np.stack([ring, disk])[..., None].astype("float32")
    thin = pairs.skeletons(both)[..., 0]
    assert ndimage.label(thin[0] == 0)[1] == 2
    assert 30 < thin[0].sum() < 60
    assert 1 <= thin[1].sum() <= 2


def test_skeletons_lie_in_their_strokes_and_keep_their_pieces(digits):
    thin = pairs.skeletons(digits)
    assert thin.dtype == np.float32 and set(np.unique(thin)) == {0.0, 1.0}
    stroke = digits >= digits.max(axis=(1, 2), keepdims=True) / 2
    assert stroke[thin > 0].all()
    for image, line in zip(stroke[..., 0], thin[..., 0], strict=True):
        assert ndimage.label(line, EVERYWHERE)[1] == ndimage.label(image, EVERYWHERE)[1]
    # Along a line a pixel has two neighbours, and a second thinning changes nothing.
    crowd = ndimage.convolve(thin[..., 0], EVERYWHERE[None], mode="constant")
    assert np.median(crowd[thin[..., 0] > 0]) == 3
    assert np.array_equal(pairs.skeletons(thin), thin)


def test_nothing_has_no_skeleton():
    assert not pairs.skeletons(blank()).any()


def test_coarse_images_hold_the_means_of_their_blocks(digits):
    coarse = pairs.coarse(digits)
    assert coarse.shape == digits.shape and coarse.dtype == np.float32
    assert coarse[5, 8:12, 12:16] == pytest.approx(digits[5, 8:12, 12:16].mean())
    assert np.allclose(pairs.coarse(coarse), coarse)


@pytest.mark.parametrize("make", [*pairs.TASKS.values(), translation.bicubic])
def test_bad_images_are_refused(make):
    with pytest.raises(ValueError, match="images have shape"):
        make(np.zeros((3, 28, 28), "float32"))


# The baselines without a network


def test_a_disk_makes_a_line_as_thick_as_it_is_wide():
    line = bar(14, slice(4, 24))
    assert np.array_equal(translation.Thickening(0.0, 0.0)(line), line)
    thick = translation.Thickening(2.0, 0.0)(line)[0, ..., 0]
    assert np.array_equal(np.flatnonzero(thick[:, 14]), [12, 13, 14, 15, 16])
    blurred = translation.Thickening(2.0, 1.0)(line)
    assert blurred.dtype == np.float32
    assert blurred.sum() == pytest.approx(thick.sum(), rel=1e-5)
    assert not translation.Thickening(2.0, 1.0)(blank()).any()


@pytest.mark.parametrize("radius, sigma", [(1.0, 0.6), (2.0, 0.0)])
def test_the_fit_finds_what_made_the_images(pair, radius, sigma):
    known = translation.Thickening(radius, sigma)
    assert translation.fit_thickening(pair[0][:20], known(pair[0][:20])) == known


def test_bicubic_keeps_a_flat_image_and_a_slope():
    assert translation.bicubic(np.full((1, 28, 28, 1), 0.25, "float32")) == pytest.approx(0.25)
    slope = np.broadcast_to(np.arange(28, dtype="float32")[:, None, None] / 27, (1, 28, 28, 1))
    found = translation.bicubic(pairs.coarse(np.ascontiguousarray(slope)))
    assert np.abs(found - slope)[:, 8:20].max() < 0.01


def test_the_linear_map_finds_a_linear_answer(digits):
    coarse = pairs.coarse(digits)
    enlarge = translation.fit_linear(coarse, 0.5 * coarse)
    assert np.abs(enlarge(coarse) - 0.5 * coarse).mean() < 0.005


# The networks and the model


def test_networks_have_the_shapes_that_they_say():
    assert unet(4).output_shape == (None, 28, 28, 1)
    assert patch_discriminator(4).output_shape == (None, 7, 7, 1)


def test_a_patch_sees_18_by_18_pixels():
    judge = patch_discriminator(4)
    shown = np.random.default_rng(0).random((1, 28, 28, 2)).astype("float32")
    before = ops.convert_to_numpy(judge(shown))[0, 3, 3, 0]
    seen = np.zeros((28, 28), bool)
    for row in range(28):
        for column in range(28):
            other = shown.copy()
            other[0, row, column] += 5.0
            seen[row, column] = ops.convert_to_numpy(judge(other))[0, 3, 3, 0] != before
    sides = [np.flatnonzero(seen.any(axis=axis)) for axis in (0, 1)]
    assert [len(side) for side in sides] == [18, 18]
    assert all(side[-1] - side[0] == 17 for side in sides)


def by_two_tapes(model, inputs, targets):
    """The gradient of each network's own loss, with TensorFlow's tape and the papers' formulas."""
    import tensorflow as tf

    seed = keras.random.SeedGenerator(0)
    seed.state.assign(model.seed_generator.state)
    log, chance, mean = tf.math.log, tf.sigmoid, tf.reduce_mean

    def score(image):
        return model.discriminator(tf.concat([inputs, image], axis=-1), training=True)

    def losses(real, fake):
        if model.adversarial_loss == "relativistic":
            return -mean(log(chance(real - fake))), -mean(log(chance(fake - real)))
        return -mean(log(chance(real))) - mean(log(1 - chance(fake))), -mean(log(chance(fake)))

    with tf.GradientTape() as second:
        outputs = model.generator(inputs, training=True)
        _, g_loss = losses(score(targets), score(outputs))
        error = mean(tf.abs(targets - outputs))
        loss = model.adversarial_weight * g_loss + model.l1_weight * error
    generator = second.gradient(loss, model.generator.trainable_variables)
    outputs = tf.constant(outputs)
    with tf.GradientTape() as first:
        loss, _ = losses(score(targets), score(outputs))
        for image in (targets, outputs) if model.gp_weight else ():
            direction = keras.random.normal((*inputs.shape[:3], 2), seed=seed)
            slope = (score_of(model, inputs, image, STEP * direction) - score(image)) / STEP
            loss += model.gp_weight / 2 * mean(slope**2)
    return generator, first.gradient(loss, model.discriminator.trainable_variables)


def score_of(model, inputs, image, step):
    return model.discriminator(ops.concatenate([inputs, image], axis=-1) + step, training=True)


@pytest.mark.parametrize("adversarial_weight", [1.0, 0.0])
@pytest.mark.parametrize("loss, gp_weight", [("relativistic", 0.25), ("non-saturating", 0.0)])
def test_each_networks_gradient_is_that_of_its_own_tape(
    loss, gp_weight, adversarial_weight, pair, tensorflow, float64
):
    import tensorflow as tf

    x = tuple(images[:8].astype("float64") for images in pair)
    model = tiny(loss=loss, gp_weight=gp_weight, adversarial_weight=adversarial_weight)
    model.seed_generator.state.assign([3, 0])
    variables = model.generator.trainable_variables, model.discriminator.trainable_variables
    expected = by_two_tapes(model, *x)
    model.seed_generator.state.assign([3, 0])
    with tf.GradientTape() as tape:
        value = model.compute_loss(x, y_pred=model(x, training=True))
    for found, own in zip(tape.gradient(value, variables), expected, strict=True):
        assert max(np.abs(a - b).max() for a, b in zip(found, own, strict=True)) <= 1e-6
        assert min(np.abs(b).max() for b in own if len(b.shape) > 1) > 0


@pytest.mark.parametrize("idle", ["generator", "discriminator"])
def test_a_network_without_a_loss_does_not_change_and_the_other_does(idle, pair, monkeypatch):
    hinge = LOSSES["hinge"]

    def one_sided(real, fake, frozen):
        d_loss, g_loss = hinge(real, fake, frozen)
        return (d_loss, 0.0 * g_loss) if idle == "generator" else (0.0 * d_loss, g_loss)

    monkeypatch.setitem(LOSSES, "hinge", one_sided)
    model = tiny(loss="hinge", gp_weight=0.0, l1_weight=0.0)
    model.compile(keras.optimizers.SGD(0.1), jit_compile=False)
    variables = {name: getattr(model, name).trainable_variables for name in model.networks}
    before = {name: [ops.convert_to_numpy(v) for v in own] for name, own in variables.items()}
    model.train_on_batch(pair)
    changed = {
        name: not same(map(ops.convert_to_numpy, own), before[name])
        for name, own in variables.items()
    }
    assert changed == {name: name != idle for name in model.networks}


def test_one_step_changes_both_networks(pair):
    model = tiny()
    model.compile(keras.optimizers.Adam(1e-3), jit_compile=False)
    before = model.generator.get_weights(), model.discriminator.get_weights()
    model.train_on_batch(pair)
    assert not same(model.generator.get_weights(), before[0])
    assert not same(model.discriminator.get_weights(), before[1])


@pytest.mark.parametrize("adversarial_weight", [1.0, 0.0])
def test_the_error_falls(adversarial_weight, pair):
    model = tiny(adversarial_weight=adversarial_weight, ema_decay=0.0)
    before = np.abs(model.translate(pair[0]) - pair[1]).mean()
    history = train(model, pair, epochs=20, batch_size=16, view=False)
    after = np.abs(model.translate(pair[0]) - pair[1]).mean()
    print(f"mean absolute error {before:.3f} → {after:.3f}")
    assert after < 0.75 * before
    assert history.film[-1].shape == (2, 10, 28, 28, 1)
    assert np.array_equal(history.film[-1][0], pair[0][:10])


def test_the_same_seed_gives_the_same_translator(pair):
    found = []
    for _ in range(2):
        model = tiny()
        train(model, pair, epochs=1, seed=3, view=False)
        found.append(model.translate(pair[0]))
    assert np.array_equal(*found)


def test_outputs_are_images(pair):
    outputs = tiny().translate(pair[0])
    assert data.check_images(outputs) is outputs
    assert outputs.shape == pair[1].shape


def test_a_run_is_kept_and_goes_on(pair, tmp_path):
    class Killed(Exception):
        """Ends the training in its second epoch."""

    def kill(epoch, logs=None):
        if epoch == 1:
            raise Killed

    killer = keras.callbacks.LambdaCallback(on_epoch_begin=kill)
    settings = {"output": tmp_path / "run", "view": False}
    with pytest.raises(Killed):
        train(tiny(), pair, epochs=2, callbacks=[killer], **settings)
    resumed, straight = tiny(seed=1), tiny()
    assert train(resumed, pair, resume=True, **settings).epochs == 2
    train(straight, pair, epochs=2, view=False)
    assert np.array_equal(straight.translate(pair[0]), resumed.translate(pair[0]))


def test_bad_pairs_and_images_are_refused(pair):
    model = tiny()
    with pytest.raises(ValueError, match="learns from pairs, and data are a ndarray"):
        train(model, pair[1], epochs=1, view=False)
    with pytest.raises(ValueError, match="5 inputs and 64 targets"):
        train(model, (pair[0][:5], pair[1]), epochs=1, view=False)
    with pytest.raises(ValueError, match="images have values from"):
        train(model, (2 * pair[0], pair[1]), epochs=1, view=False)
    with pytest.raises(ValueError, match="images are float64; give float32"):
        model.translate(pair[0].astype("float64"))
    assert not hasattr(model, "latent_dim")


# Runs in a process of its own, since a process has one backend. Nothing is drawn at random
# but the weights, and these come from numpy.
PROGRAM = """
import cgan_tutorial
import keras
import numpy as np
from cgan_tutorial import data, models
from cgan_tutorial.data import pairs
from cgan_tutorial.training import train
from cgan_tutorial.networks import patch_discriminator, unet

images = data.load("digits-8x8").train.images[:64]
model = models.Translator(
    unet(4), patch_discriminator(4), loss="non-saturating", gp_weight=0.0, ema_decay=0.0
)
rng = np.random.default_rng(0)
model.set_weights([
    np.abs(w) + 0.5 if w.ndim == 1 else rng.normal(0, 0.1, w.shape) for w in model.get_weights()
])
pair = pairs.skeletons(images), images
adam = keras.optimizers.Adam(1e-3, beta_1=0.0, beta_2=0.9)
history = train(model, pair, epochs=3, batch_size=64, optimizer=adam, view=False)
print(*history.history["loss"])
"""


def losses_on(backend, folder):
    environment = {**os.environ, "KERAS_BACKEND": backend, "KERAS_HOME": str(folder)}
    words = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(words, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return [float(loss) for loss in done.stdout.splitlines()[-1].split()]


@pytest.fixture(scope="module")
def on_tensorflow(tmp_path_factory):
    return losses_on("tensorflow", tmp_path_factory.mktemp("tensorflow"))


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_the_same_file_trains_on_other_backends(backend, on_tensorflow, tmp_path):
    if not find_spec(backend):
        pytest.skip(f"{backend} is not installed; pip install {backend} to test it")
    found = losses_on(backend, tmp_path)
    print(backend, found, "tensorflow", on_tensorflow)
    assert found == pytest.approx(on_tensorflow, rel=1e-3)


# The comparison


def test_the_evaluation_knows_equal_images_and_blank_ones():
    targets = data.load().test.images[:200]
    found = translation.evaluate(targets, targets)
    assert found.pop("sharpness") == found.pop("read alike") == 1.0
    assert found == {"l1": 0.0, "mse": 0.0, "frechet": 0.0}
    found = translation.evaluate(np.zeros_like(targets), targets)
    assert found["l1"] == pytest.approx(targets.mean(), abs=1e-4)
    assert found["frechet"] > 100 and found["read alike"] < 0.3
    assert found["sharpness"] == 0


def test_a_stripe_has_two_edges():
    stripe = bar(slice(None), slice(10, 13))
    assert translation.mean_gradient(stripe) == pytest.approx(2 / 27 / 2)
    assert translation.mean_gradient(stripe / 2) == pytest.approx(1 / 27 / 2)


# Those by L1 alone differ in a weight only, and each more would cost seconds.
@pytest.mark.parametrize("name", [name for name in translation.PARTICIPANTS if "alone" not in name])
def test_every_participant_gives_a_row(name, monkeypatch):
    monkeypatch.setattr(translation, "EPOCHS", 1)
    few = data.Split(*(part[:96].copy() for part in vars(data.load().train).values()))
    row = translation.PARTICIPANTS[name](data.Dataset("few", few, few), 0)
    assert list(row) == ["l1", "mse", "frechet", "sharpness", "read alike"]
    assert 0 < row["mse"] < 0.3 and 0 < row["read alike"] <= 1
