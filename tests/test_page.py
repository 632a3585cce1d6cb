"""A widget as HTML: alive without a kernel, its networks once a page, the kernel where it must."""

import json
import re
from unittest.mock import Mock

import keras
import lab_server
import numpy as np
import pytest
from keras import layers

from cgan_tutorial.widgets import page
from cgan_tutorial.widgets.export import NotExportableError
from cgan_tutorial.widgets.kernel import KernelWidget

needs_browser = pytest.mark.skipif(
    lab_server.find_browser() is None, reason="no Chromium was found: install chromium"
)
DIAL = """\
import { h, picture, slider, status } from "./ui.js";
// A network, a slider for its first number, and its output.
export async function mount(root, spec, networks) {
  const z = new Float32Array(networks.decoder.inputShapes[0][0]);
  const shown = picture(networks.decoder.shape, "decoded");
  const line = status();
  const move = async (value) => {
    z[0] = value;
    const pixels = await networks.decoder(z);
    shown.paint(pixels);
    line.say(`${spec.word} ${pixels[0].toFixed(3)}`);
  };
  const range = { min: -3, max: 3, step: 0.5, value: 0 };
  const dial = slider({ label: "First number", ...range, oninput: move });
  root.append(shown.canvas, dial.node, line.node);
  await move(0);
}
"""


@pytest.fixture(autouse=True)
def dial(tmp_path, monkeypatch):
    """A folder of modules with a small widget in it."""
    for name in ("network.js", "ui.js", "kernel.js", "style.css"):
        (tmp_path / name).write_bytes((page.HERE / name).read_bytes())
    (tmp_path / "dial.js").write_text(DIAL)
    monkeypatch.setattr(page, "HERE", tmp_path)
    monkeypatch.setattr(page, "_brought", {})
    page.code.cache_clear()
    yield
    page.code.cache_clear()


def decoder(extra=()):
    """A small network whose kernel 16 bits hold exactly."""
    parts = [keras.Input((3,)), layers.Dense(16, "sigmoid"), *extra, layers.Reshape((4, 4, 1))]
    model = keras.Sequential(parts, name="small_decoder")
    kernel = np.random.default_rng(0).choice([-1.0, 1.0], (3, 16))
    model.layers[0].set_weights([kernel, np.linspace(-1, 1, 16)])
    return model


def widget(network=None, word="</script><b>"):
    still = np.zeros((40, 40), "uint8")
    return page.PageWidget(
        "dial", {"word": word}, {"decoder": network or decoder()}, still, "A <p>"
    )


def test_the_stored_output_has_the_still_with_its_words_and_is_the_same_each_time():
    bundle = widget()._repr_mimebundle_()
    assert bundle["text/plain"] == "A <p>" and 'alt="A &lt;p&gt;"' in bundle["text/html"]
    assert set(bundle) == {"text/html", "text/plain"}
    assert widget().html() == bundle["text/html"]


def test_nothing_in_the_data_ends_a_script():
    html = widget().html()
    assert html.count("</script>") == html.count("<script")
    spec = re.search('data-cgan-spec="[^"]*">(.*?)</script>', html)[1]
    assert json.loads(spec)["word"] == "</script><b>"


def test_a_network_travels_once_a_page_and_again_with_its_own_cell():
    one, other = widget(), widget(word="other")
    first = one.html(cell=1)
    assert (
        first.count("data-cgan-network=") == one.html(cell=1).count("data-cgan-network=") == 1 + 1
    )
    assert other.html(cell=2).count("data-cgan-network=") == 1  # the code that looks for it
    trained = decoder()
    trained.layers[0].kernel.assign_add(np.ones((3, 16)))
    assert widget(trained).html(cell=3).count("data-cgan-network=") == 2


def test_modules_are_joined_once_each_without_imports():
    joined = page.code("dial", "kernel")
    assert not re.search(r"^(import|export) ", joined, re.MULTILINE)
    for name in ("evaluator", "slider", "mount", "answering"):
        assert len(re.findall(rf"^(?:async )?function {name}\(", joined, re.MULTILINE)) == 1


def test_where_the_page_knows_no_layer_the_kernel_answers_and_the_layer_is_named():
    network = decoder([layers.LayerNormalization(name="norm")])
    shown = widget(network)
    bundle = shown._repr_mimebundle_()
    assert page.VIEW in bundle and "<script" not in bundle["text/html"]
    assert isinstance(shown.kernel, KernelWidget) and "norm" in shown.kernel.reason
    shown.kernel.send = Mock()
    z = np.array([0.5, -1.0, 2.0], "float32")
    asked = {"network": "decoder", "number": 7}
    shown.kernel._handle_custom_msg(asked, [memoryview(z.tobytes())])
    (content, [answer]), _ = shown.kernel.send.call_args
    assert content == {"number": 7}
    wanted = network.predict(z[None], verbose=0)
    assert np.allclose(np.frombuffer(answer, "<f4").reshape(wanted.shape), wanted, atol=1e-6)


def test_a_network_of_its_own_class_is_refused():
    class Own(keras.Model):
        def call(self, x):
            return x

    with pytest.raises(NotExportableError, match="functional or sequential"):
        widget(Own())


@needs_browser
@pytest.mark.browser
def test_two_widgets_of_one_network_are_alive_without_a_kernel(tmp_path):
    network = decoder()
    parts = [widget(network, "first").html(cell=1), widget(network, "second").html(cell=2)]
    (tmp_path / "page.html").write_text("<!doctype html><meta charset=utf-8>" + "".join(parts))
    with lab_server.browser() as chromium:
        shown = chromium.new_page()
        errors = []
        shown.on("pageerror", lambda error: errors.append(str(error)))
        shown.goto((tmp_path / "page.html").as_uri())
        shown.wait_for_function("document.querySelectorAll('[data-alive] canvas').length === 2")
        assert shown.locator("img").count() == 0
        for place, word in enumerate(("first", "second")):
            dial = shown.locator("input[type=range]").nth(place)
            dial.fill("2")
            line = shown.locator(".cgan-status").nth(place)
            wanted = network.predict(np.array([[2.0, 0, 0]]), verbose=0)[0, 0, 0, 0]
            shown.wait_for_function(
                "([place, text]) => document.querySelectorAll('.cgan-status')[place]"
                ".textContent === text",
                arg=[place, f"{word} {wanted:.3f}"],
            )
            assert line.is_visible()
        assert not errors
