"""The command cgan-tutorial: open, run, train, sample, judge, examine.

Whatever computes is imported inside the commands, so that --help is quick.
"""

from __future__ import annotations

import os
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text
from typer.core import TyperCommand, TyperGroup

from cgan_tutorial import _backend
from cgan_tutorial.distributed.supervisor import leave

if TYPE_CHECKING:
    from cgan_tutorial._notebooks import Execution

BAD_ARGUMENT = 2
FAILED = 1
INTERRUPTED = 130
LARGEST_SEED = 2**31 - 1
# What `evaluate` prints: the name in `metrics.evaluate_model` → its label and format.
MEASURES = {
    "mse": ("MSE of {} test images", ".4f"),
    "psnr": ("their PSNR, dB", ".1f"),
    "frechet": ("Fréchet distance of {} samples", ".1f"),
    "precision": ("precision", ".2f"),
    "recall": ("recall", ".2f"),
    "coverage": ("coverage", ".2f"),
    "rarest": ("share of the rarest class", ".1%"),
    "memorization": ("memorization (0: copies, 1: new)", ".2f"),
    "parameters": ("parameters", ",d"),
}

# Without markup: names in square brackets must come out as they are.
screen = Console(markup=False, highlight=False)


class OneSentence(TyperGroup):
    """Turns what a user can mend into one sentence on stderr and exit code 2."""

    def main(self, *args: Any, **settings: Any) -> None:
        """Run the command line; errors of the package's own code make no traceback."""
        settings["standalone_mode"] = False
        try:
            code = super().main(*args, **settings)
        except Exception as error:
            sentence = _sentence(error)
            if sentence is None:
                raise
            typer.echo(sentence, err=True)
            code = BAD_ARGUMENT
        leave(code or 0)
        sys.exit(code or 0)


class WithPairs(TyperCommand):
    """A command whose option -p takes two words, NAME and VALUE."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Join the two words to one, since typer has no repeated option of two."""
        return super().parse_args(ctx, list(_join_pairs(args)))


app = typer.Typer(
    name="cgan-tutorial",
    cls=OneSentence,
    add_completion=False,
    pretty_exceptions_enable=False,
    invoke_without_command=True,
    epilog="Example: cgan-tutorial lab",
)

Run = Annotated[Path, typer.Argument(metavar="DIR", help="A run's folder.")]
Seed = Annotated[
    int, typer.Option(min=0, max=LARGEST_SEED, metavar="<int>", help="Seed of everything random.")
]
Overwrite = Annotated[bool, typer.Option("--force", help="Overwrite FILE.")]


@app.callback()
def start(ctx: typer.Context) -> None:
    """A runnable book on autoencoders and generative adversarial networks."""
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    epilog="Example: cgan-tutorial lab --no-browser --port 9999",
)
def lab(
    extra: Annotated[
        list[str] | None, typer.Argument(metavar="EXTRA...", help="Passed on to JupyterLab.")
    ] = None,
) -> None:
    """Open JupyterLab on the book's chapters."""
    from cgan_tutorial import _notebooks

    _require("jupyterlab")
    from cgan_tutorial.widgets.websocket import FLAG

    folder = _notebooks.folder()
    first = min(folder.glob(_notebooks.PATTERN)).name
    command = [
        *(sys.executable, "-m", "jupyterlab", str(folder)),
        f"--LabApp.default_url=/lab/tree/{first}",
        FLAG,
        *(extra or []),
    ]
    # A kernel "python3" in the user's home may be of an interpreter without this book.
    os.environ.setdefault("JUPYTER_PREFER_ENV_PATH", "1")
    if os.name == "nt":
        raise typer.Exit(subprocess.call(command))
    os.execv(sys.executable, command)


@app.command(
    cls=WithPairs,
    epilog="Example: cgan-tutorial run 03_autoencoder -p latent_dim 8 --output build",
)
def run(
    chapter: Annotated[
        list[str] | None,
        typer.Argument(metavar="CHAPTER...", help="By number, name or path; all if none."),
    ] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            "-p", metavar="NAME VALUE", help="Set a chapter's parameter; may be repeated."
        ),
    ] = None,
    output: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder for the executed copies.")
    ] = Path("build"),
) -> None:
    """Execute chapters as a reader would and write the executed copies."""
    _backend.choose()
    from cgan_tutorial import _notebooks

    _require("papermill")
    pairs = [tuple(text.split("=", 1)) for text in parameter or []]
    parameters = _notebooks.read_parameters(pairs)
    found = _notebooks.find(chapter or [])
    for path in found:
        _notebooks.check_parameters(path, parameters)
        _notebooks.check_output(path, output)
    done = [_execute(path, output, parameters) for path in found]
    _print_executions(done, output)
    if any(execution.error for execution in done):
        raise typer.Exit(FAILED)


@app.command(
    epilog="Example: cgan-tutorial train vae --seconds 30 --output runs/vae",
)
def train(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL", help="autoencoder, denoiser, vae, gan, conditional-gan or cgan."
        ),
    ],
    output: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder for the run, made if missing.")
    ],
    data: Annotated[
        str, typer.Option(help="mnist-5k, mnist, fashion-mnist, digits-8x8 or folder:PATH.")
    ] = "mnist-5k",
    seconds: Annotated[
        float | None, typer.Option(help="Budget of time; 60 if no budget is given.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="Budget of passes over the data.")] = None,
    seed: Seed = 0,
    latent_dim: Annotated[int, typer.Option(help="Numbers in a latent vector.")] = 32,
    width: Annotated[int, typer.Option(help="Channels of the outermost feature maps.")] = 16,
    batch_size: Annotated[
        int | None, typer.Option(help="Images a step; the model's own number if none is given.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on after the run's last epoch.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace the run in DIR by a new one.")
    ] = False,
    count: Annotated[
        int | None,
        typer.Option("--processes", help="How many processes train this model together."),
    ] = None,
    process_id: Annotated[int | None, typer.Option(help="Which of them this is, from 0.")] = None,
    coordinator: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="Where process 0 listens.")
    ] = None,
    wait: Annotated[float, typer.Option(min=1, help="Seconds to wait for the others.")] = 60,
) -> None:
    """Train a model on digits, with a checkpoint after each epoch.

    With --processes, --process-id and --coordinator several processes, on one machine or on
    many, train it together; under Slurm and Kubernetes they find each other without.
    """
    from cgan_tutorial.distributed import processes, supervisor

    place = processes.place(count, process_id, coordinator, _backend.choose())
    processes.check_budget(place, epochs)
    if place.index == 0:
        _check_folder(output, resume, force)
    if not place.alone and (code := supervisor.run_as_child()) is not None:
        raise typer.Exit(code)
    processes.join(place, wait)
    import keras

    from cgan_tutorial import data as datasets
    from cgan_tutorial import devices, models, training

    digits = datasets.load(data)
    keras.utils.set_random_seed(seed)
    with devices.memory_errors_in_words(f"width {width}"):
        built = models.build(model, latent_dim, width)
    if seconds is None and epochs is None:
        seconds = 60
    budget = {"seconds": seconds, "epochs": epochs, "batch_size": batch_size}
    folder = {"output": output, "resume": resume, "force": force}
    with _ends_in_words(output):
        history = training.train(built, digits, seed=seed, **budget, **folder)
    if history.stopped == "nan":
        raise typer.Exit(FAILED)
    epochs_done = f"{history.epochs} epoch{'s' if history.epochs != 1 else ''}"
    if processes.first():
        typer.echo(f"{output} holds {model} after {epochs_done}")


@app.command(
    epilog="Example: cgan-tutorial sample runs/vae -n 100 --output samples.png",
)
def sample(
    run: Run,
    output: Annotated[Path, typer.Option(metavar="FILE", help="An .npz file or a .png picture.")],
    count: Annotated[int, typer.Option("-n", min=1, help="How many images.")] = 100,
    seed: Seed = 0,
    force: Overwrite = False,
) -> None:
    """Draw samples from a trained model."""
    from cgan_tutorial import image_files

    image_files.check_target(output, force)
    _check_memory(count)
    _backend.choose()
    from cgan_tutorial.training import checkpoints

    model, _ = checkpoints.load_run(run)
    image_files.write_images(output, model.sample(count, seed=seed))
    typer.echo(f"{output} holds {count} samples")


@app.command(
    epilog="Example: cgan-tutorial reconstruct runs/vae --input digits.npz --output again.npz",
)
def reconstruct(
    run: Run,
    source: Annotated[
        Path,
        typer.Option("--input", metavar="FILE", help="An .npz file with an array images."),
    ],
    output: Annotated[Path, typer.Option(metavar="FILE", help="An .npz file or a .png picture.")],
    force: Overwrite = False,
) -> None:
    """Encode and decode the images of a file."""
    from cgan_tutorial import image_files

    image_files.check_target(output, force)
    images = image_files.read_images(source)
    _backend.choose()
    from cgan_tutorial.training import checkpoints

    model, record = checkpoints.load_run(run)
    if not hasattr(model, "encode"):
        raise ValueError(
            f"a {record['model']} has no encoder, so it cannot reconstruct; "
            "give a run of autoencoder, denoiser, vae or cgan"
        )
    image_files.write_images(output, model.reconstruct(images))
    typer.echo(f"{output} holds {len(images)} reconstructions")


@app.command(epilog="Example: cgan-tutorial evaluate runs/vae")
def evaluate(run: Run, seed: Seed = 0) -> None:
    """Measure a trained model on test images that it has not seen."""
    _backend.choose()
    from cgan_tutorial.training import checkpoints

    model, record = checkpoints.load_run(run)
    table = Table(title=f"{run}: {record['model']} on {record['data']}")
    for heading in ("measure", "model", "real images"):
        table.add_column(heading, justify="left" if heading == "measure" else "right")
    for row in _measured(model, record, seed):
        table.add_row(*row)
    screen.print(table)


@app.command(epilog="Example: cgan-tutorial doctor")
def doctor() -> None:
    """Say whether the book runs on this machine, and what to do if not."""
    from cgan_tutorial import doctor as examination

    findings = examination.examine()
    colours = {"ok": "green", "warning": "yellow", "problem": "red"}
    table = Table(box=None, padding=(0, 1), show_header=False)
    for finding in findings:
        text = Text(finding.text)
        if finding.advice:
            text.append(f"\n{finding.advice}", style="bold")
        state = Text(finding.state, style=colours[finding.state])
        table.add_row(state, finding.subject, text)
    screen.print(table)
    problems = [finding for finding in findings if finding.state == "problem"]
    if problems:
        raise typer.Exit(FAILED)
    typer.echo("The book runs here.")


def _sentence(error: Exception) -> str | None:
    """What to tell the user; None for an error that is nobody's but the program's."""
    if hasattr(error, "format_message"):
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "cgan-tutorial"
        return f"{error.format_message().rstrip('.')}; see {command} --help"
    if isinstance(error, ValueError | RuntimeError | ImportError):
        return str(error) if _is_of_this_package(error) else None
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}; give a path that can be used"
    return None


def _is_of_this_package(error: Exception) -> bool:
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    return frame.f_globals.get("__name__", "").startswith("cgan_tutorial.")


def _join_pairs(args: list[str]) -> Iterator[str]:
    words = iter(args)
    for word in words:
        yield word
        if word == "-p":
            pair = list(islice(words, 2))
            if len(pair) < 2:
                raise ValueError("-p wants a name and a value, for example -p latent_dim 8")
            yield "=".join(pair)


def _require(module: str) -> None:
    if find_spec(module) is None:
        raise ImportError(
            f"{module} is not installed; run {sys.executable} -m pip install {module}"
        )


@contextmanager
def _ends_in_words(output: Path) -> Iterator[None]:
    """Leave a training that was cut short with a sentence and an exit code of its own."""
    from cgan_tutorial.distributed import processes, supervisor

    try:
        yield
    except processes.ProcessLostError:
        raise typer.Exit(supervisor.LOST) from None
    except KeyboardInterrupt:
        typer.echo(f"{output} holds the epochs before this one; go on by --resume", err=True)
        raise typer.Exit(INTERRUPTED) from None


def _check_folder(output: Path, resume: bool, force: bool) -> None:
    if resume and force:
        raise ValueError("--resume and --force are both given; give one of the two")
    if resume or force or not output.exists():
        return
    if not output.is_dir() or any(output.iterdir()):
        raise ValueError(
            f"{output} is not empty; choose another folder, go on with its run by "
            "--resume, or replace the run by --force"
        )


def _check_memory(count: int) -> None:
    from cgan_tutorial.devices import free_gib

    # Once in the batches, once as a whole, once compressed.
    needed, free = 3 * count * 28 * 28 * 4 / 2**30, free_gib()
    if needed > free:
        raise ValueError(
            f"{count} images need about {needed:.1f} GiB and {free:.1f} GiB are free; "
            "give a smaller -n"
        )


def _execute(chapter: Path, output: Path, parameters: dict[str, Any]) -> Execution:
    from cgan_tutorial import _notebooks

    silent = not sys.stderr.isatty()
    if silent:
        typer.echo(f"executing {chapter.stem}", err=True)
    columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    console = Console(stderr=True, markup=False)
    with Progress(*columns, console=console, transient=True, disable=silent) as progress:
        task = progress.add_task(chapter.stem, total=1.0)
        return _notebooks.execute(
            chapter,
            output,
            parameters,
            lambda share: progress.update(task, completed=share),
        )


def _print_executions(done: list[Execution], output: Path) -> None:
    table = Table()
    table.add_column("chapter")
    for heading in ("seconds", "peak memory, MiB"):
        table.add_column(heading, justify="right")
    table.add_column("result")
    for one in done:
        result = Text("failed", style="red") if one.error else Text("ok", style="green")
        table.add_row(one.chapter.stem, f"{one.seconds:.0f}", f"{one.peak_mib:.0f}", result)
    screen.print(table)
    for one in done:
        if one.error:
            copy = output / one.chapter.name
            typer.echo(f"{one.chapter.stem}, {one.error}; see {copy}", err=True)


def _measured(model: Any, record: dict, seed: int) -> Iterator[tuple[str, str, str]]:
    """Yield the rows of the table: measure, the model's value, that of real training images."""
    from cgan_tutorial import data, metrics

    if record["data"] not in data.available() and not record["data"].startswith(data.FOLDER):
        raise ValueError(
            f"this run's data are {record['data']}, without test images to measure on; "
            f"give a run trained on one of {', '.join(data.available())}"
        )
    images = data.load(record["data"])
    count = len(images.test)
    ours, real = metrics.evaluate_model(model, images, seed), {"memorization": 1.0}
    if "frechet" in ours:
        real |= metrics.evaluate_samples(images.train.images[:count], images.test.images)
    for name, (label, form) in MEASURES.items():
        if name in ours:
            theirs = format(real[name], form) if name in real else ""
            yield label.format(count), format(ours[name], form), theirs


def main() -> None:
    """Entry point of the command cgan-tutorial."""
    app(prog_name="cgan-tutorial")
