"""Datasets and models, from a dropped file to a verdict, in real Chromium over a real server."""

from __future__ import annotations

import gzip
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from standout.server import log_ring
from tests.server.web.bed import Bed
from tests.server.web.test_look import found_here
from tests.watch import Watch

pytestmark = pytest.mark.browser
TRAINED_MS = 60_000


@dataclass(frozen=True)
class Tables:
    """A server with a dataset and two models of it; tests that change neither share it."""

    bed: Bed
    table: Path
    dataset: str
    model: str
    versioned: str


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tables]:
    """A model that misses some labelled rows, and one with two versions."""
    folder = tmp_path_factory.mktemp("tables")
    bed = Bed(folder / "data")
    bed.start()
    path = written(folder)
    dataset = given(bed, path)
    labelled = {"label_column": "is_anomaly"}
    model = trained(bed, dataset, contamination=0.03, **labelled)
    versioned = trained(bed, dataset, contamination=0.05, **labelled)
    asked = {"algorithm": "hbos", "contamination": 0.2, **labelled}
    bed.ask("POST", f"/models/{versioned}/retrain/{dataset}", asked, wait=60)
    yield Tables(bed, path, dataset, model, versioned)
    bed.stop()


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return written(tmp_path)


def written(folder: Path) -> Path:
    """400 readings as they come from a German machine, each twentieth far off."""
    random = np.random.default_rng(1)
    path = folder / "presse.csv"
    lines = ["Zeit;Druck;Temperatur;Ort;is_anomaly"]
    for row in range(400):
        odd = row % 20 == 19
        pressure = f"{random.normal(8, 0.2) + 3 * odd:.2f}".replace(".", ",")
        warmth = random.integers(60, 70) + 30 * odd
        time = f"2026-03-{1 + row // 96:02} {row % 96 // 4:02}:{row % 4 * 15:02}"
        lines.append(f"{time};{pressure};{warmth};{('Nord', 'Süd')[row % 2]};{int(odd)}")
    path.write_text("\n".join(lines) + "\n", encoding="cp1252")
    return path


def open_page(page: Page, bed: Bed, path: str) -> None:
    page.goto(bed.url + path)
    expect(page.locator("html")).to_have_attribute("data-ready", "1")


def given(bed: Bed, table: Path) -> str:
    """Upload the table without the page; return its id."""
    files = {"file": (table.name, table.read_bytes(), "text/csv")}
    reply = httpx2.post(f"{bed.url}/upload-dataset", files=files, timeout=60)
    assert reply.is_success, reply.text
    return str(reply.json()["dataset_id"])


def trained(bed: Bed, dataset: str, **asked: Any) -> str:
    answer = bed.ask("POST", f"/train/{dataset}", {"algorithm": "hbos", **asked}, wait=60)
    assert answer["state"] == "ready"
    return str(answer["model_id"])


def test_a_file_is_uploaded_profiled_and_discarded(page: Page, empty_bed: Bed, table: Path) -> None:
    open_page(page, empty_bed, "/ui/datasets")
    expect(page.locator("#drop")).to_contain_text("up to 100 MB")
    page.locator("#file").set_input_files(table)
    profile = page.locator("#profile")
    expect(profile.get_by_role("heading", name="presse.csv")).to_be_focused()
    expect(profile).to_contain_text("CSV, delimiter semicolon, cp1252, decimal comma")
    expect(profile.get_by_role("row", name=re.compile("^Druck number"))).to_be_visible()
    expect(profile.get_by_label("Column of times")).to_have_value("Zeit")
    expect(profile).to_contain_text("15 min")
    expect(page.locator("#rows tr")).to_have_count(1)
    page.reload()
    expect(profile.get_by_role("heading", name="presse.csv")).to_be_visible()
    assert found_here(page) == []
    profile.get_by_role("button", name="Discard").click()
    page.get_by_role("dialog").get_by_role("button", name="Discard").click()
    expect(page.locator("#meta")).to_have_text("No datasets yet.")
    assert empty_bed.ask("GET", "/datasets")["datasets"] == []


def test_what_cannot_be_read_is_told_and_can_be_sent_again(
    page: Page, empty_bed: Bed, tmp_path: Path, watch: Watch
) -> None:
    watch.allow("422 (Unprocessable")
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("a,b\n1,2\n3\n")
    open_page(page, empty_bed, "/ui/datasets")
    page.locator("#file").set_input_files(wrong)
    failed = page.locator("#uploads li.failed")
    expect(failed.get_by_role("alert")).to_contain_text("3")
    expect(failed.get_by_role("button", name="Try again")).to_be_visible()
    failed.get_by_role("button", name="Dismiss").click()
    expect(page.locator("#uploads li")).to_have_count(0)


def test_an_upload_is_cancelled(page: Page, tables: Tables, tmp_path: Path) -> None:
    large = tmp_path / "large.csv"
    large.write_text("a,b\n" + "1234567,7654321\n" * 60_000)
    open_page(page, tables.bed, "/ui/datasets")
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 60_000}
    network.send("Network.emulateNetworkConditions", slow)
    page.locator("#file").set_input_files(large)
    row = page.locator("#uploads li")
    expect(row.get_by_role("progressbar", name="Upload of large.csv")).to_be_visible()
    expect(row).to_contain_text(re.compile(r"of 960 kB, .* a second"))
    row.get_by_role("button", name="Cancel").click()
    expect(row).to_have_count(0)
    names = [one["filename"] for one in tables.bed.ask("GET", "/datasets")["datasets"]]
    assert "large.csv" not in names


def test_a_model_is_trained_asked_and_trained_again(
    page: Page, empty_bed: Bed, table: Path
) -> None:
    given(empty_bed, table)
    open_page(page, empty_bed, "/ui/datasets")
    page.get_by_role("button", name="presse.csv").click()
    page.get_by_role("link", name="Train on this").click()
    form = page.locator("#training")
    expect(form.get_by_label("Column of labels")).to_have_value("is_anomaly")
    expect(form.get_by_label("is_anomaly", exact=True)).not_to_be_checked()
    form.locator("#train-algorithm").select_option("hbos")
    expect(form).to_contain_text("Values that are rare in their feature are anomalous.")
    form.get_by_label("Expected anomalies").fill("0.05")
    expect(form.locator(".estimate")).to_contain_text("learns from 400 rows")
    form.get_by_text("Advanced").click()
    form.get_by_label("Bins").fill("1")
    expect(form.get_by_text("At least 2 is wanted.")).to_be_visible()
    form.get_by_label("Bins").fill("12")
    form.get_by_role("button", name="Train", exact=True).click()
    page.get_by_role("button", name="Open").click(timeout=TRAINED_MS)
    expect(page.locator("#chip")).to_have_text("version 1 predicts")
    expect(page.locator("#facts")).to_contain_text("Area under the ROC curve")
    ask = page.locator("#try")
    ask.get_by_label("Druck").fill("11.5")
    ask.get_by_label("Temperatur").fill("99")
    ask.get_by_role("button", name="Score it").click()
    expect(page.locator("#verdict")).to_contain_text("An anomaly: 0.6 or more")
    expect(page.locator("#verdict meter").first).to_be_visible()
    assert found_here(page) == []


def test_a_version_is_rolled_back_and_a_model_deleted(
    page: Page, empty_bed: Bed, table: Path
) -> None:
    dataset = given(empty_bed, table)
    model = trained(empty_bed, dataset, contamination=0.05)
    open_page(page, empty_bed, f"/ui/models/{model}")
    page.get_by_role("button", name="Retrain").click()
    form = page.locator("#training")
    form.get_by_label("Expected anomalies").fill("0.2")
    form.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator("#chip")).to_have_text("version 2 predicts", timeout=TRAINED_MS)
    expect(page.locator("#versions tr").first).to_contain_text("contamination: 0.05 → 0.2")
    page.get_by_role("button", name="Roll back").click()
    expect(page.locator("#chip")).to_have_text("version 1 predicts")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.locator("#empty")).to_contain_text("No models yet")
    assert empty_bed.ask("GET", "/models")["models"] == []


def test_the_threshold_is_moved_by_keys_and_by_the_curve(page: Page, tables: Tables) -> None:
    open_page(page, tables.bed, f"/ui/models/{tables.model}")
    handle = page.get_by_role("slider", name="Threshold")
    facts = page.locator("#threshold .facts")
    told = tables.bed.ask("GET", f"/models/{tables.model}")["training_stats"]
    assert told["recall"] < 0.9
    expect(handle).to_have_attribute("aria-valuetext", re.compile("^Score 0.60: Precision "))
    expect(facts).to_contain_text(f"{told['recall']:.2f}")
    expect(page.locator("#threshold-shown")).to_have_text(
        "measured on 400 labelled rows, 20 of them anomalous"
    )
    back = page.get_by_role("button", name="Back to 0.6")
    expect(back).to_be_disabled()
    handle.focus()
    page.keyboard.press("Home")
    expect(facts).to_contain_text("20 of 20")
    expect(facts).to_contain_text("20 of 400")
    assert found_here(page) == []
    back.click()
    expect(facts).to_contain_text(f"{told['recall']:.2f}")
    curve = page.get_by_role("img", name=re.compile("^Precision over recall: average precision"))
    box = curve.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] - 14, box["y"] + 60)
    expect(facts).to_contain_text("20 of 20")
    assert ink(page, "#threshold .histogram canvas")
    expect(page.locator("#importance meter").first).to_be_visible()


def test_a_threshold_becomes_a_version_that_flags_so_many(page: Page, tables: Tables) -> None:
    counts = tables.bed.ask("GET", f"/models/{tables.model}/measures")["training"]
    flagged = np.cumsum(counts[::-1])[::-1]
    place = int(np.flatnonzero(flagged <= 100)[0])
    open_page(page, tables.bed, f"/ui/models/{tables.model}")
    page.get_by_role("slider", name="Threshold").fill(str(place))
    page.get_by_role("button", name="Train a version that flags so many").click()
    share = page.locator("#training").get_by_label("Expected anomalies")
    expect(share).to_have_value(str(float(f"{flagged[place] / 400:.3g}")))


def test_a_dataset_is_scored_by_a_model_and_downloaded(page: Page, tables: Tables) -> None:
    scores = f"/models/{tables.model}/scores/{tables.dataset}"
    flagged = tables.bed.ask("GET", scores)["anomaly_count"]
    open_page(page, tables.bed, f"/ui/datasets?id={tables.dataset}")
    page.get_by_role("button", name="Score with a model").click()
    assert found_here(page) == []
    page.get_by_role("dialog").get_by_role("link", name=tables.model).click()
    scored = page.locator("#scored")
    expect(scored).to_contain_text("of 400 are flagged")
    lane = scored.get_by_role("img", name=f"Score: scores of 400 rows, {flagged} of them flagged")
    lane.focus()
    page.keyboard.press("ArrowRight")
    expect(scored.locator(".tip")).to_contain_text("2026-03-01 00:00:00 UTC")
    expect(page.locator("#say")).to_contain_text("2026-03-01 00:00:00 UTC")
    assert ink(page, "#scored canvas")
    expect(scored.locator("tbody tr")).to_have_count(10)
    with page.expect_download() as coming:
        scored.get_by_role("link", name="Download CSV").click()
    lines = Path(coming.value.path()).read_text("utf-8").splitlines()
    assert coming.value.suggested_filename == "presse.scored.csv"
    assert lines[0] == "Zeit,Druck,Temperatur,Ort,is_anomaly,score,is_anomaly_,severity"
    assert sum(line.split(",")[6] == "true" for line in lines[1:]) == flagged


def test_a_file_is_scored_on_the_page_of_a_model(
    page: Page, tables: Tables, tmp_path: Path, watch: Watch
) -> None:
    watch.allow("422 (Unprocessable")
    open_page(page, tables.bed, f"/ui/models/{tables.model}")
    scored = page.locator("#scored")
    fresh = tmp_path / "april.csv"
    lines = tables.table.read_text(encoding="cp1252").replace("2026-03", "2026-04").splitlines()
    fresh.write_text("\n".join(lines[:51]) + "\n")
    scored.locator("input[type=file]").set_input_files(fresh)
    expect(scored).to_contain_text("of 50 are flagged")
    expect(scored.get_by_label("Dataset").locator("option:checked")).to_have_text("april.csv")
    other = tmp_path / "other.csv"
    other.write_text("a,b\n" + "1,2\n" * 20)
    scored.locator("input[type=file]").set_input_files(other)
    expect(scored.get_by_role("alert")).to_contain_text("The model wants")
    assert found_here(page) == []


def test_two_models_are_compared(page: Page, tables: Tables) -> None:
    open_page(page, tables.bed, "/ui/models")
    for box in page.get_by_role("checkbox", name="Compare").all():
        box.check()
    page.get_by_role("button", name="Compare two").click()
    compared = page.locator("#comparison")
    expect(compared.get_by_role("heading", name="Compared")).to_be_focused()
    expect(compared.get_by_role("rowheader", name="Expected anomalies")).to_be_visible()
    expect(compared.get_by_role("rowheader", name="Algorithm")).to_have_count(0)
    expect(compared).to_contain_text("The same in both: algorithm, ")
    curves = compared.get_by_role("img", name=re.compile("^Precision over recall of"))
    expect(curves).to_be_visible()
    expect(compared.locator("meter")).to_have_count(10)
    lanes = compared.get_by_role("img", name=re.compile("scores of 400 rows"))
    expect(lanes).to_have_count(2)
    lanes.first.focus()
    page.keyboard.press("ArrowRight")
    alarms = compared.get_by_role("region", name="Alarms on these rows")
    stored = tables.bed.ask("GET", f"/models/{tables.model}/scores/{tables.dataset}")["events"]
    found = alarms.get_by_role("row", name="Events found").get_by_role("cell").last
    expect(found).to_have_text(f"{stored['found']} of {stored['events']}")
    expect(alarms.get_by_role("row", name="False alarms a day")).to_be_visible()
    expect(alarms.get_by_role("row", name="Scoring")).to_contain_text("µs a row")
    tip = compared.locator(".tip")
    expect(tip).to_contain_text("Histogram score (HBOS) A")
    expect(tip).to_contain_text("Histogram score (HBOS) B")
    page.get_by_role("button", name="F1", exact=True).click()
    assert found_here(page) == []


def test_two_versions_are_compared(page: Page, tables: Tables) -> None:
    open_page(page, tables.bed, f"/ui/models/{tables.versioned}")
    page.get_by_role("button", name="Compare version 1 with the one that predicts").click()
    compared = page.locator("#comparison")
    expect(compared.get_by_role("img", name=re.compile("^Version 2: scores of"))).to_be_visible()
    expect(compared).to_contain_text("The same in both")
    assert found_here(page) == []


def test_a_training_is_cancelled_on_the_page(page: Page, tables: Tables) -> None:
    open_page(page, tables.bed, f"/ui/models?train={tables.dataset}")
    form = page.locator("#training")
    expect(form.locator(".estimate")).to_contain_text("learns from 400 rows")
    form.get_by_role("button", name="Train", exact=True).click()
    expect(form.get_by_role("progressbar", name="Progress")).to_be_visible()
    log_ring.listen()
    job = tables.bed.ask("GET", "/jobs", kind="train")["jobs"][0]["id"]
    line = {"event": "job", "level": "info", "stage": "fit", "job": job, "subject": "m"}
    for other in ({"job": "another", "stage": "read"}, {}):
        logging.getLogger("standout").warning({**line, **other})
    told = form.get_by_role("list", name="Newest lines of its log").get_by_role("listitem")
    expect(told).to_have_text(re.compile(r"^\d\d:\d\d:\d\d\.\d{3} job stage=fit$"))
    form.get_by_role("button", name="Cancel").click()
    expect(page.locator(".toast")).to_contain_text("The training was cancelled; nothing was kept.")
    assert len(tables.bed.ask("GET", "/models")["models"]) == 2


def test_a_training_that_fails_says_why(page: Page, tables: Tables) -> None:
    open_page(page, tables.bed, f"/ui/models?train={tables.dataset}")
    form = page.locator("#training")
    form.get_by_label("Column of labels").select_option("Ort")
    form.get_by_role("button", name="Train", exact=True).click()
    problem = form.get_by_role("alert").filter(has_text="Ort")
    expect(problem).to_contain_text("holds 0 and 1, got 'Nord'", timeout=TRAINED_MS)
    expect(problem.get_by_role("link", name="What the log says")).to_be_visible()
    expect(form.get_by_role("button", name="Train", exact=True)).to_be_enabled()
    assert found_here(page) == []


def test_a_model_in_training_shows_itself_once_it_is_ready(page: Page, tables: Tables) -> None:
    path = f"/train/{tables.dataset}"
    answer = tables.bed.ask("POST", path, {"algorithm": "hbos"}, wait=0)
    model = answer["model_id"]
    open_page(page, tables.bed, f"/ui/models/{model}")
    expect(page.locator("#chip")).to_have_text("in training")
    expect(page.locator("#scored")).to_be_hidden()
    assert found_here(page) == []
    expect(page.locator("#chip")).to_have_text("version 1 predicts", timeout=TRAINED_MS)
    expect(page.locator("#scored")).to_contain_text("of 400 are flagged")
    tables.bed.ask("DELETE", f"/models/{model}")


def test_the_shapes_of_columns_are_drawn(page: Page, tables: Tables) -> None:
    open_page(page, tables.bed, f"/ui/datasets?id={tables.dataset}")
    for name in ("How the values of Druck are spread", "The values of Druck from the first row"):
        assert page.get_by_role("img", name=name).evaluate(INK)
    expect(page.get_by_role("row", name=re.compile("^Ort text"))).to_contain_text("Nord 50 %")


def test_a_model_is_backtested(page: Page, tables: Tables) -> None:
    open_page(page, tables.bed, f"/ui/models/{tables.model}")
    box = page.locator("#backtest")
    box.get_by_role("button", name="Run a backtest").click()
    strips = box.get_by_role("img", name=re.compile(r"^Fold \d: .* rows flagged after"))
    expect(strips).to_have_count(5, timeout=TRAINED_MS)
    expect(box.get_by_role("row").nth(1)).to_contain_text("of 67")
    assert strips.first.evaluate(INK)
    assert found_here(page) == []
    page.reload()
    expect(strips).to_have_count(5)


def test_a_page_without_its_server_says_so_and_goes_on(
    page: Page, tables: Tables, watch: Watch
) -> None:
    watch.allow("ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE")
    open_page(page, tables.bed, "/ui/datasets")
    tables.bed.stop()
    page.get_by_role("button", name="presse.csv").click()
    problem = page.get_by_role("alert")
    expect(problem).to_contain_text("The server cannot be reached.")
    expect(problem).to_contain_text("Asking again until it answers.")
    tables.bed.start()
    expect(page.locator("#profile").get_by_role("heading", name="presse.csv")).to_be_visible()
    expect(page.locator("#problem")).to_be_hidden()


def test_the_first_load_is_small(tables: Tables) -> None:
    names = ["datasets", "models", f"models/{tables.model}", "playground", "settings"]
    with httpx2.Client(base_url=tables.bed.url, headers={"Accept-Encoding": "gzip"}) as client:
        for name in names:
            page = client.get(f"/ui/{name}", headers={"Accept": "text/html"})
            files = set(re.findall(r'(?:src|href)="(/ui/static/[^"]+)"', page.text))
            total = len(gzip.compress(page.content, mtime=0))
            for file in files - set(re.findall(r'"(/ui/static/[^"]*LICENSE[^"]*)"', page.text)):
                total += int(client.get(file).headers["content-length"])
            assert total < 110_000, (name, total)


INK = "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((x) => x > 0)"


def ink(page: Page, selector: str) -> bool:
    """Whether anything is drawn on a canvas."""
    return bool(page.locator(selector).first.evaluate(INK))


def test_pages_before_the_first_table(page: Page, empty_bed: Bed) -> None:
    open_page(page, empty_bed, "/ui/datasets")
    expect(page.locator("#meta")).to_have_text("No datasets yet.")
    expect(page.get_by_role("button", name="Choose files")).to_be_visible()
    assert found_here(page) == []
    open_page(page, empty_bed, "/ui/models")
    expect(page.get_by_role("heading", name="No models yet")).to_be_visible()
    assert found_here(page) == []
    page.get_by_role("button", name="Train a model").click()
    expect(page.locator("#training")).to_contain_text("Upload a dataset first")


def test_targets_are_large_enough_for_a_finger(page: Page, tables: Tables) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    named = f"datasets?id={tables.dataset}", f"models?train={tables.dataset}"
    for path in (*named, f"models/{tables.versioned}", "playground", "settings"):
        open_page(page, tables.bed, f"/ui/{path}")
        small = page.evaluate(
            """() => [...document.querySelectorAll('main .btn:not(.small), select, main input')]
              .filter((e) => e.offsetParent && !e.closest('label.check') && e.type !== 'file')
              .filter((e) => e.type !== 'checkbox' && e.getBoundingClientRect().height < 39.5)
              .map((e) => e.outerHTML)"""
        )
        assert small == [], path


def test_no_page_scrolls_sideways(page: Page, tables: Tables) -> None:
    named = f"datasets?id={tables.dataset}", f"models?train={tables.dataset}"
    paths = [*named, f"models/{tables.versioned}"]
    for path in [*paths, "playground", "settings"]:
        open_page(page, tables.bed, f"/ui/{path}")
        for width in (1440, 1100, 720, 390):
            page.set_viewport_size({"width": width, "height": 844})
            assert page.evaluate("() => document.documentElement.scrollWidth") == width, path


def test_an_unknown_model_is_told(page: Page, empty_bed: Bed, watch: Watch) -> None:
    watch.allow("404 (Not Found)")
    open_page(page, empty_bed, "/ui/models/nobody")
    expect(page.locator("#problem")).to_contain_text("Model not found")
