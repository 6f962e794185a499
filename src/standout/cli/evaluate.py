"""`standout evaluate`: how well detectors find what people have labelled."""

from __future__ import annotations

import json as json_text
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from standout.cli.options import VALUE_COLUMN, WINDOW

if TYPE_CHECKING:
    from standout.evaluation.contenders import Contender
    from standout.evaluation.figures import FamilyFigures

TABULAR = "tabular"

_CACHE = Path("~/.cache/standout/scores")
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("target", default="all", metavar="[TARGET]")
@click.option(
    "--detector",
    "detectors",
    multiple=True,
    metavar="NAME",
    help="Detector or peer; may be given again.  [default: all]",
)
@WINDOW
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    envvar="STANDOUT_DATA",
    show_envvar=True,
    help="Folder of labelled series, or a checkout of the NAB repository.",
)
@click.option("--label-column", default="label", metavar="NAME", help="Labels of a file.")
@VALUE_COLUMN
@click.option("--scores-dir", type=_FOLDER, help="Write the scores as NAB's scorer reads them.")
@click.option("--plot", type=_FOLDER, help="Draw the ten worst misses and false alarms.")
@click.option("--json", is_flag=True, help="Answer in JSON, with the figures on each series.")
@click.option("--cache", type=_FOLDER, default=_CACHE, help="Where scores are kept.")
@click.option("--jobs", type=click.IntRange(1), default=2, help="Processes for slow ones.")
def evaluate(
    *,
    target: str,
    detectors: tuple[str, ...],
    window: int,
    data: Path | None,
    label_column: str,
    value_column: str | None,
    scores_dir: Path | None,
    plot: Path | None,
    json: bool,
    cache: Path,
    jobs: int,
) -> None:
    """Measure detectors on labelled series.

    TARGET is a family of series (nab, aiops, mgab, svdb, msl, smap, clean), one of several
    channels (smd, asd, skab, msl-channels, smap-channels), those that TSB-AD measured too
    (linked, linked-channels), "all" of them, or a CSV file of your own with a column of labels.
    Each value is scored before it is learnt, except by detectors of whole series (auto and its
    members), which see all of it. "tabular" measures the algorithms of models, on labelled
    tables, instead.
    """
    if target.lower() == TABULAR:
        from standout.cli.evaluation_tabular import evaluate_tables

        evaluate_tables(data, detectors, json=json)
        return
    from standout.cli import evaluation_tables
    from standout.cli.evaluation_json import as_json
    from standout.cli.evaluation_output import Outputs
    from standout.cli.evaluation_progress import EvaluationProgress
    from standout.cli.evaluation_targets import ALL, read_target
    from standout.evaluation.run import Evaluation
    from standout.evaluation.score_cache import ScoreCache

    contenders = _contenders(detectors, window)
    families = read_target(target, data, label_column=label_column, value_column=value_column)
    if data is None and target.lower() == ALL:
        click.echo("No data folder is named; only the clean series that are made here.", err=True)
    outputs = Outputs(scores_dir, plot)
    evaluation = Evaluation(contenders, ScoreCache(cache.expanduser()), jobs=jobs)
    measured: list[FamilyFigures] = []
    with EvaluationProgress() as progress:
        for series in progress.families(families, len(contenders)):
            for figures, scores in evaluation.family(series, progress.scored):
                outputs.take(figures, series, scores)
                measured.append(figures)
    if json:
        click.echo(json_text.dumps(as_json(measured, data), indent=2, allow_nan=False))
    else:
        evaluation_tables.show(measured, data)
    for line in outputs.finish():
        click.echo(line, err=True)


def _contenders(names: Sequence[str], window: int) -> list[Contender]:
    from standout.evaluation import contenders

    if not names:
        for name in contenders.missing():
            click.echo(f"{name} is left out: its library is not installed.", err=True)
    chosen = dict.fromkeys(names or contenders.names())
    return [contenders.contender(name, window=window) for name in chosen]
