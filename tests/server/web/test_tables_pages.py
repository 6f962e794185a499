"""Datasets and models, from a dropped file to a verdict, in real Chromium over a real server."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.server.web.bed import Bed
from tests.server.web.test_look import found_here
from tests.watch import Watch

pytestmark = pytest.mark.browser
TRAINED_MS = 60_000


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """400 readings as they come from a German machine, each twentieth far off."""
    random = np.random.default_rng(1)
    path = tmp_path / "presse.csv"
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
    expect(page.locator("#facts")).to_contain_text("AUROC")
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


def test_two_models_are_compared(page: Page, empty_bed: Bed, table: Path) -> None:
    dataset = given(empty_bed, table)
    trained(empty_bed, dataset, label_column="is_anomaly", contamination=0.05)
    trained(empty_bed, dataset, label_column="is_anomaly", contamination=0.1)
    open_page(page, empty_bed, "/ui/models")
    for box in page.get_by_role("checkbox", name="Compare").all():
        box.check()
    page.get_by_role("button", name="Compare two").click()
    differs = page.locator("#comparison tr", has=page.locator("td.differs"))
    expect(differs.get_by_role("rowheader", name="Expected anomalies")).to_be_visible()
    expect(page.locator("#comparison tr", has_text="Algorithm").locator(".differs")).to_have_count(
        0
    )
    page.get_by_role("button", name="F1", exact=True).click()
    assert found_here(page) == []


def test_no_page_scrolls_sideways(page: Page, empty_bed: Bed, table: Path) -> None:
    dataset = given(empty_bed, table)
    model = trained(empty_bed, dataset)
    paths = [f"datasets?id={dataset}", f"models?train={dataset}", f"models/{model}"]
    for path in [*paths, "playground", "settings"]:
        open_page(page, empty_bed, f"/ui/{path}")
        for width in (1440, 1100, 720, 390):
            page.set_viewport_size({"width": width, "height": 844})
            assert page.evaluate("() => document.documentElement.scrollWidth") == width, path


def test_an_unknown_model_is_told(page: Page, empty_bed: Bed, watch: Watch) -> None:
    watch.allow("404 (Not Found)")
    open_page(page, empty_bed, "/ui/models/nobody")
    expect(page.locator("#problem")).to_contain_text("Model not found")
