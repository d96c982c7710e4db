"""Boosted trees in the libraries' own files: every objective and booster, every form, and as other programs' formats."""

from __future__ import annotations

import json

import catboost
import lightgbm
import numpy
import pandas
import treelite
import xgboost

from .shelf import Shelf

XGBOOST = {
    "squared": {"objective": "reg:squarederror"}, "logistic": {"objective": "binary:logistic"}, "softmax": {"objective": "multi:softprob", "num_class": 3},
    "poisson": {"objective": "count:poisson"}, "gamma": {"objective": "reg:gamma"}, "tweedie": {"objective": "reg:tweedie"}, "quantile": {"objective": "reg:quantileerror", "quantile_alpha": 0.5},
    "dart": {"booster": "dart", "rate_drop": 0.1}, "linear": {"booster": "gblinear"}, "huber": {"objective": "reg:pseudohubererror"}, "absolute": {"objective": "reg:absoluteerror"},
    "forest": {"num_parallel_tree": 3, "subsample": 0.5}, "leaves": {"grow_policy": "lossguide", "max_leaves": 4}, "monotone": {"monotone_constraints": "(1,0,0,-1)"}, "rank": {"objective": "rank:ndcg"},
    "survival": {"objective": "survival:cox"}, "hinge": {"objective": "binary:hinge"},
}
LIGHTGBM = {
    "regression": {"objective": "regression"}, "binary": {"objective": "binary"}, "multiclass": {"objective": "multiclass", "num_class": 3}, "dart": {"boosting": "dart"},
    "forest": {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5}, "linear-tree": {"linear_tree": True}, "quantile": {"objective": "quantile"}, "poisson": {"objective": "poisson"},
    "huber": {"objective": "huber"}, "entropy": {"objective": "cross_entropy"}, "goss": {"data_sample_strategy": "goss"}, "extra": {"extra_trees": True}, "constrained": {"monotone_constraints": [1, 0, 0, -1]},
}
CATBOOST = {"logloss": "Logloss", "rmse": "RMSE", "mae": "MAE", "multi": "MultiClass", "poisson": "Poisson", "quantile": "Quantile:alpha=0.3", "one-all": "MultiClassOneVsAll"}
FORMS = {"cbm": "cbm", "json": "json", "onnx": "onnx", "coreml": "mlmodel", "cpp": "cpp", "python": "py", "pmml": "pmml"}


def table() -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
    """Features, three classes, positive numbers."""
    draw = numpy.random.default_rng(12)
    features = numpy.round(draw.normal(size=(80, 4)), 3)
    return features, (features[:, 0] > 0).astype(int) + (features[:, 1] > 0), numpy.abs(features @ numpy.array([1.0, 2.0, 0.5, -1.0])) + 0.1


def target(name: str) -> numpy.ndarray:
    """What fits the objective."""
    _, classes, numbers = table()
    if name in ("logistic", "binary", "hinge", "logloss", "entropy", "rank"):
        return (classes > 0).astype(int)
    return classes if name in ("softmax", "multiclass", "multi", "one-all") else numbers


def xgboost_files(shelf: Shelf) -> None:
    """JSON and UBJSON, dumps, with names, categories and attributes."""
    features, _, _ = table()
    for position, (name, settings) in enumerate(XGBOOST.items()):
        matrix = xgboost.DMatrix(features, target(name), feature_names=["a", "b", "c", "d"] if position % 2 else None)
        if name == "rank":
            matrix.set_group([20] * 4)
        booster = xgboost.train({"max_depth": 2, "nthread": 1, "seed": 0, **settings}, matrix, 3)
        booster.set_attr(note="trained for tests", best_iteration="2")
        for form in ("json", "ubj"):
            booster.save_model(shelf.file("xgboost", f"{name}-{form}", f"model.{form}"))
        if name == "softmax":
            for form in ("json", "text", "dot"):
                booster.dump_model(shelf.file("xgboost-dump", form, f"dump.{form}"), dump_format=form, with_stats=True)
            shelf.file("xgboost-dump", "config", "config.json").write_text(booster.save_config(), encoding="utf-8")
            shelf.file("xgboost-dump", "serialized", "booster.bin").write_bytes(booster.save_raw("ubj"))
            treelite.frontend.from_xgboost(booster).serialize(str(shelf.file("treelite", name, "model.tl")))
    frame = pandas.DataFrame({"kind": pandas.Categorical(["cat", "dog"] * 40), "x": features[:, 0]})
    xgboost.XGBRegressor(n_estimators=2, enable_categorical=True, n_jobs=1).fit(frame, table()[2]).save_model(shelf.file("xgboost", "categories", "model.json"))
    matrix = xgboost.DMatrix(features)
    matrix.save_binary(str(shelf.file("xgboost-data", "matrix", "train.buffer")))


def lightgbm_files(shelf: Shelf) -> None:
    """Text with each objective; a dump; a dataset."""
    features, _, _ = table()
    for name, settings in LIGHTGBM.items():
        data = lightgbm.Dataset(features, target(name), feature_name=["a", "b", "c", "d"])
        booster = lightgbm.train({"verbose": -1, "num_threads": 1, "seed": 0, "num_leaves": 4, "min_data_in_leaf": 5, **settings}, data, 3)
        booster.save_model(shelf.file("lightgbm", name, "model.txt"))
        if name == "binary":
            shelf.file("lightgbm", "dump", "model.json").write_text(json.dumps(booster.dump_model()), encoding="utf-8")
            treelite.frontend.from_lightgbm(booster).serialize(str(shelf.file("treelite", f"lightgbm-{name}", "model.tl")))
    lightgbm.Dataset(features, table()[2], params={"verbose": -1}).save_binary(shelf.file("lightgbm", "dataset", "train.bin"))


def catboost_files(shelf: Shelf) -> None:
    """Every loss as cbm and JSON; one model in every form; categories and text."""
    features, _, _ = table()
    quiet = {"iterations": 3, "depth": 3, "verbose": 0, "thread_count": 1, "allow_writing_files": False, "random_seed": 0}
    for name, loss in CATBOOST.items():
        model = catboost.CatBoost({**quiet, "loss_function": loss}).fit(features, target(name))
        for form in FORMS if name == "logloss" else ("cbm", "json"):
            model.save_model(str(shelf.file("catboost", f"{name}-{form}", f"model.{FORMS[form]}")), format=form)
    frame = pandas.DataFrame({"kind": ["cat", "dog", "eval", "rm"] * 20, "x": features[:, 0]})
    model = catboost.CatBoostClassifier(**quiet).fit(frame, target("binary"), cat_features=["kind"])
    for form in ("cbm", "json", "python", "cpp"):
        model.save_model(str(shelf.file("catboost", f"categories-{form}", f"model.{FORMS[form]}")), format=form, pool=catboost.Pool(frame, cat_features=["kind"]))


def make(shelf: Shelf) -> None:
    """Writes all of it."""
    xgboost_files(shelf)
    lightgbm_files(shelf)
    catboost_files(shelf)
