"""Data of one's own, as people have them: tables, arrays and images, sound unless a fault is planted."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image
from sklearn.datasets import load_breast_cancer, load_digits


def patients(rows: int = 569) -> pd.DataFrame:
    """Return a table with numbers, two nominal columns, missing values, identifiers and a constant."""
    data, random = load_breast_cancer(as_frame=True), np.random.default_rng(0)
    frame = data.frame.iloc[:rows, :8].rename(columns=lambda name: name.replace(" ", "_"))
    benign = data.target.to_numpy()[:rows].astype(bool)
    frame["patient"] = [f"P{number:05}" for number in range(rows)]
    frame["visit"] = np.arange(1000, 1000 + rows)
    frame["hospital"] = random.choice(["Northside", "St. Mary", "County, General"], rows)
    kinds = ["high", "medium", "low"]
    frame["grade"] = np.where(benign, random.choice(kinds, rows, p=[0.1, 0.3, 0.6]), random.choice(kinds, rows))
    frame["country"] = "Utopia"
    frame["diagnosis"] = np.where(benign, "benign", "malignant")
    for name in ("mean_texture", "mean_area", "hospital"):
        frame.loc[random.random(rows) < 0.08, name] = None
    return frame


def table(folder: Path, frame: pd.DataFrame | None = None, name: str = "patients.csv") -> Path:
    """Write a table and return its path."""
    path, frame = folder / name, patients() if frame is None else frame
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_csv(path, index=False, sep="\t" if path.suffix == ".tsv" else ",")
    return path


def arrays(folder: Path, **changed: Any) -> Path:
    """Write digits as an .npz file, with some of its arrays changed, None to leave one out; return its path."""
    digits = load_digits()
    stated = {"x": digits.images.astype(np.float32), "y": digits.target, **changed}
    np.savez(folder / "digits.npz", **{key: value for key, value in stated.items() if value is not None})
    return folder / "digits.npz"


def images(folder: Path, rows: int = 400, colours: bool = False) -> Path:
    """Write digits as PNG files in class folders; return the folder of these."""
    digits = load_digits()
    for number, (pixels, label) in enumerate(zip(digits.images[:rows], digits.target[:rows], strict=True)):
        place = folder / "digits" / f"digit {label}"
        place.mkdir(parents=True, exist_ok=True)
        image = Image.fromarray((pixels * 15.9).astype(np.uint8))
        (image.convert("RGB") if colours else image).save(place / f"{number:04}.png")
    return folder / "digits"
