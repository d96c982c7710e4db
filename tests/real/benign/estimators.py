"""scikit-learn: every estimator that fits on a small table, pipelines and searches, as pickle and as joblib."""

from __future__ import annotations

import pickle

import joblib
import numpy
from sklearn import (
    calibration,
    compose,
    datasets,
    decomposition,
    ensemble,
    feature_extraction,
    feature_selection,
    gaussian_process,
    impute,
    linear_model,
    metrics,
    model_selection,
    multiclass,
    multioutput,
    naive_bayes,
    neighbors,
    pipeline,
    preprocessing,
    svm,
    tree,
)
from sklearn.utils import all_estimators

from .shelf import Shelf

COMPRESSORS = (0, "zlib", "gzip", "bz2", "lzma", "xz", "lz4", ("zlib", 9), ("gzip", 1), 3)
SMALLER = {"n_estimators": 4, "max_iter": 30, "n_components": 2, "n_clusters": 3, "random_state": 0, "n_init": 1, "cv": 2}
# They need text, dictionaries, other estimators or other tables, and are made by hand below.
BY_HAND = ("CountVectorizer", "TfidfVectorizer", "HashingVectorizer", "DictVectorizer", "FeatureHasher")


def table() -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
    """Positive features, three classes and a target number."""
    features, classes = datasets.make_classification(
        48, 5, n_informative=3, n_redundant=1, n_classes=3, n_clusters_per_class=1, random_state=1
    )
    features = numpy.round(features - features.min(), 3) + 0.1
    return features, classes, features @ numpy.arange(1, 6)


def alone() -> dict[str, object]:
    """Each estimator of the library that fits with its own defaults, made smaller where it can be."""
    features, classes, numbers = table()
    fitted = {}
    for name, kind in all_estimators():
        if name in BY_HAND:
            continue
        try:
            estimator = kind()
            known = set(estimator.get_params())
            estimator.set_params(**{key: value for key, value in SMALLER.items() if key in known})
            estimator.fit(features, numbers if "Regressor" in name or "SVR" in name else classes)
        except Exception:  # noqa: BLE001 - it wants another table or other estimators: not this function's business
            continue
        fitted[name] = estimator
    assert len(fitted) > 120, f"only {len(fitted)} estimators fitted"
    return fitted


def composed() -> dict[str, object]:
    """Pipelines, searches and meta-estimators as projects build them."""
    features, classes, numbers = table()
    words = ["the cat sat", "a dog ran", "cats and dogs", "import os", "eval the results", "birds fly"] * 3
    topics = [0, 1, 1, 2, 2, 0] * 3
    scaled = pipeline.make_pipeline(preprocessing.StandardScaler(), linear_model.LogisticRegression())
    columns = compose.ColumnTransformer(
        [("num", preprocessing.MinMaxScaler(), [0, 1]), ("bin", preprocessing.KBinsDiscretizer(3), [2])]
    )
    forest = ensemble.RandomForestClassifier(3, random_state=0)
    vote = ensemble.VotingClassifier([("rf", forest), ("nb", naive_bayes.GaussianNB())])
    stack = ensemble.StackingClassifier([("rf", forest)], linear_model.LogisticRegression(), cv=2)
    grid = model_selection.GridSearchCV(svm.SVC(), {"C": [1, 10]}, cv=2)
    random_search = model_selection.RandomizedSearchCV(tree.DecisionTreeClassifier(), {"max_depth": [1, 2, 3]}, n_iter=2, cv=2, random_state=0)
    union = pipeline.make_union(decomposition.PCA(2), feature_selection.SelectKBest(feature_selection.f_classif, k=2))
    kernel = gaussian_process.kernels.RBF() + gaussian_process.kernels.WhiteKernel()
    custom_score = model_selection.GridSearchCV(
        linear_model.Ridge(), {"alpha": [1.0]}, scoring=metrics.make_scorer(metrics.mean_absolute_error), cv=2
    )
    texts = {
        "tfidf-classifier": pipeline.make_pipeline(
            feature_extraction.text.TfidfVectorizer(stop_words="english"), linear_model.SGDClassifier(random_state=0)
        ),
        "count-naive-bayes": pipeline.make_pipeline(
            feature_extraction.text.CountVectorizer(ngram_range=(1, 2)), naive_bayes.MultinomialNB()
        ),
        "hashing-perceptron": pipeline.make_pipeline(
            feature_extraction.text.HashingVectorizer(n_features=64), linear_model.Perceptron()
        ),
    }
    built = {
        "pipeline-scaled": scaled,
        "column-transformer": pipeline.make_pipeline(columns, svm.LinearSVC()),
        "function-transformer": pipeline.make_pipeline(preprocessing.FunctionTransformer(numpy.log1p), tree.DecisionTreeClassifier()),
        "voting": vote,
        "stacking": stack,
        "grid-search": grid,
        "randomized-search": random_search,
        "feature-union": pipeline.make_pipeline(union, neighbors.KNeighborsClassifier()),
        "calibrated": calibration.CalibratedClassifierCV(naive_bayes.GaussianNB(), cv=2),
        "one-vs-rest": multiclass.OneVsRestClassifier(svm.SVC()),
        "gaussian-process": gaussian_process.GaussianProcessClassifier(),
        "imputer": pipeline.make_pipeline(impute.SimpleImputer(), tree.ExtraTreeClassifier()),
        "mutual-info": pipeline.make_pipeline(feature_selection.SelectKBest(feature_selection.mutual_info_classif, k=2), svm.NuSVC(nu=0.1)),
    }
    regressors = {
        "gaussian-process-kernel": gaussian_process.GaussianProcessRegressor(kernel),
        "custom-score": custom_score,
        "transformed-target": compose.TransformedTargetRegressor(linear_model.Ridge(), func=numpy.log1p, inverse_func=numpy.expm1),
        "polynomial": pipeline.make_pipeline(preprocessing.PolynomialFeatures(2), linear_model.Lasso(max_iter=50)),
        "multi-output": multioutput.MultiOutputRegressor(linear_model.Ridge()),
    }
    fitted = {name: estimator.fit(features, classes) for name, estimator in built.items()}
    for name, estimator in regressors.items():
        target = numpy.column_stack([numbers, numbers]) if name == "multi-output" else numbers
        fitted[name] = estimator.fit(features, target)
    fitted |= {name: estimator.fit(words, topics) for name, estimator in texts.items()}
    fitted["dict-vectorizer"] = feature_extraction.DictVectorizer().fit([{"a": 1}, {"b": "x"}])
    fitted["one-hot-strings"] = preprocessing.OneHotEncoder().fit([["red"], ["blue"]])
    fitted["label-encoder-strings"] = preprocessing.LabelEncoder().fit(["red", "blue"])
    fitted["bundle"] = {"model": fitted["pipeline-scaled"], "classes": ["a", "b", "c"], "version": "1.0"}
    fitted["iris-bunch"] = datasets.load_iris()
    return fitted


def make(shelf: Shelf) -> None:
    """Writes each estimator as pickle and as joblib, the compressors taking turns."""
    fitted = {f"sklearn-{name}": estimator for name, estimator in alone().items()} | composed()
    for position, (name, estimator) in enumerate(sorted(fitted.items())):
        protocol = 2 + position % 4
        case = name.removeprefix("sklearn-")
        shelf.file("sklearn-pickle", f"{case}-p{protocol}", "model.pkl").write_bytes(pickle.dumps(estimator, protocol))
        compressor = COMPRESSORS[position % len(COMPRESSORS)]
        label = str(compressor).strip("()").replace("'", "").replace(", ", "")
        joblib.dump(estimator, shelf.file("sklearn-joblib", f"{case}-{label}", "model.joblib"), compress=compressor)
    arrays = {"x": numpy.arange(5000, dtype="float64"), "y": numpy.array(["a", None], dtype=object), "note": "after"}
    for compressor in COMPRESSORS:
        label = str(compressor).strip("()").replace("'", "").replace(", ", "")
        suffix = {"gzip": "gz", "zlib": "z"}.get(label, "joblib")
        joblib.dump(arrays, shelf.file("joblib-arrays", f"arrays-{label}", f"data.{suffix}"), compress=compressor)
    for protocol in (2, 3, 4, 5):
        joblib.dump(arrays, shelf.file("joblib-arrays", f"arrays-p{protocol}", "data.pkl"), protocol=protocol)
