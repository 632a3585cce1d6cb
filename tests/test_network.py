"""network.js gives Keras' numbers: each kind of layer, and each network that ships."""

import javascript
import keras
import numpy as np
import pytest
from keras import layers

from cgan_tutorial import models, networks
from cgan_tutorial.metrics.classifier import classifier
from cgan_tutorial.widgets import export as exporting
from cgan_tutorial.widgets.export import NotExportableError, export
from cgan_tutorial.widgets.page import code

pytestmark = [
    pytest.mark.slow,
    javascript.needs_node,
]

PROGRAM = """
answer(GIVEN.map(({ spec, inputs }) => {
  const run = evaluator(spec);
  return inputs.map((arrays) => [...run(...arrays)]);
}));
"""


def in_the_page(*cases):
    """The outputs of models for samples, (n, …) each, as network.js computes them in Node."""
    sent = []
    for spec, inputs in cases:
        rows = zip(*(array.reshape(len(array), -1).tolist() for array in inputs), strict=True)
        sent.append({"spec": spec, "inputs": list(rows)})
    return [np.array(each, "float32") for each in javascript.run(code("network") + PROGRAM, sent)]


def assert_equal(model, *inputs, compact=False, tolerance=1e-4):
    inputs = [np.asarray(each, "float32") for each in inputs]
    wanted = model.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0)
    (found,) = in_the_page((export(model, compact), inputs))
    apart = np.abs(found - wanted.reshape(len(wanted), -1)).max()
    print(f"{model.name}: at most {apart:.1e} apart")
    assert apart <= tolerance


def images(shape, count=3):
    return np.random.default_rng(0).normal(size=(count, *shape)).astype("float32")


def random_weights(model):
    """Give every weight a random value, so that no bias or statistic is 0 or 1."""
    rng = np.random.default_rng(1)
    values = []
    for weight in model.weights:
        size = rng.uniform(0.5, 1.5, weight.shape)
        sign = 1 if "variance" in weight.path else rng.choice([-1, 1], weight.shape)
        values.append(sign * size)
    model.set_weights(values)
    return model


ACTIVATED = [layers.Activation(name) for name in exporting.ACTIVATIONS]
CASES = [
    *(([layers.Dense(5, activation=name)], (7,)) for name in ("linear", "tanh", "softmax")),
    ([layers.Dense(5, use_bias=False)], (3, 4)),
    *(([each], (6,)) for each in ACTIVATED),
    *(([each], (2, 3, 4)) for each in (layers.ReLU(), layers.ReLU(negative_slope=0.3))),
    *(([each], (2, 3, 4)) for each in (layers.LeakyReLU(negative_slope=0.1), layers.Softmax())),
    *(
        ([kind(3, size, strides=stride, padding=padding, use_bias=size > 2)], (7, 8, 2))
        for kind in (layers.Conv2D, layers.Conv2DTranspose)
        for size in (1, 3, 4)
        for stride in (1, 2, 3)
        for padding in ("same", "valid")
    ),
    ([layers.Conv2D(3, (2, 5), strides=(2, 1), padding="same", activation="elu")], (7, 8, 2)),
    ([layers.Conv2DTranspose(3, (2, 5), strides=(2, 1), padding="same")], (7, 8, 2)),
    *(([layers.BatchNormalization(scale=one, center=one)], (4, 5, 3)) for one in (True, False)),
    ([layers.Rescaling(2.0, offset=-1.0)], (4, 4, 1)),
    *(
        ([kind(size, strides=stride, padding=padding)], (7, 8, 2))
        for kind in (layers.MaxPooling2D, layers.AveragePooling2D)
        for size, stride in ((2, None), (3, 2))
        for padding in ("same", "valid")
    ),
    *(([each], (4, 5, 3)) for each in (layers.GlobalMaxPooling2D(), layers.Flatten())),
    ([layers.GlobalAveragePooling2D()], (4, 5, 3)),
    ([layers.UpSampling2D((2, 3))], (4, 5, 3)),
    ([layers.Reshape((5, 4, 3)), layers.Dropout(0.5), layers.GaussianNoise(1.0)], (4, 5, 3)),
]


@pytest.fixture(scope="module")
def answers():
    """All cases in one program, because Node takes a while to start."""
    built = [
        random_weights(keras.Sequential([keras.Input(shape), *stack])) for stack, shape in CASES
    ]
    inputs = [images(shape) for _, shape in CASES]
    cases = [(export(model), [x]) for model, x in zip(built, inputs, strict=True)]
    found = in_the_page(*cases)
    return [(model(x), y) for model, x, y in zip(built, inputs, found, strict=True)]


@pytest.mark.parametrize("number", range(len(CASES)))
def test_each_layer_is_kerass(number, answers):
    wanted, found = answers[number]
    wanted = keras.ops.convert_to_numpy(wanted).reshape(len(found), -1)
    stack, shape = CASES[number]
    print([layer.get_config() for layer in stack], shape, np.abs(found - wanted).max())
    assert found.shape == wanted.shape
    assert np.abs(found - wanted).max() <= 1e-4 * max(1.0, np.abs(wanted).max())


def test_a_graph_with_branches_nested_models_and_two_inputs():
    left, right = keras.Input((8, 8, 2)), keras.Input((8, 8, 1))
    inner = keras.Sequential([keras.Input((8, 8, 2)), layers.Conv2D(3, 3, padding="same")])
    other = layers.Conv2D(3, 1)(left)
    joined = layers.Concatenate()([layers.Add()([inner(left), other]), right])
    model = keras.Model([left, right], layers.Conv2D(1, 3, activation="sigmoid")(joined))
    assert_equal(random_weights(model), images((8, 8, 2)), images((8, 8, 1)))


@pytest.mark.parametrize("name", models.MODELS)
def test_the_networks_that_ship(name):
    model = models.pretrained(name)
    latents = images((model.decoder.input_shape[-1],))
    assert_equal(model.decoder, latents)
    pixels = np.random.default_rng(0).random((3, 28, 28, 1), "float32")
    for part in {"encoder", "discriminator"} & set(model.networks):
        assert_equal(getattr(model, part), pixels)
        assert_equal(getattr(model, part), pixels, compact=True, tolerance=0.01)
    assert_equal(model.decoder, latents, compact=True, tolerance=2e-3)


def test_the_classifier_the_unet_and_images_in_color():
    pixels = np.random.default_rng(0).random((2, 28, 28, 1), "float32")
    assert_equal(classifier(), pixels)
    assert_equal(networks.unet(8), pixels)
    colored = models.build("cgan", 8, 8, shape=(64, 64, 3))
    assert_equal(colored.generator, images((8,)))
    assert_equal(colored.encoder, np.random.default_rng(0).random((2, 64, 64, 3), "float32"))


@pytest.mark.parametrize(("width", "tolerance", "share"), [(8, 1e-3, 0.53), (16, 0.02, 0.29)])
def test_a_compact_network_costs_little(width, tolerance, share):
    keras.utils.set_random_seed(0)
    decoder = networks.decoder(32, width)
    assert_equal(decoder, images((32,)), compact=True, tolerance=tolerance)
    long, short = (len(export(decoder, compact)["weights"]) for compact in (False, True))
    assert short < share * long


@pytest.mark.parametrize(
    ("layer", "fact"),
    [
        (layers.LayerNormalization(), "LayerNormalization"),
        (layers.Conv2D(2, 3, dilation_rate=2), "dilation_rate"),
        (layers.Conv2D(2, 3, activation="gelu"), "gelu"),
        (layers.UpSampling2D(interpolation="bilinear"), "interpolation"),
        (layers.ReLU(max_value=6), "max_value"),
    ],
)
def test_what_the_page_does_not_know_is_named(layer, fact):
    with pytest.raises(NotExportableError, match=fact):
        export(keras.Sequential([keras.Input((8, 8, 3)), layer]))


def test_a_model_without_a_graph_is_refused():
    with pytest.raises(NotExportableError, match="functional"):
        export(models.build("vae", 4, 2))
