"""Chapter 2's formulas, each against an answer that is known, and its sliders' sentences."""

from pathlib import Path

import keras
import nbformat
import numpy as np
import pytest
from matplotlib import pyplot as plt
from scipy.stats import bernoulli, norm

from cgan_tutorial.chapters.ch02 import figures
from cgan_tutorial.chapters.ch02.bound import LinearGaussian
from cgan_tutorial.chapters.ch02.densities import js, kl, normal_kl, wasserstein
from cgan_tutorial.chapters.ch02.linear import error_of_direction
from cgan_tutorial.chapters.ch02.minimax import best_discriminator, generator_slope, pushes
from cgan_tutorial.chapters.ch02.moving import three_growths, three_measures
from cgan_tutorial.chapters.ch02.players import trail
from cgan_tutorial.chapters.ch02.rotation import (
    RULES,
    alternating,
    extragradient,
    growth,
    path,
    simultaneous,
    step_matrix,
    wishes,
)
from cgan_tutorial.losses import gaussian_kl, minimax, non_saturating

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
X = np.linspace(-12, 20, 8001)
P = norm.pdf(X)
LOG_4 = np.log(4)


def box(start, x, width=1.0):
    return ((x >= start) & (x <= start + width)) / width


def two_humps(x):
    return (norm.pdf(x, -2, 0.5) + norm.pdf(x, 1.5, 1)) / 2


# Linear autoencoders


@pytest.fixture(scope="module")
def cloud():
    rng = np.random.default_rng(0)
    return rng.normal(size=(300, 5)) @ rng.normal(size=(5, 5)) + 3


def test_the_best_line_is_the_first_eigenvector_and_loses_the_second_eigenvalue(cloud):
    points = cloud[:, :2]
    values, vectors = np.linalg.eigh(np.cov(points.T, ddof=0))
    angle = np.rad2deg(np.arctan2(*vectors[::-1, 1])) % 180
    errors = error_of_direction(points, np.array([angle, angle + 90, angle + 1, angle - 1]))
    assert np.allclose(errors[:2], values)
    assert (errors[2:] > errors[0]).all()


def test_a_decoder_that_sees_the_data_needs_no_encoder():
    x = np.random.default_rng(0).normal(size=(50, 3))
    seen = np.hstack([x, np.zeros((50, 1))])
    assert np.allclose(seen @ np.linalg.lstsq(seen, x)[0], x)


# Likelihoods


def test_squared_error_is_a_gaussian_likelihood_up_to_a_constant():
    x, guess, sigma = np.array([0.3, 0.8]), np.array([0.1, 0.9]), 0.7
    constant = np.log(2 * np.pi * sigma**2)
    formula = np.square(x - guess).sum() / (2 * sigma**2) + constant
    assert np.isclose(formula, -norm.logpdf(x, guess, sigma).sum())


def test_keras_cross_entropy_is_a_bernoulli_likelihood():
    x, guess = np.array([1.0, 0.0, 1.0]), np.array([0.9, 0.2, 0.6])
    of_keras = 3 * float(keras.losses.binary_crossentropy(x, guess))
    assert np.isclose(of_keras, -bernoulli.logpmf(x, guess).sum(), rtol=1e-5)


# Divergences


@pytest.mark.parametrize(
    ("first", "second"), [((0, 1), (0, 1)), ((1, 0.5), (0, 1)), ((0, 1), (3, 2)), ((-1, 2), (4, 1))]
)
def test_the_divergence_of_two_gaussians_is_the_integral(first, second):
    integral = kl(norm.pdf(X, *first), norm.pdf(X, *second), X)
    assert np.isclose(normal_kl(*first, *second), integral, atol=1e-6)


def test_the_vaes_divergence_is_the_case_of_a_standard_normal():
    mean, sigma = 1.5, 0.3
    package = gaussian_kl(np.array([[mean]]), np.array([[2 * np.log(sigma)]]))
    assert np.isclose(float(package[0]), normal_kl(mean, sigma, 0.0, 1.0), rtol=1e-5)


def test_kl_is_infinite_where_only_p_has_mass():
    x = np.linspace(-1, 4, 5001)
    assert kl(box(0, x), box(2, x), x) == np.inf


@pytest.mark.parametrize("shift", [0.0, 0.25, 0.5, 1.0, 2.5])
def test_js_of_two_boxes_is_their_shift_times_log_2_until_they_part(shift):
    x = np.linspace(-1, 4, 50_001)
    assert np.isclose(js(box(0, x), box(shift, x), x), min(shift, 1) * np.log(2), atol=1e-3)


def test_js_is_symmetric_and_0_for_equal_densities():
    q = norm.pdf(X, 2, 1.5)
    assert np.isclose(js(P, q, X), js(q, P, X))
    assert np.isclose(js(P, P, X), 0)


def test_js_is_finite_where_the_densities_underflow():
    x = np.linspace(-8, 48, 2241)
    assert np.isclose(js(norm.pdf(x), norm.pdf(x, 40), x), np.log(2))


@pytest.mark.parametrize("shift", [0.0, 0.5, 3.0])
def test_wasserstein_of_a_shifted_density_is_the_shift(shift):
    assert np.isclose(wasserstein(two_humps(X), two_humps(X - shift), X), shift, atol=1e-3)


def test_wasserstein_of_two_widths_is_the_integral_of_the_difference_of_the_sums():
    formula = np.trapezoid(np.abs(norm.cdf(X) - norm.cdf(X, 1, 2)), X)
    assert np.isclose(wasserstein(P, norm.pdf(X, 1, 2), X), formula, atol=1e-3)


@pytest.mark.parametrize("measure", [kl, js, wasserstein])
@pytest.mark.parametrize(
    ("q", "sentence"),
    [
        (
            P[1:],
            "q has shape (8000,) and the grid (8001,); give the density at each point of the grid",
        ),
        (-P, "q has values below 0 or none at all; give a density"),
        (P * np.nan, "q has values below 0 or none at all; give a density"),
        (
            norm.pdf(X, 20),
            "q integrates to 0.500 on this grid; give a density, and a grid that holds all of it",
        ),
    ],
)
def test_what_is_no_density_is_refused_in_a_sentence(measure, q, sentence):
    with pytest.raises(ValueError) as error:
        measure(P, q, X)
    assert str(error.value) == sentence


# The bound


@pytest.fixture(params=[LinearGaussian(), LinearGaussian(-0.5, 0.0, 2.0)], ids=["sharp", "vague"])
def model(request):
    return request.param


def test_the_linear_models_likelihood_is_the_integral_over_the_latents(model):
    joint = norm.pdf(2.5, model.weight * X + model.offset, model.sigma) * norm.pdf(X)
    assert np.isclose(model.log_marginal(2.5), np.log(np.trapezoid(joint, X)))


def test_the_linear_models_posterior_is_what_bayes_rule_says(model):
    joint = norm.pdf(2.5, model.weight * X + model.offset, model.sigma) * norm.pdf(X)
    posterior = joint / np.trapezoid(joint, X)
    assert np.allclose(norm.pdf(X, *model.posterior(2.5)), posterior, atol=1e-8)


def test_the_bound_is_tight_at_the_posterior(model):
    assert np.isclose(model.bound(2.5, *model.posterior(2.5)), model.log_marginal(2.5))


@pytest.mark.parametrize("q", [(0.0, 1.0), (0.7, 0.4), (-2.0, 0.05)])
def test_the_bound_misses_the_divergence_from_the_posterior(model, q):
    missed = normal_kl(*q, *model.posterior(2.5))
    assert missed > 0
    assert np.isclose(model.bound(2.5, *q) + missed, model.log_marginal(2.5))


def test_the_bound_is_the_mean_over_draws_from_q(model):
    mean, sigma = 0.7, 0.4
    z = np.random.default_rng(0).normal(mean, sigma, 200_000)
    terms = norm.logpdf(2.5, model.weight * z + model.offset, model.sigma) + norm.logpdf(z)
    terms -= norm.logpdf(z, mean, sigma)
    error = terms.std() / np.sqrt(len(z))
    assert abs(model.bound(2.5, mean, sigma) - terms.mean()) < 4 * error


# The game


def cell(name, tag):
    """The source of the one cell of a notebook that has a tag."""
    book = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    (found,) = [each.source for each in book.cells if tag in each.metadata.get("tags", [])]
    return found


@pytest.fixture(scope="module")
def plain():
    """What the plain cell of the deep dive on divergences defines."""
    names = {"np": np, "kl": kl}
    exec(cell("deep_dives/divergences", "plain"), names)
    return names


@pytest.fixture(scope="module")
def value(plain):
    return plain["value"]


def test_the_plain_jensen_shannon_divergence_is_the_packages(plain):
    for q in (norm.pdf(X, 3), two_humps(X)):
        assert np.isclose(plain["js"](P, q, X), js(P, q, X), atol=1e-6)
    assert plain["js"](P, P, X) == 0


def test_no_other_discriminator_has_a_larger_value_than_p_over_p_plus_q(value):
    p, q = two_humps(X), norm.pdf(X, 0, 1.5)
    best = best_discriminator(p, q)
    highest = value(best, p, q, X)
    for nudge in (0.05, -0.05):
        assert value(np.clip(best + nudge, 0.01, 0.99), p, q, X) < highest
    assert value(np.full_like(p, 0.5), p, q, X) < highest


def test_the_best_discriminator_is_a_coin_where_nothing_is():
    p, q = np.array([0.0, 1.0, 0.0, 2.0]), np.array([0.0, 0.0, 3.0, 2.0])
    assert (best_discriminator(p, q) == [0.5, 1.0, 0.0, 0.5]).all()


@pytest.mark.parametrize("shift", [0.0, 1.0, 3.0, 10.0])
def test_the_games_value_at_the_best_discriminator_is_twice_js_minus_log_4(value, shift):
    q = norm.pdf(X, shift)
    best = value(best_discriminator(P, q), P, q, X)
    assert np.isclose(best, 2 * js(P, q, X) - LOG_4, atol=1e-8)


def test_the_games_optimum_is_minus_log_4(value):
    assert np.isclose(value(best_discriminator(P, P), P, P, X), -LOG_4)


def test_the_game_is_worth_0_when_the_best_discriminator_is_never_wrong(value):
    x = np.linspace(-1, 4, 5001)
    p, q = box(0, x), box(2, x)
    assert np.isclose(value(best_discriminator(p, q), p, q, x), 0)


def test_the_discriminators_loss_is_minus_the_value_and_a_cross_entropy():
    real, fake = np.array([2.0, -1.0]), np.array([0.5, -3.0])
    chance = 1 / (1 + np.exp(-real)), 1 / (1 + np.exp(-fake))
    loss = float(minimax(real, fake, fake)[0])
    assert np.isclose(loss, -(np.log(chance[0]).mean() + np.log(1 - chance[1]).mean()))
    entropy = keras.losses.BinaryCrossentropy(from_logits=True)
    apart = float(entropy(np.ones(2), real)) + float(entropy(np.zeros(2), fake))
    assert np.isclose(loss, apart)


@pytest.mark.slow
def test_the_listing_runs_alone_and_its_discriminator_comes_close_to_the_formula():
    names = {}
    exec(cell("02_theory", "standalone"), names)
    history = names["history"].history
    assert history["val_loss"][-1] < history["val_loss"][0] and history["val_loss"][-1] > 0.3
    scores = keras.ops.convert_to_numpy(names["discriminator"](X[:, None]))[:, 0]
    p, q = two_humps(X), norm.pdf(X, 0, 1.5)
    off = np.abs(1 / (1 + np.exp(-scores)) - best_discriminator(p, q))
    assert off[p + q > 0.05].mean() < 0.03


# The generator's slopes

CHANCES = np.array([1e-4, 0.01, 0.5, 0.99, 1 - 1e-4])
LOGITS = np.log(CHANCES / (1 - CHANCES))


def test_the_minimax_generators_slope_is_minus_d_so_it_vanishes_for_fakes_seen_through():
    slopes = generator_slope(minimax, LOGITS)
    assert np.allclose(slopes, -CHANCES, atol=1e-4)
    assert abs(slopes[0]) < 1e-3 < 0.9 < abs(slopes[-1])


def test_the_non_saturating_generators_slope_is_minus_one_minus_d():
    slopes = generator_slope(non_saturating, LOGITS)
    assert np.allclose(slopes, CHANCES - 1, atol=1e-4)
    assert abs(slopes[-1]) < 1e-3 < 0.9 < abs(slopes[0])


@pytest.mark.parametrize("distance", [0.5, 1.0, 3.0, 6.0])
def test_with_the_best_discriminator_the_push_is_a_slope_of_divergences(distance):
    step = 1e-3
    sides = [2 * js(P, norm.pdf(X, distance + side), X) for side in (-step, step)]
    slope = (sides[1] - sides[0]) / (2 * step)
    assert np.allclose(pushes(distance, X), [slope, distance - slope], atol=1e-5)


def test_the_minimax_push_dies_out_and_the_non_saturating_one_grows():
    near, far = pushes(1.0, X), pushes(8.0, X)
    assert far[0] < 1e-3 < near[0]
    assert near[1] < far[1] < 8.0


# Rotation


@pytest.mark.parametrize("step", [0.01, 0.1, 0.5, 1.0])
def test_simultaneous_steps_of_any_length_run_away(step):
    assert np.isclose(growth(simultaneous, step), np.sqrt(1 + step**2))


@pytest.mark.parametrize("step", [0.1, 0.5, 1.0, 1.9])
def test_alternating_steps_go_round(step):
    assert np.isclose(growth(alternating, step), 1.0)
    assert np.abs(path(alternating, step, 500)).max() < 5


@pytest.mark.parametrize("step", [0.1, 0.5, 0.9])
def test_extragradient_steps_come_in(step):
    assert np.isclose(growth(extragradient, step), np.sqrt(1 - step**2 + step**4))
    assert growth(extragradient, step) < 1


@pytest.mark.parametrize(("step", "penalty"), [(0.1, 1.0), (0.5, 0.25), (0.5, 0.5), (1.0, 1.5)])
def test_a_penalty_larger_than_the_step_brings_simultaneous_steps_in(step, penalty):
    factor = growth(simultaneous, step, penalty)
    assert np.isclose(factor, np.sqrt(1 - step * penalty + step**2))
    assert np.sign(np.round(factor - 1, 9)) == np.sign(step - penalty)


def test_beyond_a_penalty_of_2_the_game_no_longer_turns():
    for penalty, turns in ((1.9, True), (2.1, False)):
        values = np.linalg.eigvals(step_matrix(simultaneous, 0.1, penalty))
        assert (np.abs(values.imag) > 0).any() == turns


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("penalty", [0.0, 0.7])
def test_a_path_is_the_matrix_again_and_again(name, penalty):
    positions = path(RULES[name], 0.3, 7, penalty, start=(0.5, -2.0))
    matrix = np.linalg.matrix_power(step_matrix(RULES[name], 0.3, penalty), 7)
    assert positions.shape == (8, 2)
    assert np.allclose(positions[-1], matrix @ [0.5, -2.0])


def test_the_players_wishes_are_the_slopes_of_the_bilinear_game():
    assert np.allclose(wishes(np.array([2.0, 3.0])), [-3.0, 2.0])
    assert np.allclose(wishes(np.array([2.0, 3.0]), penalty=0.5), [-3.0, 0.5])


@pytest.mark.slow
@pytest.mark.parametrize("penalty", [0.0, 1.0])
def test_the_packages_own_game_turns_as_the_eigenvalues_say(penalty):
    keras.utils.set_random_seed(0)
    positions = trail(learning_rate=0.6, penalty=penalty / 4, steps=20)
    distances = np.linalg.norm(positions, axis=1)
    played = (distances[-1] / distances[0]) ** (1 / 20)
    assert positions.shape == (21, 2)
    assert abs(played - growth(simultaneous, 0.3, penalty)) < 0.03


@pytest.mark.parametrize(
    ("step", "penalty", "sentence"),
    [
        (0, 0.0, "step is 0; give a number greater than 0"),
        (np.nan, 0.0, "step is nan; give a number greater than 0"),
        (0.1, -1.0, "penalty is -1.0; give a number of at least 0"),
    ],
)
def test_a_game_out_of_range_is_refused_in_a_sentence(step, penalty, sentence):
    for play in (path, step_matrix):
        arguments = (10, penalty) if play is path else (penalty,)
        with pytest.raises(ValueError) as error:
            play(simultaneous, step, *arguments)
        assert str(error.value) == sentence


# The sentences under the sliders


def test_the_distance_slider_tells_three_measures():
    assert "Kullback–Leibler 4.50 nats, Wasserstein 3.00" in three_measures(3.0, 1.0)
    assert "Kullback–Leibler 2.00 nats, Wasserstein 2.00" in three_measures(2.0, 1.0)


def test_narrow_gaussians_have_the_jensen_shannon_divergence_of_disjoint_ones():
    assert "Jensen–Shannon 0.693 nats (at most 0.693)" in three_measures(6.0, 0.2)
    assert "Jensen–Shannon 0.000" in three_measures(0.0, 0.2)


def test_the_rotation_slider_tells_what_a_step_does():
    told = three_growths(0.5, 0.0)
    assert "simultaneous ×1.118, alternating ×1.000, extragradient ×0.901" in told
    assert "simultaneous ×0.866, alternating ×0.707" in three_growths(0.5, 1.0)


def test_the_right_panel_draws_what_the_formulas_say():
    figure = figures.Apart(2.0, 1.0).figure
    (panel,) = [axes for axes in figure.axes if axes.get_title(loc="left") == "three measures"]
    curves = {line.get_label(): line.get_xydata() for line in panel.lines}
    x, y = curves["Jensen-Shannon, nats"].T
    expected = [js(P, norm.pdf(X, far), X) for far in x[::20]]
    assert np.allclose(y[::20], expected, atol=1e-3)
    x, y = curves["Kullback-Leibler, nats"].T
    assert np.allclose(y, x**2 / 2)


def test_the_fates_of_games_are_drawn_in_rows_inside_their_frames():
    real, far = np.eye(2), np.full((3, 2), 9.0)
    figure = figures.fates(
        real, {"one": [(real, "a"), (far, "b")], "two": [(far, "c"), (real, "d")]}
    )
    assert [axes.get_title(loc="left") for axes in figure.axes] == list("abcd")
    assert [axes.get_ylabel() for axes in figure.axes] == ["one", "", "two", ""]
    for axes in figure.axes:
        drawn = np.concatenate([each.get_offsets() for each in axes.collections])
        assert drawn.max() < axes.get_xlim()[1] and drawn.min() > axes.get_xlim()[0]
    plt.close(figure)


def test_a_path_is_drawn_until_it_leaves_the_frame():
    x, y = figures._inside(path(simultaneous, 0.5, 30))
    left = np.isnan(x).argmax()
    assert 0 < left < 31 and np.isnan(x[left:]).all() and np.isnan(y[left:]).all()
    assert np.abs(x[:left]).max() <= figures.EDGE
