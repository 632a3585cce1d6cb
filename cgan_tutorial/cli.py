"""The command cgan-tutorial: open and run the book, train models and use them.

Whatever computes is imported inside the commands, so that --help is quick.
"""

from __future__ import annotations

import errno
import io
import os
import re
import sys
import traceback
import warnings
from ast import literal_eval
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import click

import cgan_tutorial
from cgan_tutorial import _backend

FAILED, BAD_ARGUMENT, INTERRUPTED = 1, 2, 130
# The labels and formats with which `evaluate` prints the values of `metrics.evaluate_model`.
METRICS = {
    "mse": ("MSE of {} test images", ".4f"),
    "psnr": ("their PSNR, dB", ".1f"),
    "frechet": ("Fréchet distance of {} samples", ".1f"),
    "precision": ("precision", ".2f"),
    "recall": ("recall", ".2f"),
    "coverage": ("coverage", ".2f"),
    "rarest": ("share of the rarest class", ".1%"),
    "kid": ("kernel distance", ".4f"),
    "kid_error": ("its standard error", ".4f"),
    "memorization": ("memorization (0: copies, 1: new)", ".2f"),
    "parameters": ("trained parameters", ",d"),
}
# As other languages and a shell write them.
WORDS = {"true": "True", "false": "False", "null": "None"}
SEED = click.IntRange(0, 2**31 - 1)


class _Path(click.Path):
    """A path in which ~ is the user's home, also where no shell has replaced it."""

    def convert(self, *args: Any) -> Path:
        """Read the path."""
        return Path(super().convert(*args)).expanduser()


PATH = _Path()


class OneSentence(click.Group):
    """A group of commands that reports what the user can fix in one sentence on stderr."""

    def main(self, *args: Any, **settings: Any) -> None:
        """Run the command line and exit; a bug's exception passes through."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                # Where a console is not UTF-8, a question mark replaces what it lacks.
                stream.reconfigure(errors="replace")
        # Without the place in the code, which tells the user nothing.
        warnings.formatwarning = lambda message, *_: f"{message}\n"
        try:
            settings |= {"prog_name": "cgan-tutorial", "standalone_mode": False}
            code = super().main(*args, **settings)
        except click.Abort:
            code = INTERRUPTED
        except Exception as error:
            sentence = _sentence(error)
            if sentence is None:
                raise
            click.echo(sentence, err=True)
            code = BAD_ARGUMENT
        sys.exit(code)


def _sentence(error: Exception) -> str | None:
    """Return what to tell the user about an error; None for a bug.

    The user can fix the command line, a file's path, a missing package, and what this package
    reports by a `raise` statement. An error that arises on any other line is a bug.
    """
    if isinstance(error, click.ClickException):
        command = getattr(getattr(error, "ctx", None), "command_path", "cgan-tutorial")
        return f"{error.format_message().rstrip('.')}; see {command} --help"
    if isinstance(error, OSError) and error.errno == errno.ENOSPC and not error.filename:
        # What was printed may still be waiting, and would fail once more at the end.
        with suppress(OSError, ValueError, AttributeError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return f"the output cannot be written: {error.strerror}; make room, or send it elsewhere"
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}; check the path and its permissions"
    if isinstance(error, ModuleNotFoundError) and not f"{error.name}".startswith("cgan_tutorial"):
        return f"{error.name} is not installed; run {sys.executable} -m pip install {error.name}"
    last = traceback.extract_tb(error.__traceback__)[-1]
    deliberate = (last.line or "").startswith("raise ")
    ours = Path(last.filename).is_relative_to(Path(__file__).parent)
    expected = isinstance(error, ValueError | RuntimeError | ImportError)
    return str(error) if deliberate and ours and expected else None


def _read_pairs(context: click.Context, option: click.Parameter, words: Sequence) -> dict:
    """Turn pairs NAME VALUE or texts NAME=VALUE into names and numbers, lists or texts."""
    found = {}
    for word in words:
        name, *text = word.split("=", 1) if isinstance(word, str) else word
        if not text:
            raise click.BadParameter("give NAME=VALUE, for example beta=4")
        if not isinstance(word, str) and re.match("--?[a-z]", text[0]):
            raise click.BadParameter(f"{name} has no value: {text[0]} is an option")
        try:
            found[name] = literal_eval(WORDS.get(text[0], text[0]))
        except (ValueError, SyntaxError):
            found[name] = text[0]
        if isinstance(found[name], tuple):
            found[name] = list(found[name])
    return found


run_folder = click.argument("run", metavar="DIR", type=PATH)
pair_option = partial(click.option, multiple=True, callback=_read_pairs)
seed_option = click.option("--seed", type=SEED, default=0, help="Random seed.")
force_option = click.option("--force", is_flag=True, help="Replace what is there.")
file_option = click.option(
    "--output", metavar="FILE", type=PATH, required=True, help="An .npz file or a .png picture."
)


@click.group(cls=OneSentence, invoke_without_command=True, context_settings={"show_default": True})
@click.version_option(package_name="cgan-tutorial")
@click.pass_context
def main(context: click.Context) -> None:
    """A runnable book on autoencoders and generative adversarial networks."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@main.command(
    context_settings={"ignore_unknown_options": True},
    epilog="Example: cgan-tutorial lab --no-browser --port 9999",
)
@click.argument("extra", nargs=-1, type=click.UNPROCESSED)
def lab(extra: Sequence[str]) -> None:
    """Open JupyterLab on your copy of the chapters, and pass EXTRA on to it.

    The copy is the folder my-notebooks, beside the book's notebooks. Chapters that you changed
    there are kept; the others are brought up to date.
    """
    from jupyterlab.labapp import LabApp

    from cgan_tutorial import _notebooks, _own_copy

    book = _notebooks.folder()
    first = min(book.glob(_notebooks.PATTERN)).name
    own, sentences = _own_copy.refresh(book)
    for sentence in sentences:
        click.echo(sentence, err=True)
    if hasattr(os, "geteuid") and os.geteuid() == 0 and "--allow-root" not in extra:
        click.echo("You are root, so JupyterLab is started with --allow-root.", err=True)
        extra = ["--allow-root", *extra]
    # A kernel "python3" in the user's home may belong to another interpreter.
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    LabApp.launch_instance([str(own), f"--LabApp.default_url=/lab/tree/{first}", *extra])


@main.command(epilog="Example: cgan-tutorial run 03_autoencoder -p latent_dim 8 --output build")
@click.argument("chapters", metavar="CHAPTER...", nargs=-1)
@pair_option("-p", "parameters", nargs=2, metavar="NAME VALUE", help="Set a parameter; repeatable.")
@click.option("--output", metavar="DIR", type=PATH, default="build", help="Folder for the copies.")
def run(chapters: Sequence[str], parameters: dict[str, Any], output: Path) -> int:
    """Execute chapters and keep the copies.

    Give numbers, names or paths of notebooks; without any, all chapters are executed.
    """
    _backend.choose()
    from cgan_tutorial import _notebooks

    found = _notebooks.find(chapters)
    for path in found:
        _notebooks.check(path, output / path.name, parameters)
    click.echo(f"{'chapter':20} {'seconds':>8} {'peak MiB':>9}  result")
    code = 0
    for path in found:
        seconds, peak, error = _notebooks.execute(path, output / path.name, parameters)
        code = FAILED if error else code
        result = f"failed in {error}; see {output / path.name}" if error else "ok"
        click.echo(f"{path.stem:20} {seconds:8.0f} {peak:9.0f}  {result}")
    return code


@main.command(epilog="Example: cgan-tutorial train vae --seconds 30 -o beta=4 --output runs/vae")
@click.argument("model")
@click.option("--output", metavar="DIR", type=PATH, required=True, help="Folder for the run.")
@click.option("--data", help="A data set, see above; mnist-5k by default.")
@click.option("--size", type=int, help="Pixels along each side of a folder's images; 28.")
@click.option("--color", is_flag=True, default=None, help="Take a folder's images in color.")
@click.option("--seconds", type=float, help="Time budget in seconds; 60 if no budget is given.")
@click.option("--epochs", type=int, help="Budget in epochs.")
@click.option("--seed", type=SEED, help="Random seed; 0 by default.")
@click.option("--latent-dim", type=int, help="Numbers in a latent vector; 32 by default.")
@click.option("--width", type=int, help="Channels of the outermost feature maps; 16 by default.")
@click.option("--batch-size", type=int, help="Images per step; by default the model's own.")
@pair_option("-o", "options", metavar="NAME=VALUE", help="Set a model's option; repeatable.")
@click.option("--resume", is_flag=True, help="Continue the run in DIR as it was started.")
@force_option
def train(
    model: str,
    data: str | None,
    size: int | None,
    color: bool | None,
    options: dict[str, Any],
    **settings: Any,
) -> int:
    """Train a model, with a checkpoint after each epoch.

    MODEL is autoencoder, denoiser, vae, gan, conditional-gan or cgan. The data sets are
    mnist-5k, mnist, fashion-mnist, digits-8x8 and folder:PATH.
    """
    cgan_tutorial.setup()
    import keras

    from cgan_tutorial import devices, training
    from cgan_tutorial.data.image_folder import Folder
    from cgan_tutorial.training.checkpoints import read_record

    output, resume, seed = (settings[name] for name in ("output", "resume", "seed"))
    sizes = {name: settings.pop(name) for name in ("latent_dim", "width")}
    options |= {name: size for name, size in sizes.items() if size is not None}
    if settings["seconds"] is None and settings["epochs"] is None and not resume:
        settings["seconds"] = 60
    record = read_record(output) if resume else {}
    # As in the first part, so that a run without a checkpoint starts from the same weights.
    keras.utils.set_random_seed(seed if seed is not None else record.get("seed") or 0)
    with warnings.catch_warnings(action="ignore"):  # the report says it
        images = _images(data, record, size, color)
    if isinstance(images, Folder):
        click.echo(images.report(), err=True)
    with devices.memory_errors_in_words(f"width {options.get('width', 16)}"):
        built = _model(model, _fitting(images), options, output if resume else None)
    try:
        history = training.train(built, images, **settings)
    except KeyboardInterrupt:
        click.echo(f"stopped; continue with --resume --output {output}", err=True)
        return INTERRUPTED
    for warning in history.warnings:
        click.echo(warning, err=True)
    if history.stopped == "nan":
        return FAILED
    epochs = f"{history.epochs} epoch{'' if history.epochs == 1 else 's'}"
    click.echo(f"{output} holds {model} after {epochs}")
    return 0


@main.command(epilog="Example: cgan-tutorial sample runs/vae -n 100 --output samples.png")
@run_folder
@file_option
@click.option("-n", "count", type=click.IntRange(1, 50_000), default=100, help="How many images.")
@click.option("--class", "kind", metavar="NAME", help="Of this class; else of each in turn.")
@seed_option
@force_option
def sample(run: Path, output: Path, count: int, kind: str | None, seed: int, force: bool) -> None:
    """Generate images with the trained model in DIR."""
    from cgan_tutorial import image_files

    image_files.check_target(output, force)
    model, record = _load(run)
    labels = {} if kind is None else {"labels": [_label(kind, model, record)] * count}
    image_files.write_images(output, model.sample(count, **labels, seed=seed))
    click.echo(f"{output} holds {count} samples{'' if kind is None else ' of class ' + kind}")


@main.command(epilog="Example: cgan-tutorial reconstruct runs/vae --input in.npz --output out.npz")
@run_folder
@click.option(
    "--input", "source", metavar="FILE", type=PATH, required=True, help="A picture or .npz file."
)
@file_option
@force_option
def reconstruct(run: Path, source: Path, output: Path, force: bool) -> None:
    """Encode and decode a picture, or the array "images" of an .npz file, by the model in DIR."""
    from cgan_tutorial import image_files

    image_files.check_target(output, force)
    model, record = _load(run)
    if not hasattr(model, "encode"):
        raise ValueError(f"a {record['model']} has no encoder, so it cannot reconstruct images")
    images = image_files.read_images(source, model.data_shape)
    image_files.write_images(output, model.reconstruct(images))
    click.echo(f"{output} holds {len(images)} reconstructions")


@main.command(epilog="Example: cgan-tutorial evaluate runs/vae")
@run_folder
@click.option("--data", help="Where the run's data set is now, if it has moved.")
@seed_option
def evaluate(run: Path, data: str | None, seed: int) -> None:
    """Evaluate the trained model in DIR on images that it has not seen."""
    model, record = _load(run)
    from cgan_tutorial import metrics
    from cgan_tutorial.training.checkpoints import fingerprint
    from cgan_tutorial.training.train import arrays_of

    images = _images(data, record)
    if record.get("images") not in (None, fingerprint(arrays_of(model, images))):
        raise ValueError(
            f"{data or record['data']} holds other images now than those that {run} was trained "
            "on, or the same in another order"
        )
    count, features = len(images.test), metrics.features_for(images)
    ours = metrics.evaluate_model(model, images, seed, features)
    real = metrics.evaluate_samples(images.train.images[:count], images.test.images, features)
    real["memorization"] = 1.0
    click.echo(f"{run}: {record['model']} on {images.name}")
    click.echo(f"{'metric':34} {'model':>10} {'real images':>12}")
    for name, (label, form) in METRICS.items():
        if name in ours:
            theirs = format(real[name], form) if name in real else ""
            click.echo(f"{label.format(count):34} {ours[name]:>10{form}} {theirs:>12}".rstrip())
    click.echo(_certainty(ours, count))


@main.command(epilog="Example: cgan-tutorial doctor")
def doctor() -> int:
    """Check whether the book runs on this machine, and say what to do if not."""
    from cgan_tutorial import doctor as examination

    findings = examination.examine()
    for one in findings:
        advice = f"; {one.advice}" if one.advice else ""
        click.echo(f"{one.state:8} {one.subject:20} {one.text}{advice}")
    click.echo(examination.verdict(findings))
    return FAILED if any(one.state == examination.PROBLEM for one in findings) else 0


def _images(
    name: str | None, record: dict[str, Any], size: int | None = None, color: bool | None = None
) -> Any:
    """Load a data set; what is not given is as a run's record says, or as usual."""
    from cgan_tutorial import data

    height, _, channels = record.get("shape", (data.SIZE, data.SIZE, 1))
    name = name or record.get("data", "mnist-5k")
    return data.load(name, size or height, channels == 3 if color is None else color)


def _fitting(images: Any) -> dict[str, Any]:
    """Return the options of `models.build` that follow from the data."""
    return {"classes": len(images.classes), "shape": images.train.images.shape[1:]}


def _model(name: str, fitting: dict[str, Any], options: dict[str, Any], run: Path | None) -> Any:
    """Build a model; for a run that is resumed, as its record says, whatever is not given."""
    from cgan_tutorial.training.checkpoints import RunFolderError, build_recorded

    if clash := sorted(fitting.keys() & options):
        raise ValueError(f"{clash[0]} follows from the data and is no option; leave it out")
    if run is None:
        return _build(name, {**fitting, **options})
    model, record = build_recorded(run)
    if name != record.get("model"):
        return _build(name, {**fitting, **options})  # `train` says what differs
    own = {**model.get_config(), "latent_dim": model.latent_dim}
    differ = [
        f"{key} {own[key]!r}, not {value!r}"
        for key, value in options.items()
        if own.get(key, value) != value
    ]
    if options and not differ:
        again = _build(name, {**fitting, "latent_dim": model.latent_dim, **options})
        same = [each.shape for each in again.weights] == [each.shape for each in model.weights]
        if "width" in options and not same:
            differ = [f"another width, not {options['width']}"]
    if differ:
        raise RunFolderError(
            f"{run} was trained with {differ[0]}; leave it out, or choose another folder"
        )
    return model


def _build(name: str, options: dict[str, Any]) -> Any:
    from cgan_tutorial import models

    try:
        return models.build(name, **options)
    except (TypeError, AttributeError, ValueError) as error:
        if _sentence(error):
            raise
        said = ", ".join(f"{key}={value!r}" for key, value in options.items())
        raise ValueError(f"{name} cannot be built with {said}: {error}") from error


def _certainty(found: dict[str, float], count: int) -> str:
    """Say whether the kernel distance differs from 0, and how many images may show it."""
    from cgan_tutorial.metrics.kernel import FEWEST, images_needed

    if "kid" not in found:
        return f"{count} test images are too few to compare samples with; give at least {FEWEST}"
    needed = images_needed(found["kid"], found["kid_error"], count)
    if needed is not None and needed <= count:
        return f"{count} images show a difference: over two standard errors from 0"
    more = "" if needed is None else f"; if it is that large, about {needed:,} would show it"
    return f"the kernel distance of {count} images is within two standard errors of 0{more}"


def _label(name: str, model: Any, record: dict[str, Any]) -> int:
    if not model.num_classes:
        raise ValueError(f"the model {record['model']} has no classes; train a conditional-gan")
    known = record.get("classes", [])
    if name not in known:
        raise ValueError(f"there is no class {name!r}; there are {', '.join(known)}")
    return known.index(name)


def _load(run: Path) -> tuple[Any, dict[str, Any]]:
    cgan_tutorial.setup()
    from cgan_tutorial.training import checkpoints

    return checkpoints.load_run(run)
