"""What a Keras user expects of a `keras.Model`: each model does it as Keras, or refuses it."""

import contextlib
import pickle
import subprocess
import sys
from importlib.util import find_spec

import keras
import numpy as np
import pytest
from keras import ops

from cgan_tutorial import models, networks

pytestmark = pytest.mark.slow

AUTOENCODERS = "autoencoder", "denoiser", "vae"
GANS = "plain-gan", "gan", "conditional-gan", "cgan", "translator"
ALL = *AUTOENCODERS, *GANS
ENCODING = *AUTOENCODERS, "cgan"
COUNT = 8

X = np.random.default_rng(0).random((COUNT, 28, 28, 1)).astype("float32")
LABELS = np.arange(COUNT) % 10


class Extra(keras.layers.Layer):
    """Adds a number to the loss."""

    def __init__(self, amount=0.0, **kwargs):
        super().__init__(**kwargs)
        self.amount = amount

    def call(self, inputs):
        self.add_loss(ops.convert_to_tensor(self.amount))
        return inputs

    def get_config(self):
        return {**super().get_config(), "amount": self.amount}


def adding(network, amount):
    if amount is None:
        return network
    return keras.Sequential([keras.Input(network.input_shape[1:]), network, Extra(amount)])


def small(name, extra=None, **options):
    """A model of small networks without batch normalization, whose loss is easy to follow."""
    keras.utils.set_random_seed(0)
    encoder = networks.dense_encoder(8 if name in ("vae", "cgan") else 4, 6)
    decoder, critic = networks.dense_decoder(4, 6), networks.discriminator(2)
    if name == "conditional-gan":
        decoder, critic = networks.dense_decoder(14, 6), networks.discriminator(2, classes=10)
    if name == "translator":
        pair = adding(networks.unet(2), extra), networks.patch_discriminator(2)
        return models.Translator(*pair, **options)
    decoder = adding(decoder, extra)
    return {
        "autoencoder": lambda: models.Autoencoder(encoder, decoder, **options),
        "denoiser": lambda: models.DenoisingAutoencoder(encoder, decoder, **options),
        "vae": lambda: models.VAE(encoder, decoder, **options),
        "plain-gan": lambda: models.GAN(decoder, critic, **options),
        "gan": lambda: models.StabilizedGAN(decoder, critic, **options),
        "conditional-gan": lambda: models.ConditionalGAN(decoder, critic, **options),
        "cgan": lambda: models.CGAN(encoder, decoder, critic, **options),
    }[name]()


def inputs(model, x=X):
    if isinstance(model, models.ConditionalGAN):
        return x, LABELS[: len(x)]
    return (x, 1 - x) if model.pairs else x


def fitted(model, **options):
    return model.fit(inputs(model), **{"epochs": 1, "batch_size": COUNT, "verbose": 0, **options})


def loss_of(model, **options):
    return fitted(model, **options).history["loss"][0]


def freeze_noise(model):
    """The same noise at the next step, so that two losses can be compared."""
    for variable in model.non_trainable_variables:
        if variable.path.endswith("seed_generator_state"):
            variable.assign([1, 0])


def outputs(model, x=X[:3]):
    """What a model returns for fixed inputs: reconstructions, samples, translations."""
    if isinstance(model, models.Translator):
        return model.translate(x)
    return np.concatenate(
        [model.sample(3, seed=0), *([model.reconstruct(x)] if hasattr(model, "encode") else [])]
    )


# compile and fit


@pytest.mark.parametrize("name", ALL)
def test_compile_without_arguments_and_fit(name):
    model = small(name)
    model.compile()
    history = fitted(model, epochs=2)
    assert np.isfinite(history.history["loss"]).all()
    wanted = (0.9, 0.999) if name in AUTOENCODERS else (0.0, 0.9)
    assert (model.optimizer.beta_1, model.optimizer.beta_2) == wanted


@pytest.mark.parametrize("name", AUTOENCODERS)
def test_a_compiled_loss_is_used(name):
    found = {}
    for loss in ("mse", "mae"):
        model = small(name)
        model.compile("sgd", loss)
        freeze_noise(model)
        found[loss] = loss_of(model)
    assert found["mae"] > 1.2 * found["mse"]
    model = small(name)
    with pytest.raises(ValueError, match="nonsense"):
        model.compile("sgd", "nonsense") or loss_of(model)


@pytest.mark.parametrize("argument", ["loss", "loss_weights", "metrics", "weighted_metrics"])
@pytest.mark.parametrize("name", GANS)
def test_gans_refuse_a_loss_and_metrics(name, argument):
    with pytest.raises(ValueError, match=f"{argument} is .*no targets"):
        small(name).compile("adam", **{argument: ["mae"]})


@pytest.mark.parametrize("name", AUTOENCODERS)
def test_targets_count(name):
    model = small(name)
    model.compile("sgd", "mse")
    found = {}
    for target in (X, 1 - X, 0 * X):
        freeze_noise(model)
        found[target.mean()] = model.evaluate(X, target, verbose=0, return_dict=True)["loss"]
    assert len({round(value, 6) for value in found.values()}) == 3


@pytest.mark.parametrize("name", ["plain-gan", "gan", "cgan"])
def test_gans_refuse_targets(name):
    model = small(name)
    model.compile()
    with pytest.raises(ValueError, match="without targets"):
        model.fit(X, X, verbose=0)
    with pytest.raises(ValueError, match="without targets"):
        model.evaluate(X, X, verbose=0)


@pytest.mark.parametrize("name", ["conditional-gan", "translator"])
def test_pairs_are_one_input_or_two_arguments(name):
    found = []
    for apart in (False, True):
        model = small(name)
        model.compile()
        freeze_noise(model)
        pair = inputs(model)
        given = pair if apart else (pair,)
        history = model.fit(
            *given, validation_data=pair, batch_size=COUNT, verbose=0, shuffle=False
        )
        found.append([history.history["loss"], history.history["val_loss"]])
    assert found[0] == found[1]


@pytest.mark.parametrize("name", AUTOENCODERS)
def test_sample_weights_count(name):
    model = small(name)
    model.compile("sgd", "mse")
    before = model.get_weights()
    weights = np.zeros(COUNT)
    loss = model.fit(X, X, sample_weight=weights, batch_size=COUNT, verbose=0).history["loss"][0]
    assert loss == 0
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


@pytest.mark.parametrize("name", ALL)
def test_weights_that_keras_would_drop_are_refused(name):
    model = small(name)
    model.compile()
    with pytest.raises(ValueError, match="sample_weight"):
        model.fit(inputs(model), sample_weight=np.ones(COUNT), verbose=0)
    with pytest.raises(ValueError, match="class_weight"):
        model.fit(inputs(model), class_weight={0: 1.0}, verbose=0)


@pytest.mark.parametrize("name", ALL)
def test_regularizers_and_added_losses_count(name):
    losses = []
    for extra in (0.0, 1000.0):
        model = small(name, extra)
        model.compile("sgd")
        freeze_noise(model)
        losses.append(loss_of(model))
    assert losses[1] - losses[0] == pytest.approx(1000, rel=1e-3)


def test_a_kernel_regularizer_counts():
    keras.utils.set_random_seed(0)
    penalty = keras.regularizers.L2(1.0)
    encoder = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(4, kernel_regularizer=penalty),
        ]
    )
    model = models.Autoencoder(encoder, networks.dense_decoder(4, 6))
    model.compile("sgd")
    kernel = encoder.layers[-1].get_weights()[0]
    mse = np.mean((ops.convert_to_numpy(model(X)) - X) ** 2)
    assert loss_of(model) == pytest.approx(mse + np.sum(kernel**2), rel=1e-4)


def test_a_sparse_autoencoder_written_the_textbook_way_becomes_sparse():
    active = {}
    for strength in (0.0, 3e-3):
        keras.utils.set_random_seed(0)
        encoder = keras.Sequential(
            [
                keras.Input((28, 28, 1)),
                keras.layers.Flatten(),
                keras.layers.Dense(
                    16, activation="relu", activity_regularizer=keras.regularizers.L1(strength)
                ),
            ]
        )
        model = models.Autoencoder(encoder, networks.dense_decoder(16, 32))
        model.compile(keras.optimizers.Adam(1e-2))
        model.fit(np.tile(X, (8, 1, 1, 1)), epochs=30, verbose=0)
        active[strength] = float(np.mean(model.encode(X) > 1e-3))
    print(f"active latents: {active}")
    assert active[3e-3] < 0.5 * active[0.0]


@pytest.mark.parametrize("name", AUTOENCODERS)
def test_compiled_metrics_compare_with_the_images(name):
    model = small(name)
    model.compile("sgd", metrics=["mae"])
    assert "mae" in fitted(model).history
    found = model.evaluate(X, verbose=0, return_dict=True)
    assert found["mae"] == pytest.approx(np.abs(model.predict(X, verbose=0) - X).mean(), rel=1e-4)


@pytest.mark.parametrize("name", ALL)
def test_validation_data(name):
    model = small(name)
    model.compile()
    data = inputs(model)
    history = fitted(model, validation_data=data if model.pairs else (data, None))
    assert np.isfinite(history.history["val_loss"]).all()


@pytest.mark.parametrize("name", ALL)
def test_predict_runs(name):
    model = small(name)
    found = model.predict(inputs(model), verbose=0)
    assert (
        found.shape == X.shape if name in AUTOENCODERS else found["fakes"].shape[1:] == X.shape[1:]
    )


@pytest.mark.parametrize("name", ALL)
def test_the_summary_names_each_network_once(name, capsys):
    small(name).summary()
    said = capsys.readouterr().out
    model = small(name)
    for part in model.networks:
        assert said.count(f" {getattr(model, part).name} ") == 1


# how the step is run


@pytest.mark.parametrize(
    "options",
    [{"run_eagerly": True}, {"jit_compile": True}, {"steps_per_execution": 2}],
    ids=["eager", "xla", "two steps"],
)
@pytest.mark.parametrize("name", ALL)
def test_each_way_of_running_a_step_gives_the_same_loss(name, options):
    if "steps_per_execution" in options and keras.backend.backend() == "torch":
        pytest.skip("Keras takes one step at a time on PyTorch")
    found = []
    for way in ({}, options):
        model = small(name)
        model.compile("sgd", **way)
        freeze_noise(model)
        found.append(loss_of(model, epochs=2, batch_size=COUNT // 2, shuffle=False))
    # XLA draws its own noise.
    assert found[1] == pytest.approx(found[0], rel=0.2 if options.get("jit_compile") else 1e-3)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("name", ALL)
def test_mixed_precision(name, policy):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        model = small(name)
        model.compile()
        history = fitted(model, epochs=2)
        evaluated = model.evaluate(inputs(model), verbose=0)
    finally:
        keras.config.set_dtype_policy(before)
    assert np.isfinite(history.history["loss"]).all() and np.isfinite(evaluated).all()
    assert outputs(model).dtype == np.float32
    assert np.isfinite(outputs(model)).all()


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="tf.distribute")
@pytest.mark.parametrize("name", ALL)
def test_two_replicas_take_the_step_of_one(name):
    import tensorflow as tf

    moves = []
    for devices in (["CPU:0"], ["CPU:0", "CPU:1"]):
        # Without collectives: their keys would clash between the strategies of one process.
        reduction = tf.distribute.ReductionToOneDevice()
        with tf.distribute.MirroredStrategy(devices, reduction).scope():
            model = small(name, **({"sigma": 0.0} if name == "denoiser" else {}))
            model.compile(keras.optimizers.SGD(1e-3))
        before = [w.numpy().copy() for w in model.trainable_variables]
        loss = fitted(model, shuffle=False).history["loss"][0]
        after = [w.numpy() for w in model.trainable_variables]
        size = np.sqrt(sum(np.sum((a - b) ** 2) for a, b in zip(after, before, strict=True)))
        moves.append((loss, size))
    (loss, move), (two, moved) = moves
    print(f"{name}: loss {two / loss:.3f}, step {moved / move:.3f} of one replica's")
    # Each replica draws noise of its own; a doubled loss or step would be a ratio of 2.
    exact = name in ("autoencoder", "denoiser")
    assert two == pytest.approx(loss, rel=1e-4 if exact else 0.25)
    assert moved == pytest.approx(move, rel=1e-2 if exact else 0.6)


@pytest.fixture(autouse=True, scope="module")
def two_processors():
    """Two logical CPUs, for the replicas; TensorFlow must be told before it is used."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        cpus = tf.config.list_physical_devices("CPU")
        # An error where another test of this process has used TensorFlow before.
        with contextlib.suppress(RuntimeError):
            tf.config.set_logical_device_configuration(
                cpus[0], [tf.config.LogicalDeviceConfiguration()] * 2
            )


@pytest.mark.parametrize("setting", [{"clipnorm": 1e-3}, {"clipvalue": 1e-5}])
@pytest.mark.parametrize("name", ALL)
def test_gradients_are_clipped(name, setting):
    model = small(name)
    model.compile(keras.optimizers.SGD(1.0, **setting))
    before = [ops.convert_to_numpy(w) for w in model.trainable_variables]
    fitted(model)
    after = [ops.convert_to_numpy(w) for w in model.trainable_variables]
    steps = [a - b for a, b in zip(after, before, strict=True)]
    if "clipnorm" in setting:
        assert max(np.linalg.norm(step) for step in steps) <= 1.01e-3
    else:
        assert max(np.abs(step).max() for step in steps) <= 1.1e-5


@pytest.mark.parametrize("name", GANS)
def test_a_norm_over_both_networks_is_refused(name):
    with pytest.raises(ValueError, match="global_clipnorm"):
        small(name).compile(keras.optimizers.SGD(1.0, global_clipnorm=1.0))
    wrapped = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(1.0, global_clipnorm=1.0))
    for given in (wrapped, keras.saving.serialize_keras_object(wrapped.inner_optimizer)):
        with pytest.raises(ValueError, match="global_clipnorm"):
            small(name).compile(given)


@pytest.mark.parametrize("name", ["conditional-gan", "translator"])
def test_pairs_in_any_form_are_the_same(name):
    import tensorflow as tf

    values = {}
    for form in ("two", "one", "dataset", "batch"):
        model = small(name)
        model.compile("sgd")
        freeze_noise(model)
        a, b = inputs(model)
        if form == "two":
            model.fit(a, b, batch_size=COUNT, shuffle=False, verbose=0)
        if form == "one":
            model.fit((a, b), batch_size=COUNT, shuffle=False, verbose=0)
        if form == "dataset":
            model.fit(tf.data.Dataset.from_tensor_slices((a, b)).batch(COUNT), verbose=0)
        if form == "batch":
            model.train_on_batch(a, b)
        values[form] = np.concatenate([w.ravel() for w in model.generator.get_weights()])
        both = model.evaluate(a, b, verbose=0, return_dict=True)
        assert both.keys() == model.evaluate((a, b), verbose=0, return_dict=True).keys()
    assert all(np.allclose(values["two"], each, atol=1e-6) for each in values.values())


def test_weights_in_a_column_are_those_in_a_row():
    model = small("vae")
    model.compile()
    x, weights, found = X[:8], np.linspace(0, 2, 8), []
    for shape in ((8,), (8, 1)):
        freeze_noise(model)
        y_pred = model(x, training=True)
        model.kl_tracker.reset_state()
        model.compute_loss(x, x, y_pred, weights.reshape(shape).astype("float32"))
        found.append(float(model.kl_tracker.result()))
    assert found[0] == pytest.approx(found[1])


# callbacks


@pytest.mark.parametrize("name", ALL)
def test_callbacks(name, tmp_path):
    model = small(name)
    model.compile("sgd")
    rates = keras.callbacks.LearningRateScheduler(lambda epoch, rate: 0.5**epoch * 1e-3)
    stop = keras.callbacks.EarlyStopping("loss", patience=0, min_delta=1e9)
    keep = keras.callbacks.ModelCheckpoint(tmp_path / "m.keras", monitor="loss")
    callbacks = [rates, stop, keep]
    if find_spec("tensorboard"):
        callbacks.append(keras.callbacks.TensorBoard(tmp_path / "logs"))
    history = fitted(model, epochs=5, callbacks=callbacks)
    assert len(history.history["loss"]) == 2
    assert float(model.optimizer.learning_rate) == pytest.approx(5e-4)
    loaded = keras.models.load_model(tmp_path / "m.keras")
    assert np.allclose(outputs(loaded), outputs(model), atol=1e-6)


def test_initial_epoch():
    model = small("vae")
    model.compile()
    assert fitted(model, epochs=5, initial_epoch=3).epoch == [3, 4]


# saving


@pytest.mark.parametrize("name", ALL)
def test_clone_config_pickle(name):
    model = small(name)
    model.compile()
    fitted(model)
    clone = keras.models.clone_model(model)
    assert [w.shape for w in clone.weights] == [w.shape for w in model.weights]
    again = type(model).from_config(model.get_config())
    again.set_weights(model.get_weights())
    assert np.allclose(outputs(again), outputs(model), atol=1e-6)
    assert np.allclose(outputs(pickle.loads(pickle.dumps(model))), outputs(model), atol=1e-6)


OPTIONS = {
    "denoiser": {"sigma": 0.25, "hole": 4},
    "vae": {"beta": 4.0},
    "plain-gan": {"loss": "hinge"},
    "gan": {"gp_weight": 0.5, "ema_decay": 0.5},
    "cgan": {"kl_weight": 0.5, "adversarial_weight": 0.25, "reconstruction_weight": 2.0},
    "translator": {"l1_weight": 3.0, "adversarial_weight": 0.0},
}


@pytest.mark.parametrize("name", ALL)
def test_a_loaded_model_goes_on_training_as_the_saved_one(name, tmp_path):
    model = small(name, **OPTIONS.get(name, {}))
    model.compile(keras.optimizers.Adam(1e-3))
    fitted(model)
    model.save(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras")
    config = loaded.get_config()
    assert {key: config[key] for key in OPTIONS.get(name, {})} == OPTIONS.get(name, {})
    assert np.array_equal(outputs(loaded), outputs(model))
    assert int(loaded.optimizer.iterations) == int(model.optimizer.iterations)
    losses = []
    for each in (model, loaded):
        freeze_noise(each)
        losses.append(loss_of(each))
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """Save every model here; load and run all of them in a fresh process."""
    folder = tmp_path_factory.mktemp("saved")
    wanted = {}
    for name in ALL:
        model = small(name)
        model.compile()
        fitted(model)
        model.save(folder / f"{name}.keras")
        wanted[name] = outputs(model)
    program = f"""
import pathlib, sys
import keras, numpy as np
import cgan_tutorial.models
x = np.load(sys.argv[1])
sys.path.insert(0, {str(__import__("pathlib").Path(__file__).parent)!r})
from test_keras_behaviour import outputs
for path in pathlib.Path({str(folder)!r}).glob("*.keras"):
    np.save(path.with_suffix(".npy"), outputs(keras.models.load_model(path), x))
"""
    np.save(folder / "x", X[:3])
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder / "x.npy")], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return wanted, {name: np.load(folder / f"{name}.npy") for name in ALL}


@pytest.mark.parametrize("name", ALL)
def test_a_fresh_process_loads_equal_outputs(name, elsewhere):
    wanted, found = elsewhere
    assert np.abs(found[name] - wanted[name]).max() <= 1e-6


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="SavedModel is TensorFlow's")
@pytest.mark.parametrize("name", ["vae", "gan", "conditional-gan", "cgan"])
def test_networks_export(name, tmp_path):
    import tensorflow as tf

    model = small(name)
    model.build()
    for part in model.networks:
        network = getattr(model, part)
        network.export(tmp_path / part, verbose=False)
        x = np.random.default_rng(1).random((2, *network.input_shape[1:])).astype("float32")
        loaded = tf.saved_model.load(str(tmp_path / part))
        assert np.allclose(loaded.serve(x), network(x, training=False), atol=1e-5)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="SavedModel is TensorFlow's")
def test_a_gan_exports_the_network_that_samples(tmp_path):
    import tensorflow as tf

    model = small("gan", ema_decay=0.5)
    model.compile(keras.optimizers.SGD(0.1))
    fitted(model, epochs=3)
    model.export(tmp_path / "gan", verbose=False)
    z = np.random.default_rng(1).normal(size=(2, 4)).astype("float32")
    loaded = tf.saved_model.load(str(tmp_path / "gan"))
    served = loaded.serve(z)
    assert np.allclose(served, model.decode(z), atol=1e-5)
    assert not np.allclose(served, model.generator(z, training=False), atol=1e-5)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="SavedModel is TensorFlow's")
@pytest.mark.parametrize("name", ["autoencoder", "denoiser", "vae"])
def test_an_autoencoder_exports_whole(name, tmp_path):
    import tensorflow as tf

    model = models.build(name, 4, 2)
    model(X[:1])
    model.export(tmp_path / name, verbose=False)
    loaded = tf.saved_model.load(str(tmp_path / name))
    served = loaded.serve(X[:2])
    images = served["images"] if name == "vae" else served
    assert np.allclose(images, model.reconstruct(X[:2]), atol=1e-5)
    assert np.allclose(images, model.predict_on_batch(X[:2]), atol=1e-5)


@pytest.mark.skipif(not find_spec("tf2onnx"), reason="tf2onnx is not installed")
def test_a_decoder_exports_to_onnx(tmp_path):
    model = small("vae")
    model.sample(1)
    model.decoder.export(tmp_path / "decoder.onnx", format="onnx", verbose=False)
    assert (tmp_path / "decoder.onnx").stat().st_size > 1000
