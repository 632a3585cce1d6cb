"""The game on points as numbers: its distances, its data, its steps, what a page is sent."""

import re

import keras
import numpy as np
import pytest
from keras import ops

from cgan_tutorial.data import toy2d
from cgan_tutorial.losses import LOSSES
from cgan_tutorial.metrics.coverage import mode_shares
from cgan_tutorial.metrics.divergence import grid_divergence, jensen_shannon
from cgan_tutorial.widgets.game_bytes import PUSH_UNIT, UNIT, pack
from cgan_tutorial.widgets.game_captions import CAPTIONS, LAYERS, one_round
from cgan_tutorial.widgets.game_settings import Settings
from cgan_tutorial.widgets.game_state import CELLS, PLANE, PUSHED, SHOWN, PointGame
from cgan_tutorial.widgets.game_turns import Players

pytestmark = pytest.mark.slow

MODES = {"line": 8, "ring": 8, "moons": 16, "grid": 25}


@pytest.fixture(scope="module")
def played():
    """One game for all: making its steps takes a second. Each test sets it as it wants it."""
    return PointGame()


@pytest.fixture
def fresh(played):
    played.change(**vars(Settings()))
    played.reset()
    return played


def weights(player):
    return [ops.convert_to_numpy(variable) for variable in player.trainable_variables]


def same(some, others):
    return all(np.array_equal(a, b) for a, b in zip(some, others, strict=True))


def players(state):
    model = state.players.model
    return weights(model.discriminator), weights(model.generator)


# The distance


def test_divergence_of_known_shares():
    assert jensen_shannon(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == pytest.approx(np.log(2))
    # ½·log(4/3) + ½·(½·log(2/3) + ½·log 2), by hand.
    assert jensen_shannon(np.array([1.0, 0.0]), np.array([0.5, 0.5])) == pytest.approx(0.2157615)


def test_divergence_of_equal_and_of_disjoint_points():
    left = np.random.default_rng(0).uniform(-2.9, -0.1, (500, 2))
    assert grid_divergence(left, left) == 0.0
    assert grid_divergence(left, -left) == pytest.approx(np.log(2))
    half = np.concatenate([left, -left])
    assert grid_divergence(half, left) == pytest.approx(0.2157615)


def test_points_outside_the_grid_are_not_lost():
    inside, outside = np.full((10, 2), 2.95), np.full((10, 2), 50.0)
    assert grid_divergence(inside, outside) == 0.0
    assert grid_divergence(-inside, outside) == pytest.approx(np.log(2))


def test_divergence_refuses_points_of_space():
    with pytest.raises(ValueError, match="3 coordinates"):
        grid_divergence(np.zeros((4, 3)), np.zeros((4, 3)))


# The data


@pytest.mark.parametrize("name", toy2d.SHAPES)
def test_each_shape_covers_its_own_modes_evenly(name):
    shape = toy2d.shape(name)
    drawn = shape.draw(2000)
    assert drawn.shape == (2000, 2) and drawn.dtype == np.float32
    assert np.abs(drawn).max() < 3
    shares = mode_shares(drawn, shape.centers, shape.radius)
    assert len(shares) == MODES[name]
    assert shares.sum() > 0.98
    assert shares.min() > 0.8 / MODES[name]
    # The first few are spread as well: the game shows 200 of them.
    assert mode_shares(shape.draw(200), shape.centers, shape.radius).min() >= 0.01


@pytest.mark.parametrize("name", toy2d.SHAPES)
def test_two_draws_of_a_shape_are_close_and_differ(name):
    shape = toy2d.shape(name)
    one, other = shape.draw(1024, seed=0), shape.draw(1024, seed=1)
    assert 0 < grid_divergence(one, other) < 0.03
    assert np.array_equal(one, shape.draw(1024, seed=0))


def test_shapes_lie_where_their_formulas_say():
    assert np.allclose(toy2d.line(np.array([0, 0.5, 1])), [[-2, -1], [0, 0], [2, 1]])
    tops = toy2d.moons(np.array([0.25, 0.75]))
    assert np.allclose(tops, [[-0.75, 1.125], [0.75, -1.125]])
    corners = {(-2.0, -2.0), (2.0, 2.0), (0.0, 0.0)}
    assert corners <= set(map(tuple, toy2d.grid_centers()))


def test_an_unknown_shape_is_named():
    with pytest.raises(ValueError) as error:
        toy2d.shape("spiral")
    assert str(error.value) == "unknown data 'spiral'; choose one of line, ring, moons, grid"


# The steps


OTHERS = [("non-saturating", 0.0, 2), ("minimax", 1.0, 2), ("relativistic", 0.0, 1)]


@pytest.mark.parametrize("kind", OTHERS, ids=str)
def test_a_turn_moves_one_player_by_the_gradient_of_the_packages_gan(kind):
    import tensorflow as tf

    stepped = Players(*kind, pushed=PUSHED)
    gan, batch = stepped.model, toy2d.shape("ring").draw(128)
    parts = gan.discriminator, gan.generator
    stepped.start(seed=0)
    with tf.GradientTape(persistent=True) as tape:
        loss = gan.compute_loss(x=batch, y_pred=gan(batch, training=True))
    wanted = [tape.gradient(loss, [v.value for v in part.trainable_variables]) for part in parts]

    for number, (player, turn) in enumerate(stepped.turns.items()):
        # With plain descent, what moves is the gradient itself.
        turn.compile(keras.optimizers.SGD(), jit_compile=False)
        stepped.start(seed=0)
        before = [weights(part) for part in parts]
        stepped.move(player, batch, rate=1.0)
        after = [weights(part) for part in parts]
        assert same(before[1 - number], after[1 - number])
        assert max(np.abs(gradient).max() for gradient in wanted[number]) > 1e-3
        for old, new, gradient in zip(before[number], after[number], wanted[number], strict=True):
            np.testing.assert_allclose(old - new, gradient, rtol=0, atol=1e-6)


def test_each_button_steps_its_own_player(fresh):
    before = players(fresh)
    fresh.step_discriminator()
    between = players(fresh)
    fresh.step_generator()
    after = players(fresh)
    assert not same(before[0], between[0]) and same(before[1], between[1])
    assert same(between[0], after[0]) and not same(between[1], after[1])


def test_the_same_seed_gives_the_same_game_and_another_another(fresh):
    def numbers(seed):
        fresh.change(seed=seed)
        fresh.reset()
        for _ in range(3):
            fresh.step()
        return fresh.look().numbers

    first = numbers(0)
    assert numbers(1) != first
    assert numbers(0) == first


def test_looking_changes_nothing(fresh):
    before = players(fresh)
    first, second = fresh.look(), fresh.look()
    assert first.numbers == second.numbers
    assert np.array_equal(first.push, second.push)
    assert all(same(*pair) for pair in zip(before, players(fresh), strict=True))


def test_a_round_is_the_steps_of_d_and_then_those_of_g(fresh, monkeypatch):
    fresh.change(discriminator_steps=3, generator_steps=2)
    order = []
    monkeypatch.setattr(fresh.players, "move", lambda player, *rest: order.append(player))
    fresh.step()
    assert order == ["discriminator"] * 3 + ["generator"] * 2
    assert fresh.steps == {"discriminator": 3, "generator": 2} and fresh.rounds == 1


def test_each_player_has_its_own_rate(fresh):
    fresh.change(discriminator_rate=0.02, generator_rate=1e-5)
    fresh.step()
    before = players(fresh)
    fresh.step()
    # An early step of Adam moves a weight by about its rate.
    steps = [
        max(np.abs(new - old).max() for old, new in zip(*pair, strict=True))
        for pair in zip(before, players(fresh), strict=True)
    ]
    assert 0.005 < steps[0] < 0.05
    assert 2e-6 < steps[1] < 3e-5


@pytest.mark.parametrize("loss", LOSSES)
def test_the_push_is_minus_the_gradient_of_gs_loss(played, loss):
    import tensorflow as tf

    played.change(**{**vars(Settings()), "loss": loss})
    for _ in range(5):
        played.step()
    frame = played.look()
    model = played.players.model
    real = model.discriminator(played.real[:PUSHED])[:, 0]
    fakes = tf.Variable(frame.fakes[:PUSHED])
    with tf.GradientTape() as tape:
        scores = model.discriminator(fakes)[:, 0]
        wanted = PUSHED * LOSSES[loss](real, scores, scores)[1]
    np.testing.assert_allclose(frame.push, -tape.gradient(wanted, fakes), rtol=1e-4, atol=1e-7)


def test_the_ground_is_what_d_thinks_row_by_row_from_below(fresh):
    frame = fresh.look()
    assert np.allclose(PLANE[0], [-3 + 3 / CELLS] * 2)
    assert PLANE[1][0] > PLANE[0][0] and PLANE[1][1] == PLANE[0][1]
    scores = ops.convert_to_numpy(fresh.players.model.discriminator(PLANE))
    expected = (1 / (1 + np.exp(-scores))).reshape(CELLS, CELLS)
    np.testing.assert_allclose(frame.ground, expected, atol=1e-6)


def test_the_numbers_are_the_packages(fresh):
    for _ in range(3):
        fresh.step()
    frame, model = fresh.look(), fresh.players.model
    real, fake = (
        ops.convert_to_numpy(model.discriminator(shown))[:, 0]
        for shown in (fresh.real[:SHOWN], frame.fakes)
    )
    assert frame.numbers["discriminator"] == pytest.approx(
        np.logaddexp(0, -real).mean() + np.logaddexp(0, fake).mean(), rel=1e-4
    )
    assert frame.numbers["generator"] == pytest.approx(np.logaddexp(0, -fake).mean(), rel=1e-4)
    assert frame.numbers["accuracy"] == pytest.approx((real > fake).mean())
    assert frame.numbers["push"] == pytest.approx(np.linalg.norm(frame.push, axis=1).mean())
    assert frame.numbers["rounds"] == 3 and frame.numbers["modes"] == 8


# The bytes that a page draws


def test_a_packed_frame_holds_the_frame(fresh):
    fresh.step()
    frame = fresh.look()
    packed = pack(frame)
    assert len(packed) < 3000
    whole = np.frombuffer(packed[: -CELLS * CELLS], "<i2")
    fakes, push, net = np.split(whole, [2 * SHOWN, 2 * SHOWN + 2 * PUSHED])
    assert np.abs(fakes / UNIT - frame.fakes.ravel()).max() <= 0.51 / UNIT
    assert np.abs(push / PUSH_UNIT - frame.push.ravel()).max() <= 0.51 / PUSH_UNIT
    assert np.abs(net / UNIT - frame.net.ravel()).max() <= 0.51 / UNIT
    ground = np.frombuffer(packed[-CELLS * CELLS :], "uint8")
    assert np.abs(ground / 255 - frame.ground.ravel()).max() <= 0.51 / 255


def test_the_net_has_equal_shares_of_the_noise_in_its_meshes(fresh):
    from scipy.stats import norm

    net = fresh.latents[1024:].reshape(15, 15, 2)
    shares = np.diff(norm.cdf(net[0, :, 0]))
    assert np.allclose(shares, 0.98 / 14, atol=1e-6)
    assert np.allclose(net[:, :, 0], net[0, :, 0]) and np.allclose(net[:, 0, 1], net[0, :, 0])
    fresh.change(noise=1)
    assert fresh.look().net.shape == (225, 2)


# Slow motion


def test_seven_captions_tell_a_round_and_play_it(fresh):
    fresh.change(discriminator_steps=2)
    steps, texts = [], []
    for caption in one_round(fresh):
        steps.append(tuple(fresh.steps.values()))
        texts.append(caption.text)
        assert set(caption.layers) <= set(LAYERS)
    assert steps == [(0, 0)] * 3 + [(2, 0)] * 2 + [(2, 1)] * 2
    assert fresh.rounds == 1
    assert [text[:6] for text in texts] == [f"{n} of {CAPTIONS}" for n in range(1, 8)]
    found = re.search(r"2 steps down its own loss, (.*) → (.*)\. The", texts[3])
    assert float(found[2]) < float(found[1])
