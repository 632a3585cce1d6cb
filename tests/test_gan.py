"""GANs: each network's gradient against its own tape, the guards, and what is refused."""

import keras
import numpy as np
import pytest
from keras import ops
from small import same

from cgan_tutorial import data, models, networks
from cgan_tutorial.losses import LOSSES
from cgan_tutorial.models.ema import copy_network, update_ema
from cgan_tutorial.training import callbacks, checkpoints, train

pytestmark = pytest.mark.slow

GANS = "gan", "conditional-gan", "cgan"
# A penalty's finite step, as in Huang et al. (2024), written down again.
STEP = 0.05


@pytest.fixture(scope="module")
def digits():
    split = data.load().train
    return split.images[:64], split.labels[:64]


def tiny(name="gan", seed=0, **options):
    keras.utils.set_random_seed(seed)
    return models.build(name, latent_dim=4, width=4, **{"ema_decay": 0.0, **options})


def of_points(seed=0, hidden=16, **options):
    """A GAN in the plane: it learns in seconds, and nothing in it depends on the batch."""
    keras.utils.set_random_seed(seed)
    pair = networks.point_generator(2, hidden), networks.point_discriminator(hidden)
    settings = {"loss": "non-saturating", "gp_weight": 0.0, "ema_decay": 0.0, **options}
    return models.StabilizedGAN(*pair, **settings)


def cloud(mean=(0.0, 0.0), sigma=0.5, count=256):
    return np.random.default_rng(0).normal(mean, sigma, (count, 2)).astype("float32")


def fitting(model, digits):
    """The digits as the model takes them: a conditional one wants their labels too."""
    return digits if model.pairs else digits[0]


def numbers(variables):
    return [ops.convert_to_numpy(variable) for variable in variables]


# The gradients


def of_the_papers(loss, real, fake):
    """Both players' losses in TensorFlow, as the papers print them: with probabilities."""
    import tensorflow as tf

    mean, log, chance = tf.reduce_mean, tf.math.log, tf.sigmoid
    judged = -mean(log(chance(real))) - mean(log(1 - chance(fake)))
    return {
        "minimax": (judged, mean(log(1 - chance(fake)))),
        "non-saturating": (judged, -mean(log(chance(fake)))),
        "least-squares": (
            mean((real - 1) ** 2) / 2 + mean(fake**2) / 2,
            mean((fake - 1) ** 2) / 2,
        ),
        "hinge": (
            mean(tf.nn.relu(1 - real)) + mean(tf.nn.relu(1 + fake)),
            -mean(fake),
        ),
        "relativistic": (-mean(log(chance(real - fake))), -mean(log(chance(fake - real)))),
    }[loss]


def by_two_tapes(model, images, labels):
    """Each trainable variable's gradient: a tape for the discriminator, one for the rest."""
    import tensorflow as tf

    seed = keras.random.SeedGenerator(0)
    seed.state.assign(model.seed_generator.state)
    count, encoded = len(images), isinstance(model, models.CGAN)
    noise = keras.random.normal((2, count, 4) if encoded else (count, 4), seed=seed)
    named = (
        tf.one_hot(labels, 10, dtype="float64")
        if model.num_classes
        else tf.ones((count, 1), "float64")
    )

    def score(shown):
        return tf.reduce_sum(model.discriminator(shown, training=True) * named, axis=1)

    rest = [v for v in model.trainable_variables if not owned(v, model.discriminator)]
    with tf.GradientTape() as second:
        if encoded:
            mean, log_variance = tf.split(model.encoder(images, training=True), 2, axis=1)
            z = tf.concat([mean + tf.exp(log_variance / 2) * noise[0], noise[1]], axis=0)
            again, fakes = tf.split(model.generator(z, training=True), 2)
        else:
            z = tf.concat([noise, named], axis=1) if model.num_classes else noise
            fakes = model.generator(z, training=True)
        _, wanted = of_the_papers(model.adversarial_loss, score(images), score(fakes))
        if encoded:
            error = tf.reduce_sum((images - again) ** 2) / count
            variance = tf.exp(log_variance)
            divergence = tf.reduce_sum(mean**2 + variance - tf.math.log(variance) - 1) / 2 / count
            wanted = model.adversarial_weight * wanted + model.reconstruction_weight * error
            wanted += model.kl_weight * divergence
    gradients = dict(zip(map(id, rest), second.gradient(wanted, rest), strict=True))

    own, fakes = model.discriminator.trainable_variables, tf.constant(fakes)
    with tf.GradientTape() as first:
        wanted, _ = of_the_papers(model.adversarial_loss, score(images), score(fakes))
        if model.gp_weight:
            for shown in (images, fakes):
                way = keras.random.normal((count, 28, 28, 1), seed=seed)
                slope = (score(shown + STEP * way) - score(shown)) / STEP
                wanted += model.gp_weight / 2 * tf.reduce_mean(slope**2)
    gradients.update(zip(map(id, own), first.gradient(wanted, own), strict=True))
    return [gradients[id(variable)] for variable in model.trainable_variables]


def owned(variable, network):
    return any(variable is other for other in network.trainable_variables)


def by_the_model(model, x):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        loss = model.compute_loss(x, y_pred=model(x, training=True))
    return tape.gradient(loss, model.trainable_variables)


@pytest.mark.parametrize("penalty", [0.0, 0.25])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("name", GANS)
def test_each_players_gradient_is_that_of_its_own_tape(
    name, loss, penalty, digits, tensorflow, float64
):
    images, labels = digits[0][:8].astype("float64"), digits[1][:8]
    model = tiny(name, loss=loss, gp_weight=penalty)
    model.seed_generator.state.assign([3, 0])
    wanted = by_two_tapes(model, images, labels)
    found = by_the_model(model, fitting(model, (images, labels)))
    pairs = list(zip(numbers(found), numbers(wanted), strict=True))
    worst = max(np.abs(a - b).max() for a, b in pairs)
    size = max(np.abs(b).max() for _, b in pairs)
    print(f"{name}, {loss}, penalty {penalty}: off by {worst:.1e} at most, gradients to {size:.2g}")
    assert worst <= 1e-6
    # All but the score's bias, which falls out of a difference of scores.
    assert min(np.abs(b).max() for _, b in pairs if b.ndim > 1) > 0


@pytest.mark.parametrize("idle", ["generator", "discriminator"])
def test_a_player_without_a_loss_stands_still_and_the_other_moves(idle, monkeypatch):
    hinge = LOSSES["hinge"]

    def one_sided(real, fake, fooled):
        judged, fooling = hinge(real, fake, fooled)
        return (judged, 0.0 * fooling) if idle == "generator" else (0.0 * judged, fooling)

    monkeypatch.setitem(LOSSES, "hinge", one_sided)
    model = of_points(loss="hinge")
    model.compile(keras.optimizers.SGD(0.1), jit_compile=False)
    players = {"generator": model.generator, "discriminator": model.discriminator}
    before = {name: player.get_weights() for name, player in players.items()}
    model.train_on_batch(cloud())
    moved = {name: not same(player.get_weights(), before[name]) for name, player in players.items()}
    assert moved == {name: name != idle for name in players}


# The losses


@pytest.mark.parametrize(
    ("loss", "judging", "fooling"),
    [
        # softplus(0, −1, 1, −2, 3, −3) = 0.6931, 0.3133, 1.3133, 0.1269, 3.0486, 0.0486
        ("minimax", (0.6931 + 0.1269) / 2 + (0.6931 + 0.3133) / 2, -(0.6931 + 0.3133) / 2),
        ("non-saturating", (0.6931 + 0.1269) / 2 + (0.6931 + 0.3133) / 2, (0.6931 + 1.3133) / 2),
        ("least-squares", ((1 + 1) / 2 + (0 + 1) / 2) / 2, (1 + 4) / 2 / 2),
        ("hinge", (1 + 0) / 2 + (1 + 0) / 2, -(0 - 1) / 2),
        ("relativistic", (0.6931 + 0.0486) / 2, (0.6931 + 3.0486) / 2),
    ],
)
def test_losses_at_given_scores(loss, judging, fooling):
    real, fake = ops.array([0.0, 2.0]), ops.array([0.0, -1.0])
    found = [float(value) for value in LOSSES[loss](real, fake, fake)]
    assert found == pytest.approx([judging, fooling], abs=1e-4)


@pytest.mark.parametrize(
    ("loss", "score", "slope"),
    [
        # A generator that is found out learns nothing by minimax, and all by the other.
        ("minimax", -10.0, -4.54e-5),
        ("minimax", 10.0, -0.99995),
        ("non-saturating", -10.0, -0.99995),
        ("non-saturating", 10.0, -4.54e-5),
    ],
)
def test_the_generators_slope_at_extreme_scores(loss, score, slope, tensorflow):
    import tensorflow as tf

    fooled = tf.Variable([score])
    with tf.GradientTape() as tape:
        _, value = LOSSES[loss](tf.zeros(1), tf.zeros(1), fooled)
    assert float(tape.gradient(value, fooled)[0]) == pytest.approx(slope, rel=1e-3)


# The penalty


def test_a_linear_discriminators_steepness_is_its_squared_slope():
    keras.utils.set_random_seed(0)
    plane = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    plane.set_weights([np.array([[3.0], [-4.0]]), np.array([7.0])])
    model = models.StabilizedGAN(networks.point_generator(2, 8), plane, gp_weight=1.0)
    steepness = float(model(cloud(count=20_000))["slope_penalty"])
    print(f"steepness {steepness:.2f}, |w|² = 25")
    assert steepness == pytest.approx(25, rel=0.03)


def test_the_steepness_is_the_mean_squared_gradient_without_a_derivative(monkeypatch, tensorflow):
    import tensorflow as tf

    model = of_points(hidden=64, gp_weight=1.0)
    points = cloud(count=20_000)
    fakes = model.generator(keras.random.normal((20_000, 2), seed=1))
    shown = tf.Variable(tf.concat([points, fakes], axis=0))
    with tf.GradientTape() as tape:
        scores = model.discriminator(shown)
    wanted = 2 * np.mean(tape.gradient(scores, shown).numpy() ** 2)

    def forbidden(*args, **settings):
        raise AssertionError("a derivative was taken")

    monkeypatch.setattr(tf, "GradientTape", forbidden)
    monkeypatch.setattr(tf, "gradients", forbidden)
    found = float(model(points, training=True)["slope_penalty"])
    print(f"steepness {found:.4f}, E‖∇D‖² = {wanted:.4f}")
    assert found == pytest.approx(wanted, rel=0.1)


def test_without_a_penalty_nothing_is_drawn_for_it():
    model = of_points(gp_weight=0.0)
    assert float(model(cloud())["slope_penalty"]) == 0.0


# The moving average


def test_the_average_follows_one_step_behind_and_no_optimizer_moves_it():
    model = of_points(ema_decay=0.75)
    model.compile(keras.optimizers.SGD(0.1), jit_compile=False)
    assert model.ema_generator.trainable_variables == []
    assert len(model.trainable_variables) == 12
    wanted = model.generator.get_weights()
    for step in range(1, 4):
        network, d = model.generator.get_weights(), min(0.75, (1 + step) / (10 + step))
        wanted = [d * old + (1 - d) * new for old, new in zip(wanted, network, strict=True)]
        model.train_on_batch(cloud())
    assert float(model.ema_steps) == 3
    found = model.ema_generator.get_weights()
    assert not same(found, model.generator.get_weights())
    for mean, weight in zip(found, wanted, strict=True):
        assert np.allclose(mean, weight, atol=1e-6)


def test_the_average_includes_the_batch_statistics_and_draws_the_samples(digits):
    model = tiny(ema_decay=0.5)
    model.compile(keras.optimizers.SGD(0.1), jit_compile=False)
    before = model.sample(3, seed=0)
    for _ in range(2):
        model.train_on_batch(digits[0])
    assert not np.allclose(before, model.sample(3, seed=0))
    assert len(model.ema_generator.weights) == len(model.generator.weights)
    kept = {id(weight) for weight in model.weights}
    assert kept >= {id(weight) for weight in model.ema_generator.weights}
    again = ops.convert_to_numpy(model.ema_generator(np.zeros((1, 4)), training=False))
    assert np.array_equal(model.decode(np.zeros((1, 4))), again)


@pytest.mark.parametrize(("steps", "kept"), [(0, 2 / 11), (7, 0.5), (26, 0.75), (10_000, 0.75)])
def test_the_average_is_the_weighted_mean_and_follows_faster_at_the_start(steps, kept):
    network = networks.point_generator(2, 4)
    average, counter = copy_network(network, "average"), keras.Variable(float(steps))
    average.set_weights([np.ones_like(weight) for weight in average.get_weights()])
    network.set_weights([np.full_like(weight, 5.0) for weight in network.get_weights()])
    update_ema(average, network, 0.75, counter)
    wanted = kept * 1 + (1 - kept) * 5
    assert all(np.allclose(weight, wanted) for weight in average.get_weights())
    assert float(counter) == steps + 1


def test_a_short_training_is_not_hidden_by_the_untrained_average(digits):
    model = tiny("gan", ema_decay=0.98)
    train(model, digits[0], epochs=5, batch_size=32, view=False)
    ours, network = model.ema_generator.get_weights(), model.generator.get_weights()
    # With the decay of 0.98 from the first step, 0.98⁵ or more of the start would remain.
    apart = [np.abs(a - b).mean() / np.abs(b).mean() for a, b in zip(ours, network, strict=True)]
    print("average and network differ by", np.round(np.median(apart), 3))
    assert np.median(apart) < 0.2


def test_without_an_average_the_generator_draws():
    model = of_points(ema_decay=0.0)
    assert model.ema_generator is None
    assert model.decoder is model.generator


# Learning


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_game_of_points_finds_a_shifted_cloud(seed):
    model = of_points(seed, hidden=32, loss="relativistic", gp_weight=1.0, ema_decay=0.9)
    points = cloud(mean=(2.0, -1.0), count=1024)
    history = train(model, points, epochs=10, seed=seed, batch_size=64, view=False)
    mean = model.sample(2000, seed=0).mean(axis=0)
    print(f"seed {seed}: mean {mean.round(2)} of (2, -1), {history.seconds:.1f} s")
    assert np.abs(mean - (2.0, -1.0)).max() < 0.3
    assert history.film == []


def test_a_training_uses_the_games_own_settings_for_adam():
    model = of_points()
    history = train(model, cloud(), epochs=1, view=False)
    assert (model.optimizer.beta_1, model.optimizer.beta_2) == (0.0, 0.9)
    assert float(model.optimizer.learning_rate) == pytest.approx(4e-3)
    assert history.warnings == []


def copied(network):
    return [np.array(weight) for weight in network.get_weights()]


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_the_average_has_full_precision_under_any_policy(policy, digits):
    class Follow(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            decay = min(0.5, (1 + len(steps)) / (10 + len(steps)))
            now = copied(self.model.generator)
            steps.append([w + decay * (a - w) for a, w in zip(steps[-1], now, strict=True)])

    keras.config.set_dtype_policy(policy)
    try:
        model = tiny("gan", ema_decay=0.5)
        model.compile()
        steps = [copied(model.ema_generator)]
        model.fit(digits[0], batch_size=8, verbose=0, callbacks=[Follow()])
    finally:
        keras.config.set_dtype_policy("float32")
    pairs = zip(steps[-1], model.ema_generator.get_weights(), strict=True)
    assert max(np.abs(a - b).max() for a, b in pairs) < 1e-6
    assert float(model.ema_steps) == len(steps) - 1


def test_thawing_a_model_does_not_thaw_its_average():
    model = tiny("gan", ema_decay=0.5)
    count = len(model.trainable_variables)
    model.trainable = False
    assert model.trainable_variables == []
    model.trainable = True
    assert len(model.trainable_variables) == count


def test_labels_out_of_range_are_refused(digits):
    model = tiny("conditional-gan")
    model.compile()
    images, labels = digits[0], np.arange(len(digits[0])) % 11
    for given in ((images, labels), ((images, labels),)):
        with pytest.raises(ValueError, match="labels"):
            model.fit(*given, verbose=0)
        with pytest.raises(ValueError, match="labels"):
            model.evaluate(*given, verbose=0)


# What a trained model does


@pytest.mark.parametrize("name", GANS)
def test_a_loaded_run_has_its_options_and_its_average(name, digits, tmp_path):
    options = {"loss": "hinge", "gp_weight": 0.5, "ema_decay": 0.5}
    if name == "cgan":
        options |= {"reconstruction_weight": 0.25, "kl_weight": 0.125, "adversarial_weight": 0.75}
    model = tiny(name, **options)
    history = train(model, fitting(model, digits), epochs=1, output=tmp_path, view=False)
    loaded, record = checkpoints.load_run(tmp_path)
    config = loaded.get_config()
    assert {key: config[key] for key in options} == options
    assert record["config"]["config"]["loss"] == "hinge"
    assert same(model.ema_generator.get_weights(), loaded.ema_generator.get_weights())
    assert np.array_equal(model.sample(12, seed=0), loaded.sample(12, seed=0))
    assert [frame.shape for frame in history.film] == [(len(model.preview_rows), 10, 28, 28, 1)]
    assert np.array_equal(history.film[0][0], digits[0][:10])


@pytest.mark.parametrize("name", ["gan", "conditional-gan"])
def test_a_game_draws_and_encodes_nothing(name):
    model = tiny(name)
    assert model.sample(3, seed=0).shape == (3, 28, 28, 1)
    assert np.array_equal(model.sample(3, seed=1), model.sample(3, seed=1))
    assert not np.array_equal(model.sample(3, seed=1), model.sample(3, seed=2))
    assert not np.array_equal(model.sample(3), model.sample(3))
    assert not hasattr(model, "encode")


def test_the_hybrid_encodes_generates_and_reconstructs(digits):
    model, (images, _) = tiny("cgan"), digits
    assert model.encode(images).shape == (64, 4)
    assert model.sample(3).shape == (3, 28, 28, 1)
    again = model.reconstruct(images)
    assert again.shape == images.shape
    assert np.array_equal(again, model.decode(model.encode(images)))
    assert np.allclose(again[:10], model.preview(images[:10])[1], atol=1e-6)


# The hybrid's terms


def terms(model, images):
    """One pass, and the three terms of the hybrid's loss besides the discriminator's."""
    made = model(images, training=True)
    pieces = {key: ops.convert_to_numpy(value) for key, value in made.items()}
    scores = (made[f"{turn}_logits"] for turn in ("real", "fake", "frozen"))
    judging, fooling = (float(loss) for loss in LOSSES[model.adversarial_loss](*scores))
    error = np.sum((images - pieces["reconstructions"]) ** 2) / len(images)
    mean, log_variance = pieces["mean"], pieces["log_var"]
    divergence = 0.5 * (mean**2 + np.exp(log_variance) - log_variance - 1).sum() / len(images)
    weighted = {
        "adversarial_weight": fooling,
        "reconstruction_weight": error,
        "kl_weight": divergence,
    }
    return made, judging + model.gp_weight * float(made["slope_penalty"]), weighted


@pytest.mark.parametrize("off", ["adversarial_weight", "reconstruction_weight", "kl_weight"])
def test_a_weight_of_nil_switches_its_term_off(off, digits):
    images = digits[0]
    weights = {"adversarial_weight": 0.5, "reconstruction_weight": 0.25, "kl_weight": 2.0}
    model = tiny("cgan", **{**weights, off: 0.0})
    made, judging, weighted = terms(model, images)
    rest = judging + sum(weights[term] * weighted[term] for term in weights if term != off)
    assert weighted[off] > 0
    assert float(model.compute_loss(images, y_pred=made)) == pytest.approx(rest, rel=1e-5)


def gradients(model, network, images):
    """The largest gradient of one player's variables."""
    found = by_the_model(model, images)
    pairs = zip(model.trainable_variables, found, strict=True)
    return max(np.abs(numbers([g])).max() for v, g in pairs if owned(v, network))


def plain(**options):
    """A hybrid without batch normalization, in which each latent goes its own way."""
    keras.utils.set_random_seed(0)
    encoder, generator = networks.dense_encoder(8, 16), networks.dense_decoder(4, 16)
    return models.CGAN(encoder, generator, networks.discriminator(4), **options)


def test_without_its_weight_the_game_does_not_reach_the_generator(digits, tensorflow):
    images = digits[0][:8]
    silent = {"reconstruction_weight": 0.0, "kl_weight": 0.0}
    model = tiny("cgan", adversarial_weight=0.0, **silent)
    assert gradients(model, model.generator, images) == 0.0
    assert gradients(model, model.discriminator, images) > 0.0
    model = tiny("cgan", adversarial_weight=1.0, **silent)
    assert gradients(model, model.generator, images) > 0.0


def test_the_encoder_learns_by_reconstruction_and_divergence_alone(digits, tensorflow):
    images = digits[0][:8]
    for weights, learns in (((0.0, 0.0), False), ((0.1, 0.0), True), ((0.0, 0.1), True)):
        model = plain(reconstruction_weight=weights[0], kl_weight=weights[1], gp_weight=0.25)
        assert (gradients(model, model.encoder, images) > 0.0) == learns
        assert gradients(model, model.generator, images) > 0.0


# The conditional game


def test_the_labels_choose_the_class():
    model = tiny("conditional-gan")
    latents = np.zeros((4, 4))
    drawn = model.decode(latents, np.array([7, 7, 2, 0]))
    assert drawn.shape == (4, 28, 28, 1)
    assert np.array_equal(drawn[0], drawn[1]) and not np.array_equal(drawn[0], drawn[2])
    named = np.concatenate([np.zeros(4), np.eye(10)[7]])[None]
    wanted = ops.convert_to_numpy(model.generator(named, training=False))
    assert np.allclose(drawn[:1], wanted, atol=1e-6)
    turns = model.decode(np.zeros((12, 4)), np.arange(12) % 10)
    assert np.array_equal(model.decode(np.zeros((12, 4))), turns)


def test_the_discriminator_is_asked_for_the_class_of_the_image(digits):
    images, labels = digits
    model = tiny("conditional-gan", gp_weight=0.25)
    game = model((images, labels), training=True)
    scores = ops.convert_to_numpy(model.discriminator(images))
    assert np.allclose(game["real_logits"], scores[np.arange(64), labels], atol=1e-5)
    scores = ops.convert_to_numpy(model.discriminator(game["fakes"]))
    for turn in ("fake", "frozen"):
        assert np.allclose(game[f"{turn}_logits"], scores[np.arange(64), labels], atol=1e-5)


@pytest.mark.parametrize(
    ("labels", "fact"),
    [
        ([1], "give 2 integers"),
        ([0.5, 1], "float64; give 2 integers"),
        ([0, 10], "0 to 10; give integers from 0 to 9"),
        ([-1, 3], "-1 to 3; give integers from 0 to 9"),
    ],
)
def test_bad_labels_are_refused_in_a_sentence(labels, fact, digits):
    model = tiny("conditional-gan")
    with pytest.raises(ValueError, match=fact):
        model.decode(np.zeros((2, 4)), np.array(labels))
    with pytest.raises(ValueError, match=fact):
        train(model, (digits[0][:2], np.array(labels)), epochs=1, view=False)


def test_a_conditional_training_without_labels_is_refused_in_a_sentence(digits):
    with pytest.raises(ValueError, match=r"learns from pairs.*\(images, labels\)"):
        train(tiny("conditional-gan"), digits[0], epochs=1, view=False)


# The guards

COLLAPSED = "the generator has collapsed"
TOO_STRONG = "the discriminator is too strong"


@pytest.mark.parametrize(
    ("logs", "facts"),
    [
        ({"pairwise_accuracy": 0.5, "diversity": 1.0}, ()),
        ({"loss": 3.0}, ()),
        ({}, ()),
        ({"pairwise_accuracy": 0.97, "diversity": 0.26}, ()),
        ({"pairwise_accuracy": 0.5, "diversity": 0.1}, (COLLAPSED, "10%")),
        ({"pairwise_accuracy": 1.0, "diversity": 0.1}, (COLLAPSED, "10%")),
        ({"pairwise_accuracy": 0.99, "diversity": 1.0}, (TOO_STRONG, "99%")),
    ],
)
def test_a_diagnosis_is_a_sentence(logs, facts):
    sentence = callbacks.diagnose(logs)
    assert all(fact in sentence for fact in facts)
    assert bool(sentence) == bool(facts)


def test_the_guard_speaks_when_a_trouble_has_lasted_for_three_epochs():
    collapsed, strong, well = (
        {"diversity": 0.1},
        {"pairwise_accuracy": 0.99},
        {"pairwise_accuracy": 0.6},
    )
    watch, said = callbacks.CollapseMonitor(), []
    for epoch, logs in enumerate([*[collapsed] * 3, well, *[strong] * 2, collapsed, *[strong] * 4]):
        watch.on_epoch_end(epoch, logs)
        said.append([sentence.split(":")[0] for sentence in watch.warnings])
    fallen, mighty = [COLLAPSED], [TOO_STRONG]
    assert said == [[], [], fallen, [], [], [], [], [], [], mighty, mighty]


def test_a_collapsed_game_is_named():
    model = of_points()
    last = model.generator.layers[-1]
    last.set_weights([np.zeros_like(weight) for weight in last.get_weights()])
    last.trainable = False
    histories = [train(model, cloud(), epochs=epochs, view=False) for epochs in (2, 3)]
    assert histories[0].warnings == []
    (warning,) = histories[1].warnings
    assert COLLAPSED in warning and "0%" in warning


def test_too_strong_a_discriminator_is_named():
    model = of_points()
    model.generator.trainable = False
    points = cloud(mean=(6.0, 6.0), sigma=0.1)
    history = train(
        model,
        points,
        epochs=6,
        batch_size=32,
        optimizer=keras.optimizers.Adam(1e-2, 0.0, 0.9),
        view=False,
    )
    (warning,) = history.warnings
    assert TOO_STRONG in warning and "100%" in warning


# Spectral normalization


def test_a_spectral_discriminators_kernels_stretch_by_about_one(digits):
    keras.utils.set_random_seed(0)
    players = networks.generator(4, 4), networks.discriminator(4, spectral=True)
    model = models.GAN(*players, loss="hinge")
    before = [player.get_weights() for player in players]
    rate = {"batch_size": 16, "optimizer": keras.optimizers.Adam(1e-3, 0.0, 0.9)}
    train(model, digits[0], epochs=15, **rate, view=False)
    for player, weights in zip(players, before, strict=True):
        assert not any(map(np.array_equal, player.get_weights(), weights))
    kernels = [w for w in numbers(model.discriminator.trainable_variables) if w.ndim > 1]
    found = [np.linalg.norm(w.reshape(-1, w.shape[-1]), 2) for w in kernels]
    print("largest singular values:", np.round(found, 3))
    assert len(found) == 4
    assert found == pytest.approx([1.0] * 4, abs=0.05)


# What is refused


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("loss", "wasserstein"),
        ("gp_weight", -1),
        ("gp_weight", float("nan")),
        ("gp_weight", "much"),
        ("ema_decay", 1),
        ("ema_decay", -0.5),
        ("ema_decay", None),
    ],
)
@pytest.mark.parametrize("name", GANS)
def test_bad_options_are_refused_in_a_sentence(name, option, value):
    with pytest.raises(ValueError, match=f"{option} .*{value}"):
        tiny(name, **{option: value})


@pytest.mark.parametrize(
    ("name", "option"), [("gan", "beta"), ("cgan", "beta"), ("vae", "gp_weight")]
)
def test_an_option_of_another_model_is_refused_in_a_sentence(name, option):
    with pytest.raises(ValueError, match=f"{name} has no option {option}"):
        models.build(name, latent_dim=4, width=4, **{option: 1.0})


@pytest.mark.parametrize(
    ("points", "fact"),
    [
        (np.zeros((4, 3)), r"shape \(4, 3\); give \(n, 2\)"),
        (np.zeros((0, 2)), r"shape \(0, 2\); give \(n, 2\)"),
        (np.full((4, 2), np.nan), "not finite"),
    ],
)
def test_bad_points_are_refused_in_a_sentence(points, fact):
    with pytest.raises(ValueError, match=fact):
        train(of_points(), points, epochs=1, view=False)


def test_logits_without_an_axis_of_their_own_are_refused():
    flat = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1), keras.layers.Reshape(())])
    with pytest.raises(ValueError, match=r"logits \(n, 1\)"):
        models.GAN(networks.point_generator(2, 8), flat)
