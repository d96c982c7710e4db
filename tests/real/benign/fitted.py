"""Libraries around scikit-learn: statistics, encoders, resampling, survival, as pickle and joblib; skops; PMML."""

from __future__ import annotations

import pickle
import warnings

import category_encoders
import hmmlearn.hmm
import imblearn.combine
import imblearn.ensemble
import imblearn.over_sampling
import imblearn.pipeline
import imblearn.under_sampling
import joblib
import lifelines
import mlxtend.classifier
import mlxtend.feature_selection
import ngboost
import numpy
import nyoka
import pandas
import skops.io
import skorch
import statsmodels.api
import statsmodels.formula.api
import statsmodels.tsa.api
import torch
from sklearn import compose, ensemble, feature_selection, linear_model, metrics, model_selection, naive_bayes, neighbors, neural_network, pipeline, preprocessing, svm, tree
from sklearn.cluster import KMeans

from .shelf import Shelf


def table() -> tuple[pandas.DataFrame, numpy.ndarray, numpy.ndarray]:
    """Features, two classes, a number."""
    draw = numpy.random.default_rng(13)
    frame = pandas.DataFrame(numpy.round(draw.normal(size=(60, 3)), 3), columns=["a", "b", "c"])
    return frame, (frame["a"] > 0.3).astype(int).to_numpy(), (frame["a"] * 2 - frame["b"] + draw.normal(0, 0.1, 60)).to_numpy()


def statistics() -> dict[str, object]:
    """statsmodels and lifelines."""
    frame, classes, numbers = table()
    design = statsmodels.api.add_constant(frame)
    named = frame.assign(y=numbers)
    series = pandas.Series(numpy.cumsum(numbers), index=pandas.date_range("2024-01-01", periods=60))
    times = pandas.DataFrame({"duration": numpy.abs(numbers) + 1, "event": classes, "a": frame["a"]})
    return {
        "ols": statsmodels.api.OLS(numbers, design).fit(), "logit": statsmodels.api.Logit(classes, design).fit(disp=0, maxiter=5), "glm": statsmodels.api.GLM(numbers, design).fit(),
        "formula": statsmodels.formula.api.ols("y ~ a + b", named).fit(), "robust": statsmodels.api.RLM(numbers, design).fit(), "arima": statsmodels.tsa.api.ARIMA(series, order=(1, 0, 0)).fit(),
        "holt": statsmodels.tsa.api.ExponentialSmoothing(series, trend="add").fit(), "quantile": statsmodels.api.QuantReg(numbers, design).fit(),
        "cox": lifelines.CoxPHFitter().fit(times, "duration", "event"), "kaplan": lifelines.KaplanMeierFitter().fit(times["duration"], times["event"]), "weibull": lifelines.WeibullFitter().fit(times["duration"]),
    }


def around() -> dict[str, object]:
    """Estimators in the manner of scikit-learn by others."""
    frame, classes, numbers = table()
    words = pandas.DataFrame({"kind": ["cat", "dog", "rm"] * 20, "size": frame["a"]})
    found: dict[str, object] = {}
    for name in ("OrdinalEncoder", "OneHotEncoder", "BinaryEncoder", "TargetEncoder", "CountEncoder", "HashingEncoder", "LeaveOneOutEncoder", "WOEEncoder", "CatBoostEncoder", "JamesSteinEncoder", "HelmertEncoder"):
        options = {"max_process": 1} if name == "HashingEncoder" else {}
        found[f"encoder-{name.lower()}"] = getattr(category_encoders, name)(**options).fit(words, classes)
    smote = imblearn.over_sampling.SMOTE(random_state=0)
    smote.fit_resample(frame, classes)
    small = {"n_estimators": 3, "random_state": 0}
    network = skorch.NeuralNetClassifier(torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Softmax(-1)), max_epochs=1, verbose=0)
    torch.manual_seed(1)
    logistic = linear_model.LogisticRegression()
    return found | {
        "smote": smote, "under": imblearn.under_sampling.RandomUnderSampler(random_state=0).fit(frame, classes), "combined": imblearn.combine.SMOTEENN(random_state=0).fit(frame, classes),
        "balanced-forest": imblearn.ensemble.BalancedRandomForestClassifier(**small).fit(frame, classes), "easy": imblearn.ensemble.EasyEnsembleClassifier(2, random_state=0).fit(frame, classes),
        "resampled": imblearn.pipeline.make_pipeline(imblearn.over_sampling.RandomOverSampler(random_state=0), logistic).fit(frame, classes),
        "hmm-gaussian": hmmlearn.hmm.GaussianHMM(2, random_state=0).fit(frame), "hmm-categories": hmmlearn.hmm.CategoricalHMM(2, random_state=0).fit(classes[:, None]),
        "hmm-mixture": hmmlearn.hmm.GMMHMM(2, random_state=0).fit(frame), "ngboost": ngboost.NGBRegressor(n_estimators=3, verbose=False, random_state=0).fit(frame, numbers),
        "ngboost-classes": ngboost.NGBClassifier(n_estimators=3, verbose=False, random_state=0).fit(frame, classes),
        "vote": mlxtend.classifier.EnsembleVoteClassifier([logistic, naive_bayes.GaussianNB()]).fit(frame.to_numpy(), classes),
        "stack": mlxtend.classifier.StackingClassifier([naive_bayes.GaussianNB()], logistic).fit(frame.to_numpy(), classes),
        "selector": mlxtend.feature_selection.SequentialFeatureSelector(logistic, 2, cv=2).fit(frame.to_numpy(), classes),
        "skorch": network.fit(frame.to_numpy("float32"), classes.astype("int64")),
    }


def ours() -> dict[str, object]:
    """scikit-learn itself, for other formats."""
    frame, classes, numbers = table()
    scale = preprocessing.StandardScaler()
    columns = compose.make_column_transformer((scale, ["a"]), (preprocessing.MinMaxScaler(), ["b", "c"]))
    kinds = {
        "logistic": linear_model.LogisticRegression(), "ridge": linear_model.Ridge(), "tree": tree.DecisionTreeClassifier(max_depth=3), "svm": svm.SVC(), "bayes": naive_bayes.GaussianNB(),
        "forest": ensemble.RandomForestClassifier(3, random_state=0), "boosting": ensemble.GradientBoostingClassifier(n_estimators=3), "neighbours": neighbors.KNeighborsClassifier(),
        "network": neural_network.MLPClassifier((4,), max_iter=10, random_state=0), "isolation": ensemble.IsolationForest(n_estimators=3, random_state=0), "clusters": KMeans(2, random_state=0),
        "regressor": ensemble.RandomForestRegressor(3, random_state=0), "pipeline": pipeline.make_pipeline(columns, svm.LinearSVC()),
        "function": pipeline.make_pipeline(preprocessing.FunctionTransformer(numpy.exp), feature_selection.SelectKBest(k=2), svm.SVR()),
        "search": model_selection.GridSearchCV(svm.SVC(), {"C": [1, 2]}, scoring=metrics.make_scorer(metrics.f1_score)), "histogram": ensemble.HistGradientBoostingClassifier(max_iter=3),
        "vote": ensemble.VotingClassifier([("a", linear_model.LogisticRegression()), ("b", naive_bayes.GaussianNB())]),
    }
    return {name: kind.fit(frame, numbers if name in ("ridge", "regressor", "function") else classes) for name, kind in kinds.items()}


def pmml(shelf: Shelf) -> None:
    """PMML by nyoka."""
    frame, classes, numbers = table()
    kinds = {"tree": tree.DecisionTreeClassifier(max_depth=3), "linear": linear_model.LinearRegression(), "forest": ensemble.RandomForestClassifier(3, random_state=0), "svm": svm.SVC(),
             "logistic": linear_model.LogisticRegression(), "regressor": tree.DecisionTreeRegressor(max_depth=2), "clusters": KMeans(2, random_state=0), "neighbours": neighbors.KNeighborsClassifier()}
    for name, kind in kinds.items():
        fitted = pipeline.Pipeline([("scale", preprocessing.StandardScaler()), ("model", kind)]).fit(frame, numbers if name in ("linear", "regressor") else classes)
        nyoka.skl_to_pmml(fitted, ["a", "b", "c"], "y", str(shelf.file("pmml", name, "model.pmml")))


def make(shelf: Shelf) -> None:
    """Writes all of it."""
    warnings.simplefilter("ignore")
    for position, (name, value) in enumerate((statistics() | around()).items()):
        library = type(value).__module__.split(".")[0].replace("_", "-")
        shelf.file(f"{library}-pickle", name, f"{name}.pkl").write_bytes(pickle.dumps(value, 2 + position % 4))
        joblib.dump(value, shelf.file(f"{library}-joblib", name, f"{name}.joblib"), compress=position % 4)
    for position, (name, value) in enumerate(ours().items()):
        skops.io.dump(value, shelf.file("skops", name, f"{name}.skops"), compression=8 * (position % 2))
    pmml(shelf)
