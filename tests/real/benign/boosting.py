"""xgboost, lightgbm and catboost: pickles, joblib and the libraries' own files."""

from __future__ import annotations

import pickle

import catboost
import joblib
import lightgbm
import numpy
import xgboost

from .shelf import Shelf


def models() -> dict[str, object]:
    """Small fitted models of each library."""
    draw = numpy.random.default_rng(6)
    features = numpy.round(draw.normal(size=(60, 4)), 3)
    classes = (features[:, 0] > 0).astype(int)
    numbers = features @ numpy.array([1.0, 2.0, 0.5, -1.0])
    groups = numpy.full(6, 10)
    quiet = {"verbose": -1, "n_jobs": 1, "random_state": 0, "n_estimators": 3}
    cat = {"iterations": 3, "verbose": 0, "thread_count": 1, "allow_writing_files": False, "random_seed": 0}
    trees = {"n_estimators": 3, "n_jobs": 1, "random_state": 0, "max_depth": 2}
    matrix = xgboost.DMatrix(features, classes)
    return {
        "xgb-classifier": xgboost.XGBClassifier(**trees).fit(features, classes),
        "xgb-regressor": xgboost.XGBRegressor(**trees).fit(features, numbers),
        "xgb-ranker": xgboost.XGBRanker(**trees).fit(features, classes, group=groups),
        "xgb-forest": xgboost.XGBRFClassifier(**trees).fit(features, classes),
        "xgb-booster": xgboost.train({"max_depth": 2, "nthread": 1}, matrix, 2),
        "lgbm-classifier": lightgbm.LGBMClassifier(**quiet).fit(features, classes),
        "lgbm-regressor": lightgbm.LGBMRegressor(**quiet).fit(features, numbers),
        "lgbm-ranker": lightgbm.LGBMRanker(**quiet).fit(features, classes, group=groups),
        "lgbm-booster": lightgbm.train({"verbose": -1, "num_threads": 1}, lightgbm.Dataset(features, classes), 2),
        "catboost-classifier": catboost.CatBoostClassifier(**cat).fit(features, classes),
        "catboost-regressor": catboost.CatBoostRegressor(**cat).fit(features, numbers),
    }


def make(shelf: Shelf) -> None:
    """Writes pickles in two protocols, joblib, and native files."""
    fitted = models()
    for position, (name, model) in enumerate(sorted(fitted.items())):
        for protocol in (2 + position % 2, 4 + position % 2):
            path = shelf.file("boosting-pickle", f"{name}-p{protocol}", f"{name}.pkl")
            path.write_bytes(pickle.dumps(model, protocol))
        joblib.dump(model, shelf.file("boosting-joblib", name, f"{name}.joblib"), compress=position % 4)
    for suffix in ("json", "ubj"):
        fitted["xgb-booster"].save_model(shelf.file("boosting-native", f"xgboost-{suffix}", f"model.{suffix}"))
    fitted["lgbm-booster"].save_model(shelf.file("boosting-native", "lightgbm-text", "model.txt"))
    for suffix in ("cbm", "json"):
        path = shelf.file("boosting-native", f"catboost-{suffix}", f"model.{suffix}")
        fitted["catboost-classifier"].save_model(str(path), format=suffix)
