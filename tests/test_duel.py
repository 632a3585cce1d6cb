"""The game in the plane: its numbers are Keras', its presets end as they say, its page plays."""

import itertools
import json
import shutil
import subprocess

import keras
import numpy as np
import pytest

from cgan_tutorial import networks
from cgan_tutorial.data import toy2d
from cgan_tutorial.losses import LOSSES
from cgan_tutorial.models import StabilizedGAN
from cgan_tutorial.widgets.page import code

pytestmark = pytest.mark.slow
needs_node = pytest.mark.skipif(not shutil.which("node"), reason="needs Node to run the module")

BATCH = 128
PLAYERS = "discriminator", "generator"
RATES = {"discriminator_rate": 3e-3, "generator_rate": 1e-3}
STEPS = """
const flat = (rows) => Float64Array.from(rows.flat());
const answers = GIVEN.map(({ settings, weights, batches }) => {
  const game = new Duel({ seed: 0, ...settings }, SHAPE, weights, []);
  const networks = [game.discriminator, game.generator];
  return batches.map(({ players, real, latents, directions }) => {
    const batch = { real: flat(real), latents: flat(latents), directions: flat(directions) };
    if (players.includes("discriminator")) game.stepDiscriminator(batch);
    if (players.includes("generator")) game.stepGenerator(batch);
    return ["weights", "gradient"].map((kind) => networks.map((network) => [...network[kind]]));
  });
});
process.stdout.write(JSON.stringify(answers));
"""


def in_node(program, given=None, shape="ring"):
    """What a program writes that follows duel.js and what it imports, as they are in a page."""
    known = json.dumps(described(toy2d.shape(shape)))
    done = subprocess.run(
        ["node", "--input-type=module", "-"],
        input="\n".join(
            [
                f"const SHAPE = {known};",
                f"const GIVEN = {json.dumps(given)};",
                code("duel"),
                program,
            ]
        ),
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def described(shape):
    return {
        **{"skeleton": shape.skeleton.ravel().tolist(), "centers": shape.centers.tolist()},
        **{"radius": shape.radius, "sigma": shape.sigma},
    }


def flat(network):
    return np.concatenate([np.ravel(weight) for weight in network.get_weights()])


def points_gan(loss, gp_weight, latent_dim=2, seed=0):
    keras.utils.set_random_seed(seed)
    players = networks.point_generator(latent_dim), networks.point_discriminator()
    return StabilizedGAN(*players, loss=loss, gp_weight=gp_weight, ema_decay=0.0)


def batches(count, latent_dim, players=PLAYERS):
    rng = np.random.default_rng(1)
    return [
        {
            "players": players,
            "real": toy2d.shape("ring").draw(BATCH, seed=step).astype(keras.config.floatx()),
            "latents": rng.normal(size=(BATCH, latent_dim)).astype(keras.config.floatx()),
            "directions": rng.normal(size=(2 * BATCH, 2)).astype(keras.config.floatx()),
        }
        for step in range(count)
    ]


def keras_steps(gan, given, optimizer, rates, monkeypatch):
    """Weights (D's, G's) after each batch: the gradient of the package's own loss, Keras' step."""
    import tensorflow as tf

    kinds = {
        "Adam": lambda rate: keras.optimizers.Adam(rate, 0.0, 0.9),
        "SGD": keras.optimizers.SGD,
    }
    steppers = {name: kinds[optimizer](rate) for name, rate in zip(PLAYERS, rates, strict=True)}
    after = []
    for batch in given:
        for player in batch["players"]:
            noise = iter([batch["latents"], *np.split(batch["directions"], 2)])
            monkeypatch.setattr(keras.random, "normal", lambda *a, noise=noise, **b: next(noise))
            variables = getattr(gan, player).trainable_variables
            with tf.GradientTape() as tape:
                loss = gan.compute_loss(x=batch["real"], y_pred=gan(batch["real"], training=True))
            slopes = tape.gradient(loss, [each.value for each in variables])
            steppers[player].apply(slopes, variables)
        after.append([flat(gan.discriminator), flat(gan.generator)])
    return after


ONE = [
    {"loss": loss, "gp_weight": weight, "players": [player], "steps": 1}
    for loss, weight, player in itertools.product(LOSSES, (0.0, 0.3), PLAYERS)
]
TEN = [
    *({"loss": loss, "gp_weight": 0.3, "players": PLAYERS, "steps": 10} for loss in LOSSES),
    {"loss": "minimax", "gp_weight": 1.0, "players": PLAYERS, "steps": 10, "optimizer": "SGD"},
    {"loss": "hinge", "gp_weight": 0.1, "players": PLAYERS, "steps": 10, "latent_dim": 1},
]


def compared(cases, floatx):
    """For each case: weights after each step in Keras; weights and slopes in the page."""
    sent, wanted, usual = [], [], keras.config.floatx()
    precision(floatx)
    for case in cases:
        settings = {"optimizer": "Adam", "latent_dim": 2, **RATES, **case}
        gan = points_gan(case["loss"], case["gp_weight"], settings["latent_dim"])
        given = batches(case["steps"], settings["latent_dim"], case["players"])
        weights = {name: flat(getattr(gan, name)).tolist() for name in PLAYERS}
        sent.append({"settings": settings, "weights": weights, "batches": listed(given)})
        with pytest.MonkeyPatch.context() as patch:
            wanted.append(keras_steps(gan, given, settings["optimizer"], RATES.values(), patch))
    precision(usual)
    return list(zip(wanted, in_node(STEPS, sent), strict=True))


def precision(floatx):
    keras.config.set_floatx(floatx)
    keras.config.set_dtype_policy(floatx)


def listed(given):
    return [{key: np.asarray(value).tolist() for key, value in batch.items()} for batch in given]


@needs_node
def test_a_step_is_a_step_of_the_packages_gan():
    for case, ([wanted], [[found, slopes]]) in zip(ONE, compared(ONE, "float32"), strict=True):
        for player, some, others, slope in zip(PLAYERS, wanted, found, slopes, strict=True):
            # Where a slope is exactly 0, Adam makes a step of Keras' rounding error.
            sure = np.abs(slope) > 1e-6 if player in case["players"] else np.full(len(some), True)
            apart = np.abs(some - others)
            print(case, player, f"{apart[sure].max():.1e}; {(~sure).sum()}: {apart.max():.1e}")
            assert apart[sure].max() <= 1e-5 and apart.max() <= RATES[f"{player}_rate"] * 2
            assert (np.abs(slope) == 0).all() == (player not in case["players"])


@needs_node
def test_ten_rounds_are_ten_of_the_packages_gan():
    for case, (wanted, found) in zip(TEN, compared(TEN, "float64"), strict=True):
        for some, (others, _) in zip(wanted, found, strict=True):
            apart = [np.abs(a - b).max() for a, b in zip(some, others, strict=True)]
        print(case, *(f"{each:.1e}" for each in apart))
        assert max(apart) <= 1e-6
