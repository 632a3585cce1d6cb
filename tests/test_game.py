"""The game in the plane: its numbers are Keras', its presets end as they say, its page plays."""

import base64
import itertools
import json
import re
from statistics import NormalDist

import javascript
import keras
import numpy as np
import pytest

from cgan_tutorial import networks
from cgan_tutorial.chapters.ch02 import points_game
from cgan_tutorial.chapters.ch02.points_game import play
from cgan_tutorial.data import toy2d
from cgan_tutorial.losses import LOSSES
from cgan_tutorial.metrics.coverage import mode_shares
from cgan_tutorial.metrics.divergence import grid_divergence
from cgan_tutorial.models import StabilizedGAN
from cgan_tutorial.widgets.game import PRESETS, choose, game, lattice
from cgan_tutorial.widgets.page import code

pytestmark = pytest.mark.slow

BATCH = 128
PLAYERS = "discriminator", "generator"
RATES = {"discriminator_rate": 3e-3, "generator_rate": 1e-3}
STEPS = """
const flat = (rows) => Float64Array.from(rows.flat());
const answers = GIVEN.map(({ settings, weights, batches }) => {
  const game = new Game({ seed: 0, ...settings }, SHAPE, weights, []);
  const networks = [game.discriminator, game.generator];
  return batches.map(({ players, real, latents, directions }) => {
    const batch = { real: flat(real), latents: flat(latents), directions: flat(directions) };
    if (players.includes("discriminator")) game.stepDiscriminator(batch);
    if (players.includes("generator")) game.stepGenerator(batch);
    return ["weights", "gradient"].map((kind) => networks.map((network) => [...network[kind]]));
  });
});
answer(answers);
"""


def in_node(program, given=None, shape="ring"):
    """What a program writes that follows game.js and what it imports, as they are in a page."""
    known = json.dumps(described(toy2d.shape(shape)))
    return javascript.run(f"const SHAPE = {known};\n{code('game')}\n{program}", given)


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


@javascript.needs_node
def test_a_step_is_a_step_of_the_packages_gan():
    for case, ([wanted], [[found, slopes]]) in zip(ONE, compared(ONE, "float32"), strict=True):
        for player, some, others, slope in zip(PLAYERS, wanted, found, slopes, strict=True):
            # Where a slope is exactly 0, Adam makes a step of Keras' rounding error.
            sure = np.abs(slope) > 1e-6 if player in case["players"] else np.full(len(some), True)
            apart = np.abs(some - others)
            print(case, player, f"{apart[sure].max():.1e}; {(~sure).sum()}: {apart.max():.1e}")
            assert apart[sure].max() <= 1e-5 and apart.max() <= RATES[f"{player}_rate"] * 2
            assert (np.abs(slope) == 0).all() == (player not in case["players"])


@javascript.needs_node
def test_ten_rounds_are_ten_of_the_packages_gan():
    for case, (wanted, found) in zip(TEN, compared(TEN, "float64"), strict=True):
        for some, (others, _) in zip(wanted, found, strict=True):
            apart = [np.abs(a - b).max() for a, b in zip(some, others, strict=True)]
        print(case, *(f"{each:.1e}" for each in apart))
        assert max(apart) <= 1e-6


LOOKS = """
const games = Object.entries(GIVEN).flatMap(([preset, settings]) => [0, 1].map((seed) => {
  const game = new Game({ ...settings, seed }, SHAPE, null, new Float64Array(512));
  const looks = [game.look()];
  for (let at = 1; at <= settings.rounds; at++) {
    game.round();
    if (at % settings.every === 0) looks.push(game.look());
  }
  return [preset, looks.map(({ fakes, covered, distance, push_length, accuracy }) => (
    { fakes: [...fakes], covered, distance, push_length, accuracy }))];
}));
answer(games);
"""


@javascript.needs_node
def test_each_preset_ends_as_it_says():
    ends = {
        "healthy": (600, 100, is_healthy),
        "collapse": (240, 20, is_collapsed),
        "discriminator too strong": (100, 10, is_stuck),
        "rotation": (240, 4, is_rotating),
    }
    assert set(ends) == set(PRESETS)
    given = {
        name: {**choose(name), "rounds": rounds, "every": every}
        for name, (rounds, every, _) in ends.items()
    }
    for name, looks in in_node(LOOKS, given):
        print(name, [look["covered"] for look in looks], looks[-1]["distance"])
        ends[name][2](looks)


def points(look):
    return np.reshape(look["fakes"], (-1, 2))


def held(look):
    """For each mode of the ring, whether 2 % of the fakes that are shown are on it."""
    ring = toy2d.shape("ring")
    return mode_shares(points(look), ring.centers, ring.radius) >= 0.02


def is_healthy(looks):
    assert looks[0]["distance"] > 0.65
    assert looks[3]["covered"] >= 7 and looks[-1]["covered"] == 8
    assert looks[-1]["distance"] < 0.42


def is_collapsed(looks):
    late = np.array([held(look) for look in looks[-6:]])
    assert 1 <= late.any(axis=0).sum() <= 3
    assert all(1 <= look["covered"] <= 3 for look in looks[-6:])


def is_stuck(looks):
    assert all(look["accuracy"] > 0.98 and look["covered"] == 0 for look in looks[-4:])
    # The page draws no arrow shorter than 2 pixels, which is a gradient of 0.013.
    assert np.median([look["push_length"] for look in looks[-4:]]) < 0.1
    assert looks[0]["push_length"] > 0.01


def is_rotating(looks):
    visits = np.array([held(look) for look in looks])
    assert visits.any(axis=0).sum() == 8 and np.median(visits.sum(axis=1)) <= 3
    centers = np.array([points(look).mean(axis=0) for look in looks])
    turns = np.diff(np.unwrap(np.arctan2(*centers.T[::-1])))
    assert np.abs(turns).sum() > 3 * 2 * np.pi


MEASURES = """
const [points, others] = GIVEN.map((rows) => Float64Array.from(rows.flat()));
const shape = { centers: SHAPE.centers, radius: SHAPE.radius };
answer([distance(points, others), covered(others, shape)]);
"""


@javascript.needs_node
@pytest.mark.parametrize("name", toy2d.SHAPES)
def test_the_measures_are_the_packages(name):
    shape, other = toy2d.shape(name), toy2d.shape("ring")
    real = shape.draw(1024)
    fakes = np.concatenate([other.draw(600, seed=1), real[:400] + 0.1, np.full((24, 2), 9.0)])
    apart, reached = in_node(MEASURES, [real.tolist(), fakes.tolist()], name)
    assert apart == pytest.approx(grid_divergence(real, fakes), abs=1e-6)
    assert reached == (mode_shares(fakes, shape.centers, shape.radius) >= 0.01).sum()


@javascript.needs_node
@pytest.mark.parametrize("loss", LOSSES)
def test_the_arrows_are_minus_the_gradient_of_gs_loss(loss):
    program = """
    const game = new Game(GIVEN, SHAPE, null, new Float64Array(512));
    for (let i = 0; i < 3; i++) game.round();
    const { real, fakes, push } = game.look();
    const value = (moved) => {
      const [r, f] = [real, moved].map((each) => game.scores(each));
      return GAN_LOSSES[GIVEN.loss].g(r[0], f[0])[0];
    };
    const slopes = [0, 1].map((axis) => [1e-6, -1e-6].map((nudge) => value(
      fakes.map((v, i) => (i === axis ? v + nudge : v)))));
    answer([slopes.map(([a, b]) => (b - a) / 2e-6), [...push]]);
    """
    wanted, found = in_node(program, choose("healthy", loss=loss))
    np.testing.assert_allclose(found[:2], wanted, atol=1e-6)


def test_the_page_starts_with_the_weights_of_the_packages_gan():
    gan = points_gan("minimax", 0.3, latent_dim=1, seed=3)
    spec = game("collapse", latent_dim=1, seed=3, data="moons").spec
    for name in PLAYERS:
        sent = np.frombuffer(base64.b64decode(spec["weights"][name]), "<f4")
        np.testing.assert_array_equal(sent, flat(getattr(gan, name)))
    assert spec["settings"]["data"] == "moons" and spec["settings"]["loss"] == "minimax"


def test_the_grid_has_equal_shares_of_the_noise_in_its_meshes():
    sides = lattice(2).reshape(16, 16, 2)[0, :, 0]
    shares = np.diff([NormalDist().cdf(side) for side in sides])
    assert np.allclose(shares, 0.98 / 15) and lattice(1).shape == (256, 1)


@pytest.mark.parametrize(
    ("settings", "fact"),
    [
        ({"preset": "lucky"}, "'lucky'.*rotation"),
        ({"data": "spiral"}, "'spiral'.*moons"),
        ({"loss": "wasserstein"}, "'wasserstein'.*hinge"),
        ({"penalty": 1}, "'penalty'.*gp_weight"),
        ({"generator_rate": 0.0}, "generator_rate is 0.0"),
        ({"discriminator_rate": "fast"}, "'fast'"),
        ({"gp_weight": float("nan")}, "gp_weight is nan"),
        ({"generator_steps": 21}, "21.*20"),
        ({"discriminator_steps": 1.5}, "1.5.*integer"),
        ({"latent_dim": True}, "True"),
        ({"seed": -1}, "-1"),
    ],
)
def test_what_cannot_be_played_is_refused(settings, fact):
    with pytest.raises(ValueError, match=fact):
        game(**settings)


def test_a_game_is_played_for_figures():
    played = play("healthy", rounds=4, every=2, latent_dim=1)
    assert [frame.numbers["rounds"] for frame in played.frames] == [0, 2, 4]
    first, _, last = played.frames
    assert played.real.shape == first.fakes.shape == (200, 2)
    assert not np.allclose(first.fakes, last.fakes)
    assert 0 <= last.numbers["covered"] <= last.numbers["modes"] == 8
    assert 0 < last.numbers["distance"] <= np.log(2) and 0 <= last.numbers["accuracy"] <= 1
    again = play("healthy", rounds=4, every=2, latent_dim=1)
    assert again.frames[-1].numbers == last.numbers
    with pytest.raises(ValueError, match="every is 0"):
        play("healthy", every=0)


def test_the_push_in_figures_is_the_gradient_of_gs_loss():
    import tensorflow as tf

    gan, fakes = points_gan("minimax", 0.0), tf.Variable(toy2d.shape("line").draw(24))
    scores, slopes = points_game._scored(gan.discriminator, fakes.numpy())
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(gan.discriminator(fakes))
    np.testing.assert_allclose(slopes, tape.gradient(total, fakes), atol=1e-6)
    np.testing.assert_allclose(scores, gan.discriminator(fakes)[:, 0], atol=1e-5)


# In a browser


@pytest.fixture
def page(opened):
    """The game at round 0, on a page as wide as a phone."""
    return opened(game(), viewport={"width": 390, "height": 900})


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def choice(page, name):
    return page.locator(".cgan-choice", has_text=name).locator("select")


def shown(page):
    """What is seen: the layers' paths, the charts' words, the live line, the film's last frame."""
    return page.evaluate("""() => ({
      ...Object.fromEntries(["net", "real", "fakes", "push"].map((name) => (
        [name, document.querySelector(`.cgan-plane .cgan-${name}`).getAttribute("d")]))),
      losses: document.querySelector(".cgan-lines").ariaLabel,
      success: document.querySelectorAll(".cgan-lines")[1].ariaLabel,
      plane: document.querySelector(".cgan-plane").ariaLabel,
      round: Number(document.querySelector(".cgan-slider output").textContent),
      frames: Number(document.querySelector(".cgan-slider input").max) + 1,
    })""")


def play_until(page, rounds):
    press(page, "Play")
    page.wait_for_function(
        f"Number(document.querySelector('.cgan-slider output').textContent) >= {rounds}"
    )
    press(page, "Pause")


@pytest.mark.browser
class TestPage:
    """What a reader does, on a page as wide as a phone."""

    def test_it_waits_at_round_0_and_fits(self, page):
        first = shown(page)
        page.wait_for_timeout(300)
        assert shown(page) == first and first["round"] == 0 and first["frames"] == 1
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert "Round 0" in first["plane"] and "0 of 8" in first["plane"]

    def test_play_advances_and_pause_stops(self, page):
        first = shown(page)
        play_until(page, 12)
        last = shown(page)
        assert last["round"] >= 12 and last["frames"] > 2
        assert all(last[name] != first[name] for name in ("net", "fakes", "push", "losses"))
        page.wait_for_timeout(300)
        assert shown(page)["round"] == last["round"]
        assert page.locator("[role=status]").inner_text() == last["plane"]
        press(page, "Reset")
        assert shown(page) == first

    def test_a_step_of_d_moves_no_fake_and_a_step_of_g_does(self, page):
        first = shown(page)
        press(page, "Step of D")
        second = shown(page)
        assert second["fakes"] == first["fakes"] and second["net"] == first["net"]
        assert second["push"] != first["push"] and second["losses"] != first["losses"]
        press(page, "Step of G")
        third = shown(page)
        assert third["fakes"] != first["fakes"] and third["real"] == first["real"]
        assert third["frames"] == 3 and third["round"] == 0

    def test_slow_motion_tells_one_round(self, page):
        said = []
        for number in range(1, 8):
            press(page, "Slow motion")
            page.wait_for_function(
                f"document.querySelector('[role=status]').textContent.startsWith('{number} of 7')"
            )
            said.append(shown(page))
        assert said[0]["net"] == "" and said[1]["net"] != "" and said[1]["push"] == ""
        assert said[4]["push"] != "" and said[0]["fakes"] == said[4]["fakes"] != said[5]["fakes"]
        assert said[6]["round"] == 1

    def test_presets_and_settings(self, page):
        loss = choice(page, "Loss")
        for name, other in (("Collapse", "minimax"), ("Rotation", "non-saturating")):
            press(page, name)
            pressed = page.locator(".cgan [aria-pressed=true]")
            assert pressed.inner_text() == name
            assert loss.locator("option:checked").inner_text() == other
            assert page.locator(".cgan-watch").inner_text() == PRESETS[name.lower()][1]
        first = shown(page)
        loss.select_option(label="hinge")
        assert shown(page)["losses"] != first["losses"] and pressed.count() == 0
        page.get_by_text("More settings").click()
        choice(page, "Latent numbers").select_option(label="1")
        assert shown(page)["net"].count("M") == 1
        choice(page, "Seed").select_option(label="4")
        choice(page, "Data").select_option(label="grid")
        play_until(page, 3)
        assert "of 25 modes" in shown(page)["plane"]

    def test_layers_can_be_hidden(self, page):
        page.get_by_role("checkbox", name="fakes").uncheck()
        page.get_by_role("checkbox", name="D's decision").uncheck()
        assert shown(page)["fakes"] == "" and shown(page)["real"] != ""
        assert page.locator(".cgan-plane canvas").is_hidden()

    def test_the_past_can_be_seen_again(self, page):
        first = shown(page)
        play_until(page, 8)
        last = shown(page)
        film = page.get_by_label("Film")
        film.focus()
        page.keyboard.press("Home")
        past = shown(page)
        assert past["round"] == 0 and past["fakes"] == first["fakes"]
        assert past["losses"] == first["losses"] and past["frames"] == last["frames"]
        page.keyboard.press("End")
        assert shown(page)["fakes"] == last["fakes"]
        page.keyboard.press("Home")
        press(page, "Step of G")
        assert shown(page)["round"] == last["round"]

    def test_a_drawn_distribution_is_learned(self, page):
        press(page, "Draw your own")
        box = page.locator(".cgan-plane").bounding_box()
        at = lambda x, y: (box["x"] + x * box["width"], box["y"] + y * box["height"])  # noqa: E731
        page.mouse.move(*at(0.3, 0.3))
        page.mouse.down()
        page.mouse.move(*at(0.7, 0.3), steps=5)
        page.mouse.up()
        assert shown(page)["fakes"] == ""
        press(page, "Use this data")
        drawn = shown(page)
        heights = [float(y) for y in re.findall(r"M[-\d.]+ ([-\d.]+)a", drawn["real"])]
        assert len(heights) == 200 and abs(np.mean(heights) - 0.3 * 400) < 6
        assert choice(page, "Data").locator("option:checked").inner_text() == "your drawing"
        play_until(page, 10)
        assert "stretches" in shown(page)["plane"] and shown(page)["fakes"] != drawn["fakes"]

    def test_the_keyboard_is_enough(self, page):
        page.keyboard.press("Tab")
        for _ in range(20):
            if page.evaluate("document.activeElement.textContent") == "Draw your own":
                break
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        for key in ("Shift+ArrowUp", "ArrowRight", "ArrowRight", "ArrowDown"):
            page.keyboard.press(key)
        page.get_by_role("button", name="Play", exact=True).focus()
        page.keyboard.press("Space")
        page.wait_for_function(
            "Number(document.querySelector('.cgan-slider output').textContent) >= 3"
        )
        page.keyboard.press("Space")
        assert "stretches" in shown(page)["plane"]
        page.get_by_label("Speed").focus()
        page.keyboard.press("ArrowRight")
        assert page.get_by_label("Speed").get_attribute("aria-valuetext") == "fastest"


@pytest.mark.browser
def test_losses_that_are_not_finite_stop_the_game(opened):
    rates = {"discriminator_rate": 1.0, "generator_rate": 1.0, "gp_weight": 100.0}
    page = opened(game(loss="least-squares", optimizer="SGD", **rates))
    press(page, "Play")
    page.get_by_text("no longer finite").wait_for()
    for name in ("Slow motion", "Step of G", "Play"):
        press(page, name)
    page.get_by_role("button", name="Play", exact=True).wait_for()
    assert "NaN" not in page.content()
    press(page, "Healthy")
    play_until(page, 3)


@pytest.mark.browser
def test_reduced_motion_shows_fewer_pictures(opened):
    page = opened(game(), reduced_motion="reduce")
    play_until(page, 20)
    assert shown(page)["frames"] < 15
