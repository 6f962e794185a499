"""`standout stream`: send a file to a server, observation by observation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from standout.cli.options import FILE, VALUE_COLUMN, WINDOW

if TYPE_CHECKING:
    from standout.cli.progress import StreamProgress
    from standout.client.journal import Journal
    from standout.client.replay import Tally
    from standout.client.stream import StreamClient
    from standout.readers.table import TimedTable


@click.command()
@FILE
@click.option("--client-id", required=True, help="Id of the stream.")
@WINDOW
@click.option("--url", default="http://127.0.0.1:8000", help="Server: http, https, ws or wss.")
@click.option(
    "--rate",
    type=click.FloatRange(min=0, min_open=True),
    help="Observations a second.  [default: as fast as answered]",
)
@click.option(
    "--log-dir",
    type=click.Path(path_type=Path),
    default=Path("logs"),
    help="Folder for the messages that are sent and received.",
)
@VALUE_COLUMN
@click.option(
    "--retry-for",
    type=click.FloatRange(min=0),
    default=60.0,
    metavar="SECONDS",
    help="Give up after so long without an answer.",
)
def stream(
    *,
    file: Path,
    client_id: str,
    window: int,
    url: str,
    rate: float | None,
    log_dir: Path,
    value_column: str | None,
    retry_for: float,
) -> None:
    """Stream the CSV file FILE to a server, in order of time.

    Where the connection is lost it goes on after it. To send a file once more is safe: what the
    server has already, it answers and does not count again.
    """
    import asyncio

    from standout.cli.progress import StreamProgress
    from standout.client.journal import Journal
    from standout.client.stream import StreamClient
    from standout.readers.csv import read_csv

    table = read_csv(file, value_column=value_column).timed()
    journal = Journal(log_dir, client_id)
    with StreamProgress(client_id, len(table)) as progress:
        client = StreamClient(
            url,
            client_id,
            window=window,
            journal=journal,
            retry_for_s=retry_for,
            on_retry=progress.retrying,
        )
        tally = asyncio.run(_replay(client, journal, table, rate, progress))
    click.echo(f"{client_id}: {_summary(tally, client.reconnects)}, {progress.elapsed_s:.1f} s")
    click.echo(f"Journal: {journal.path}")
    if tally.first_refusal:
        click.echo(f"The first refusal: {tally.first_refusal}", err=True)


async def _replay(
    client: StreamClient,
    journal: Journal,
    table: TimedTable,
    rate: float | None,
    progress: StreamProgress,
) -> Tally:
    from standout.client.replay import replay

    order = table.order()
    timestamps = [table.timestamps[row] for row in order.tolist()]
    values = table.values[order].tolist()
    async with journal:
        return await replay(client, timestamps, values, rate=rate, on_progress=progress.answered)


def _summary(tally: Tally, reconnects: int) -> str:
    counts = {
        "sent": tally.sent,
        "answered": tally.answered,
        "anomalies": tally.anomalies,
        "late": tally.late,
        "refused": tally.refused,
        "reconnects": reconnects,
    }
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())
