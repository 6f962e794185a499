"""The program `standout`: its commands, and how it ends."""

from __future__ import annotations

import click

from standout import __version__
from standout.cli.demo import demo
from standout.cli.detect import detect
from standout.cli.evaluate import evaluate
from standout.cli.serve import serve
from standout.cli.simulate import simulate
from standout.cli.stream import stream
from standout.cli.train import train
from standout.errors import StandoutError

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it: 128 and the number of the signal."""


class Program(click.Group):
    """A group whose commands tell of their errors in one line."""

    def invoke(self, ctx: click.Context) -> object:
        """Run a command: 1 after an error of ours, 130 after Ctrl-C; click has 2 for wrong use."""
        try:
            return super().invoke(ctx)
        except StandoutError as error:
            raise click.ClickException(str(error)) from None
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)


@click.group(
    cls=Program,
    commands=[serve, demo, stream, detect, simulate, train, evaluate],
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True},
)
@click.version_option(__version__, message="%(prog)s %(version)s")
def program() -> None:
    """Find what stands out in numbers: in files and in live streams."""


def main() -> None:
    """Run the command line."""
    program(prog_name="standout")
