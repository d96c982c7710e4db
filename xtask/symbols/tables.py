"""The hand-kept knowledge of the miner: which calls are sinks, which modules to trust, which names old releases wrote.

Every entry is a statement about a library's public behaviour. Capabilities are single letters, as in `gadgets.txt`:
X runs code, P starts a process, F touches files, N uses the network, I imports by name, D deserializes, L loads native code.
"""

from __future__ import annotations

# Callables whose effect happens outside the interpreter, or that turn a string into code or an object. A name that ends
# in `*` stands for every attribute of that module.
SINKS: dict[str, str] = {
    "builtins.eval": "X", "builtins.exec": "X", "builtins.execfile": "X", "builtins.compile": "X", "builtins.open": "F",
    "builtins.__import__": "I", "io.open": "F", "io.FileIO": "F", "io.open_code": "F", "_io.open": "F", "_io.FileIO": "F",
    "_io.open_code": "F", "codecs.open": "F", "os.system": "P", "os.popen": "P", "os.startfile": "P", "os.fork": "P",
    "os.forkpty": "P", "os.posix_spawn": "P", "os.posix_spawnp": "P", "os.kill": "P", "os.killpg": "P",
    **{f"os.exec{kind}": "P" for kind in ("l", "le", "lp", "lpe", "v", "ve", "vp", "vpe")},
    **{f"os.spawn{kind}": "P" for kind in ("l", "le", "lp", "lpe", "v", "ve", "vp", "vpe")},
    **{f"os.{name}": "F" for name in (
        "open", "fdopen", "remove", "unlink", "rename", "renames", "replace", "rmdir", "removedirs", "mkdir", "makedirs",
        "link", "symlink", "truncate", "chmod", "lchmod", "chown", "lchown", "chroot", "mkfifo", "mknod", "utime", "setxattr",
        "write", "sendfile", "copy_file_range", "putenv", "unsetenv", "chdir", "memfd_create", "listdir", "scandir", "walk",
        "fwalk", "pwrite",
    )},
    "subprocess.*": "P", "pty.spawn": "P", "pty.fork": "P", "popen2.*": "P", "commands.*": "P",
    "asyncio.create_subprocess_exec": "P", "asyncio.create_subprocess_shell": "P", "_posixsubprocess.fork_exec": "P",
    "multiprocessing.Process": "P", "_winapi.CreateProcess": "P", "webbrowser.open": "P",
    "runpy.run_module": "X", "runpy.run_path": "X", "code.interact": "X", "code.InteractiveInterpreter": "X",
    "types.FunctionType": "X", "types.CodeType": "X", "timeit.timeit": "X", "timeit.repeat": "X",
    "importlib.import_module": "I", "importlib.__import__": "I", "importlib.reload": "I", "importlib.util.module_from_spec": "I",
    "importlib.util.spec_from_file_location": "I", "importlib.machinery.SourceFileLoader": "I", "imp.*": "I",
    "importlib.machinery.ExtensionFileLoader": "L", "pkgutil.resolve_name": "I", "zipimport.zipimporter": "I",
    "pydoc.locate": "I", "pydoc.safeimport": "I", "pydoc.importfile": "I", "site.addsitedir": "I",
    "pickle.load": "D", "pickle.loads": "D", "pickle.Unpickler": "D", "_pickle.load": "D", "_pickle.loads": "D",
    "_pickle.Unpickler": "D", "marshal.load": "D", "marshal.loads": "D", "shelve.open": "D", "dill.load": "D", "dill.loads": "D",
    "cloudpickle.load": "D", "cloudpickle.loads": "D", "joblib.load": "D", "torch.load": "D", "yaml.load": "D",
    "yaml.load_all": "D", "yaml.unsafe_load": "D", "yaml.full_load": "D", "yaml.unsafe_load_all": "D", "jsonpickle.decode": "D",
    "pickle._Unpickler": "D", "pandas.read_pickle": "D", "numpy.load": "D", "torch._C.PyTorchFileReader": "F", "torch._C.PyTorchFileWriter": "F",
    "torch._C.import_ir_module": "D", "safetensors.serialize_file": "F", "safetensors._safetensors_rust.serialize_file": "F", "skops.io.load": "D", "torch.jit.load": "D", "torch.package.PackageImporter": "D",
    "shutil.*": "F", "zipfile.ZipFile": "F", "zipfile.PyZipFile": "F", "tarfile.open": "F", "tarfile.TarFile": "F",
    "gzip.open": "F", "gzip.GzipFile": "F", "bz2.open": "F", "bz2.BZ2File": "F", "lzma.open": "F", "lzma.LZMAFile": "F",
    "mmap.mmap": "F", "sqlite3.connect": "F", "dbm.open": "F", "linecache.getline": "F", "linecache.getlines": "F",
    "fileinput.input": "F", "h5py.File": "F", "logging.FileHandler": "F", "tokenize.open": "F",
    "numpy.fromfile": "F", "numpy.memmap": "F", "numpy.loadtxt": "F", "numpy.savetxt": "F", "numpy.save": "F", "numpy.savez": "F",
    "numpy.savez_compressed": "F", "numpy.genfromtxt": "F", "torch.save": "F", "joblib.dump": "F",
    "tempfile.NamedTemporaryFile": "F", "tempfile.mkdtemp": "F", "tempfile.mkstemp": "F", "safetensors.safe_open": "F",
    "socket.socket": "N", "socket.create_connection": "N", "socket.create_server": "N", "socket.getaddrinfo": "N",
    "socket.gethostbyname": "N", "_socket.socket": "N", "ssl.get_server_certificate": "N", "urllib.request.*": "N",
    "urllib.urlopen": "N", "urllib.urlretrieve": "N", "urllib2.*": "N", "http.client.HTTPConnection": "N",
    "http.client.HTTPSConnection": "N", "ftplib.*": "N", "smtplib.*": "N", "poplib.*": "N", "imaplib.*": "N", "nntplib.*": "N",
    "telnetlib.*": "N", "xmlrpc.client.ServerProxy": "N", "asyncio.open_connection": "N", "requests.get": "N",
    "requests.post": "N", "requests.put": "N", "requests.head": "N", "requests.request": "N", "requests.Session": "N",
    "httpx.get": "N", "httpx.post": "N", "httpx.request": "N", "httpx.Client": "N", "httpx.stream": "N", "urllib3.PoolManager": "N",
    "aiohttp.ClientSession": "N", "huggingface_hub.hf_hub_download": "N", "huggingface_hub.snapshot_download": "N",
    "ctypes.CDLL": "L", "ctypes.PyDLL": "L", "ctypes.WinDLL": "L", "ctypes.OleDLL": "L", "ctypes.cdll.*": "L",
    "ctypes.pydll.*": "L", "ctypes.LibraryLoader": "L", "_ctypes.dlopen": "L", "torch.ops.load_library": "L",
    "torch.classes.load_library": "L", "numpy.ctypeslib.load_library": "L",
}

# Method names that mean the same wherever they are called on something that came in from outside.
METHOD_SINKS: dict[str, str] = {
    "write_text": "F", "write_bytes": "F", "read_text": "F", "read_bytes": "F", "extractall": "F",
    "exec_module": "I", "load_module": "I", "dlopen": "L", "load_library": "L", "LoadLibrary": "L",
    "urlopen": "N", "urlretrieve": "N", "check_output": "P", "check_call": "P", "create_subprocess_shell": "P", "runcode": "X",
    "runsource": "X",
}

# Modules whose inner workings are not followed: their sinks are in the table above, the rest of them is harmless.
TRUSTED: frozenset[str] = frozenset(
    "abc argparse ast atexit base64 binascii bisect calendar cmath collections colorsys contextlib contextvars copy copyreg csv "
    "dataclasses datetime decimal difflib dis enum errno fnmatch fractions functools gc genericpath hashlib heapq hmac html "
    "inspect itertools json keyword locale logging math numbers opcode operator platform posixpath pprint queue random re "
    "reprlib secrets sched select selectors signal stat statistics string stringprep struct sys sysconfig textwrap threading "
    "time token tokenize traceback tracemalloc types typing typing_extensions unicodedata unittest uuid warnings weakref "
    "xml zlib _collections_abc _weakrefset ntpath os.path".split()
)

# Harmless to look at, or a small integer at most: they carry no taint on.
CLEANERS: frozenset[str] = frozenset(
    "len int float bool isinstance issubclass type id hash callable hasattr range abs max min round ord chr".split()
)

# Packages that are mined from a plain installation, with the distribution each comes from.
PACKAGES: dict[str, str] = {
    "numpy": "numpy", "scipy": "scipy", "pandas": "pandas", "sklearn": "scikit-learn", "joblib": "joblib", "torch": "torch",
    "torchvision": "torchvision", "torchaudio": "torchaudio", "torchmetrics": "torchmetrics", "transformers": "transformers",
    "tokenizers": "tokenizers", "safetensors": "safetensors", "peft": "peft", "accelerate": "accelerate", "timm": "timm",
    "einops": "einops", "diffusers": "diffusers", "datasets": "datasets", "trl": "trl",
    "huggingface_hub": "huggingface_hub", "sentence_transformers": "sentence-transformers", "xgboost": "xgboost",
    "lightgbm": "lightgbm", "catboost": "catboost", "statsmodels": "statsmodels", "patsy": "patsy", "imblearn": "imbalanced-learn",
    "skops": "skops", "skorch": "skorch", "category_encoders": "category_encoders", "lifelines": "lifelines", "umap": "umap-learn",
    "pynndescent": "pynndescent", "hdbscan": "hdbscan", "optuna": "optuna", "sktime": "sktime", "mlxtend": "mlxtend", "shap": "shap",
    "pytorch_lightning": "pytorch-lightning", "lightning_fabric": "pytorch-lightning", "lightning_utilities": "lightning-utilities",
    "ultralytics": "ultralytics", "torch_geometric": "torch-geometric", "stable_baselines3": "stable-baselines3",
    "gymnasium": "gymnasium", "fastai": "fastai", "fastcore": "fastcore", "plum": "plum-dispatch",
    "pytorch_tabnet": "pytorch-tabnet", "speechbrain": "speechbrain", "flair": "flair", "omegaconf": "omegaconf", "easydict": "easydict",
    "gensim": "gensim", "nltk": "nltk", "spacy": "spacy", "thinc": "thinc", "srsly": "srsly", "catalogue": "catalogue",
    "confection": "confection", "preshed": "preshed", "cymem": "cymem", "murmurhash": "murmurhash", "blis": "blis",
    "skimage": "scikit-image", "cv2": "opencv-python-headless", "PIL": "pillow", "keras": "keras", "pyarrow": "pyarrow",
    "networkx": "networkx", "sympy": "sympy", "mpmath": "mpmath", "matplotlib": "matplotlib", "tqdm": "tqdm", "yaml": "PyYAML",
    "requests": "requests", "urllib3": "urllib3", "pydantic": "pydantic", "attr": "attrs", "attrs": "attrs", "pytz": "pytz",
    "dateutil": "python-dateutil", "jinja2": "Jinja2", "fsspec": "fsspec", "packaging": "packaging", "psutil": "psutil",
    "dill": "dill", "cloudpickle": "cloudpickle", "gguf": "gguf", "regex": "regex", "threadpoolctl": "threadpoolctl",
    "numba": "numba", "cloudpathlib": "cloudpathlib", "smart_open": "smart-open", "click": "click", "typer": "typer", "rich": "rich",
    "wasabi": "wasabi", "pip": "pip", "setuptools": "setuptools", "pkg_resources": "setuptools", "six": "six", "plotly": "plotly",
    "triton": "triton", "narwhals": "narwhals", "filelock": "filelock", "certifi": "certifi", "idna": "idna", "fontTools": "fonttools",
    "multiprocess": "multiprocess", "xxhash": "xxhash", "sqlalchemy": "SQLAlchemy", "alembic": "alembic", "mako": "Mako",
    "antlr4": "antlr4-python3-runtime", "skbase": "scikit-base", "slicer": "slicer", "imageio": "imageio", "tifffile": "tifffile",
    "autograd": "autograd", "autograd_gamma": "autograd-gamma", "formulaic": "formulaic", "interface_meta": "interface-meta",
    "h5py": "h5py", "optree": "optree", "ml_dtypes": "ml_dtypes", "aiohttp": "aiohttp", "farama_notifications": "Farama-Notifications",
}

# Packages whose classes and functions honest pickles name. The others are mined for gadgets only.
GADGETS_ONLY: frozenset[str] = frozenset(
    "pip setuptools pkg_resources srsly requests urllib3 click typer rich wasabi jinja2 fsspec certifi idna fontTools psutil dill "
    "cloudpickle filelock smart_open cloudpathlib packaging huggingface_hub triton plotly narwhals sqlalchemy alembic mako antlr4 "
    "aiohttp multiprocess h5py gguf yaml farama_notifications matplotlib six numba sympy mpmath tifffile imageio cv2 "
    "autograd interface_meta slicer fsspec catalogue confection torchaudio".split()
)

# Packages with many compiled classes: also imported and looked at, not only read.
LIVE: tuple[str, ...] = (
    "numpy", "scipy", "pandas", "sklearn", "joblib", "torch", "xgboost", "lightgbm", "catboost", "tokenizers", "safetensors",
    "spacy", "thinc", "preshed", "cymem", "murmurhash", "gensim", "statsmodels", "pytz", "dateutil", "hdbscan", "PIL", "pyarrow",
    "imblearn", "networkx", "srsly", "blis", "regex", "tqdm", "pydantic", "attr", "umap", "xxhash", "ml_dtypes", "optree", "h5py",
)

# Modules of the standard library that are imported and looked at for data classes and functions.
STDLIB_LIVE: tuple[str, ...] = tuple(
    "argparse array ast base64 binascii bisect builtins calendar cmath collections collections.abc colorsys configparser "
    "contextvars copy csv dataclasses datetime decimal email.message email.headerregistry enum errno fractions functools "
    "graphlib hashlib heapq html http http.cookies ipaddress itertools json json.decoder json.encoder keyword locale math "
    "numbers operator pathlib pprint queue random re secrets stat statistics string struct textwrap threading time "
    "types typing unicodedata urllib.parse uuid warnings xml.etree.ElementTree zlib zoneinfo _collections _datetime "
    "_decimal _functools _operator _random _struct _thread".split()
)
STDLIB_CLASSES_ONLY: frozenset[str] = frozenset("ast uuid dataclasses builtins threading _thread weakref types typing functools _functools operator _operator "
    "copy warnings locale configparser argparse xml.etree.ElementTree random time".split())
# Classes of those modules that do more than hold data, or hand out other objects' attributes or calls.
STDLIB_REFUSED: frozenset[str] = frozenset({
    *(f"builtins.{name}" for name in ("type", "super", "memoryview", "property", "classmethod", "staticmethod", "map", "filter")),
    *(f"types.{name}" for name in ("CodeType", "FunctionType", "LambdaType", "MethodType", "ModuleType", "GenericAlias",
        "BuiltinFunctionType", "BuiltinMethodType", "FrameType", "TracebackType", "DynamicClassAttribute")),
    *(f"{module}.{name}" for module in ("functools", "_functools") for name in (
        "partial", "partialmethod", "reduce", "cached_property", "singledispatchmethod", "cmp_to_key", "lru_cache")),
    *(f"{module}.{name}" for module in ("operator", "_operator") for name in ("attrgetter", "methodcaller", "itemgetter", "call")),
    "threading.Thread", "threading.Timer", "weakref.finalize", "argparse.FileType", "dataclasses.make_dataclass",
    "argparse.ArgumentParser", "configparser.ConfigParser", "configparser.RawConfigParser", "random.SystemRandom",
    "_random.Random.__reduce__", "typing.TypedDict", "typing.NamedTuple", "xml.etree.ElementTree.ElementTree", "weakref.proxy",
    "typing.ForwardRef", "types.DynamicClassAttribute", "enum.property", "itertools.starmap", "itertools.filterfalse",
    "itertools.dropwhile", "itertools.takewhile", "itertools.accumulate", "itertools.groupby", "string.Formatter",
    "argparse.Action", "warnings.catch_warnings",
})

# Callables that honest pickles call although their body reaches a sink: never gadgets. The policy judges their arguments.
NEVER_GADGETS: frozenset[str] = frozenset({
    "torch.storage._load_from_bytes", "torch._utils._rebuild_tensor_v2", "torch.jit._pickle.restore_type_tag",
    "joblib.numpy_pickle.NumpyArrayWrapper", "joblib.numpy_pickle.NDArrayWrapper", "pathlib.Path", "pathlib.PosixPath",
    "pathlib.WindowsPath", "pathlib._local.PosixPath", "pathlib._local.WindowsPath", "pathlib._local.Path",
    "dill._dill._create_function", "dill._dill._create_code", "cloudpickle.cloudpickle._make_function", "functools.partial", "operator.itemgetter", "operator.attrgetter", "copyreg._reconstructor", "copyreg.__newobj__",
    "collections.namedtuple", "re._compile", "enum.Enum",
})

# Old module path -> module that holds the same names today. Both directions of a rename are listed when releases differ.
ALIASES: tuple[tuple[str, str], ...] = (
    ("numpy.core", "numpy._core"), ("pandas.core.indexes.api", "pandas.core.indexes.base"),
    ("pandas.indexes.base", "pandas.core.indexes.base"), ("pandas.indexes.range", "pandas.core.indexes.range"),
    ("pandas.indexes.multi", "pandas.core.indexes.multi"), ("pandas.indexes.numeric", "pandas.core.indexes.base"),
    ("pandas.core.index", "pandas.core.indexes.base"), ("pandas.core.categorical", "pandas.core.arrays.categorical"),
    ("pandas.tseries.index", "pandas.core.indexes.datetimes"), ("pandas.tseries.period", "pandas.core.indexes.period"),
    ("pandas.tseries.tdi", "pandas.core.indexes.timedeltas"), ("pandas.core.internals", "pandas.core.internals.managers"),
    ("pandas.tslib", "pandas._libs.tslibs.timestamps"), ("pandas._libs.tslib", "pandas._libs.tslibs.timestamps"),
    ("sklearn.ensemble.forest", "sklearn.ensemble._forest"), ("sklearn.ensemble.gradient_boosting", "sklearn.ensemble._gb"),
    ("sklearn.ensemble.weight_boosting", "sklearn.ensemble._weight_boosting"), ("sklearn.ensemble.bagging", "sklearn.ensemble._bagging"),
    ("sklearn.ensemble.iforest", "sklearn.ensemble._iforest"), ("sklearn.ensemble.voting", "sklearn.ensemble._voting"),
    ("sklearn.ensemble.voting_classifier", "sklearn.ensemble._voting"), ("sklearn.tree.tree", "sklearn.tree._classes"),
    ("sklearn.tree.tree", "sklearn.tree"), ("sklearn.linear_model.logistic", "sklearn.linear_model._logistic"),
    ("sklearn.linear_model.base", "sklearn.linear_model._base"), ("sklearn.linear_model.ridge", "sklearn.linear_model._ridge"),
    ("sklearn.linear_model.coordinate_descent", "sklearn.linear_model._coordinate_descent"),
    ("sklearn.linear_model.stochastic_gradient", "sklearn.linear_model._stochastic_gradient"),
    ("sklearn.linear_model.sgd_fast", "sklearn.linear_model._sgd_fast"), ("sklearn.linear_model.bayes", "sklearn.linear_model._bayes"),
    ("sklearn.linear_model.huber", "sklearn.linear_model._huber"), ("sklearn.linear_model.ransac", "sklearn.linear_model._ransac"),
    ("sklearn.linear_model.least_angle", "sklearn.linear_model._least_angle"),
    ("sklearn.linear_model.passive_aggressive", "sklearn.linear_model._passive_aggressive"),
    ("sklearn.linear_model.perceptron", "sklearn.linear_model._perceptron"), ("sklearn.linear_model.omp", "sklearn.linear_model._omp"),
    ("sklearn.linear_model.theil_sen", "sklearn.linear_model._theil_sen"), ("sklearn.svm.classes", "sklearn.svm._classes"),
    ("sklearn.svm.base", "sklearn.svm._base"), ("sklearn.neighbors.classification", "sklearn.neighbors._classification"),
    ("sklearn.neighbors.regression", "sklearn.neighbors._regression"), ("sklearn.neighbors.base", "sklearn.neighbors._base"),
    ("sklearn.neighbors.unsupervised", "sklearn.neighbors._unsupervised"), ("sklearn.neighbors.kde", "sklearn.neighbors._kde"),
    ("sklearn.neighbors.lof", "sklearn.neighbors._lof"), ("sklearn.neighbors.nearest_centroid", "sklearn.neighbors._nearest_centroid"),
    ("sklearn.neighbors.kd_tree", "sklearn.neighbors._kd_tree"), ("sklearn.neighbors.ball_tree", "sklearn.neighbors._ball_tree"),
    ("sklearn.neighbors.dist_metrics", "sklearn.metrics._dist_metrics"), ("sklearn.neighbors._dist_metrics", "sklearn.metrics._dist_metrics"),
    ("sklearn.preprocessing.data", "sklearn.preprocessing._data"), ("sklearn.preprocessing.label", "sklearn.preprocessing._label"),
    ("sklearn.preprocessing.imputation", "sklearn.impute._base"),
    ("sklearn.cluster.k_means_", "sklearn.cluster._kmeans"), ("sklearn.cluster.dbscan_", "sklearn.cluster._dbscan"),
    ("sklearn.cluster.birch", "sklearn.cluster._birch"), ("sklearn.cluster.hierarchical", "sklearn.cluster._agglomerative"),
    ("sklearn.cluster._hierarchical", "sklearn.cluster._agglomerative"), ("sklearn.cluster.mean_shift_", "sklearn.cluster._mean_shift"),
    ("sklearn.cluster.spectral", "sklearn.cluster._spectral"), ("sklearn.cluster.affinity_propagation_", "sklearn.cluster._affinity_propagation"),
    ("sklearn.cluster.bicluster", "sklearn.cluster._bicluster"), ("sklearn.decomposition.pca", "sklearn.decomposition._pca"),
    ("sklearn.decomposition.truncated_svd", "sklearn.decomposition._truncated_svd"), ("sklearn.decomposition.nmf", "sklearn.decomposition._nmf"),
    ("sklearn.decomposition.online_lda", "sklearn.decomposition._lda"), ("sklearn.decomposition._online_lda", "sklearn.decomposition._lda"),
    ("sklearn.decomposition.fastica_", "sklearn.decomposition._fastica"), ("sklearn.decomposition.kernel_pca", "sklearn.decomposition._kernel_pca"),
    ("sklearn.decomposition.factor_analysis", "sklearn.decomposition._factor_analysis"),
    ("sklearn.decomposition.dict_learning", "sklearn.decomposition._dict_learning"),
    ("sklearn.decomposition.incremental_pca", "sklearn.decomposition._incremental_pca"),
    ("sklearn.decomposition.sparse_pca", "sklearn.decomposition._sparse_pca"), ("sklearn.manifold.t_sne", "sklearn.manifold._t_sne"),
    ("sklearn.manifold.isomap", "sklearn.manifold._isomap"), ("sklearn.manifold.mds", "sklearn.manifold._mds"),
    ("sklearn.manifold.locally_linear", "sklearn.manifold._locally_linear"), ("sklearn.mixture.gaussian_mixture", "sklearn.mixture._gaussian_mixture"),
    ("sklearn.mixture.bayesian_mixture", "sklearn.mixture._bayesian_mixture"),
    ("sklearn.gaussian_process.gpc", "sklearn.gaussian_process._gpc"), ("sklearn.gaussian_process.gpr", "sklearn.gaussian_process._gpr"),
    ("sklearn.neural_network.multilayer_perceptron", "sklearn.neural_network._multilayer_perceptron"),
    ("sklearn.neural_network.rbm", "sklearn.neural_network._rbm"),
    ("sklearn.feature_extraction.hashing", "sklearn.feature_extraction._hash"),
    ("sklearn.feature_extraction._hashing", "sklearn.feature_extraction._hash"),
    ("sklearn.feature_extraction.dict_vectorizer", "sklearn.feature_extraction._dict_vectorizer"),
    ("sklearn.feature_selection.univariate_selection", "sklearn.feature_selection._univariate_selection"),
    ("sklearn.feature_selection.variance_threshold", "sklearn.feature_selection._variance_threshold"),
    ("sklearn.feature_selection.from_model", "sklearn.feature_selection._from_model"), ("sklearn.feature_selection.rfe", "sklearn.feature_selection._rfe"),
    ("sklearn.feature_selection.mutual_info_", "sklearn.feature_selection._mutual_info"),
    ("sklearn.covariance.empirical_covariance_", "sklearn.covariance._empirical_covariance"),
    ("sklearn.covariance.elliptic_envelope", "sklearn.covariance._elliptic_envelope"),
    ("sklearn.covariance.shrunk_covariance_", "sklearn.covariance._shrunk_covariance"),
    ("sklearn.grid_search", "sklearn.model_selection._search"),
    ("sklearn.cross_validation", "sklearn.model_selection._split"), ("sklearn.metrics.scorer", "sklearn.metrics._scorer"),
    ("sklearn.metrics.classification", "sklearn.metrics._classification"), ("sklearn.metrics.regression", "sklearn.metrics._regression"),
    ("sklearn.metrics.ranking", "sklearn.metrics._ranking"), ("sklearn.semi_supervised.label_propagation", "sklearn.semi_supervised._label_propagation"),
    ("sklearn.cross_decomposition.pls_", "sklearn.cross_decomposition._pls"), ("sklearn.cross_decomposition.cca_", "sklearn.cross_decomposition._pls"),
    ("sklearn.externals.joblib.numpy_pickle", "joblib.numpy_pickle"),
    ("sklearn.datasets.base", "sklearn.utils._bunch"), ("sklearn.utils", "sklearn.utils._bunch"),
    ("sklearn.loss", "sklearn._loss.loss"), ("_loss", "sklearn._loss._loss"),
    ("scipy.sparse.csr", "scipy.sparse._csr"), ("scipy.sparse.csc", "scipy.sparse._csc"), ("scipy.sparse.coo", "scipy.sparse._coo"),
    ("scipy.sparse.lil", "scipy.sparse._lil"), ("scipy.sparse.dok", "scipy.sparse._dok"), ("scipy.sparse.dia", "scipy.sparse._dia"),
    ("scipy.sparse.bsr", "scipy.sparse._bsr"), ("scipy.spatial.ckdtree", "scipy.spatial._ckdtree"),
    ("scipy.spatial.kdtree", "scipy.spatial._kdtree"), ("scipy.spatial.qhull", "scipy.spatial._qhull"),
    ("scipy.interpolate.interpolate", "scipy.interpolate._interpolate"), ("scipy.interpolate.fitpack2", "scipy.interpolate._fitpack2"),
    ("scipy.interpolate.rbf", "scipy.interpolate._rbf"), ("scipy.stats.kde", "scipy.stats._kde"),
    ("scipy.interpolate.polyint", "scipy.interpolate._polyint"), ("scipy.optimize.optimize", "scipy.optimize._optimize"),
   
    ("pytorch_lightning.utilities.parsing", "lightning_fabric.utilities.data"),
    ("torch.quantization", "torch.ao.quantization"), ("torch.nn.quantized", "torch.ao.nn.quantized"), ("torch.nn.intrinsic", "torch.ao.nn.intrinsic"),
    ("torch.nn.qat", "torch.ao.nn.qat"), ("ultralytics.yolo.utils", "ultralytics.utils"), ("ultralytics.yolo.v8", "ultralytics.models.yolo"),
    ("ultralytics.yolo.engine", "ultralytics.engine"), *(("ultralytics.nn.modules", f"ultralytics.nn.modules.{part}") for part in (
        "conv", "block", "head", "transformer", "activation")),
    ("sentence_transformers.models.Transformer", "sentence_transformers.models.transformer"),
    ("pathlib._local", "pathlib"), ("lightning.pytorch", "pytorch_lightning"), ("lightning.fabric", "lightning_fabric"),
    ("transformers.tokenization_bert", "transformers.models.bert.tokenization_bert"),
    ("transformers.modeling_bert", "transformers.models.bert.modeling_bert"),
    ("transformers.configuration_bert", "transformers.models.bert.configuration_bert"),
    ("transformers.configuration_roberta", "transformers.models.roberta.configuration_roberta"),
    ("transformers.modeling_roberta", "transformers.models.roberta.modeling_roberta"),
    ("transformers.configuration_gpt2", "transformers.models.gpt2.configuration_gpt2"),
    ("transformers.modeling_gpt2", "transformers.models.gpt2.modeling_gpt2"),
    ("transformers.modeling_distilbert", "transformers.models.distilbert.modeling_distilbert"),
    ("transformers.configuration_distilbert", "transformers.models.distilbert.configuration_distilbert"),
)

# Packages whose functions honest pickles refer to, as score functions, activations, transforms and aggregations.
FUNCTION_PACKAGES: frozenset[str] = frozenset(
    "numpy scipy pandas sklearn torch torchvision joblib xgboost lightgbm catboost statsmodels imblearn nltk gensim spacy thinc "
    "sentence_transformers torchmetrics timm einops skops skorch category_encoders umap hdbscan pynndescent skimage fastai lifelines "
    "sktime mlxtend shap networkx pytorch_tabnet torch_geometric".split()
)

# Read by hand: their state methods reach a sink by name only, or use native code on bytes that the library itself wrote.
REVIEWED_CLASSES: frozenset[str] = frozenset({
    "xgboost.core.Booster", "lightgbm.basic.Booster", "catboost.core.CatBoost", "catboost.core.CatBoostClassifier",
    "catboost.core.CatBoostRegressor", "catboost.core.CatBoostRanker",
})

# Methods that the data flow suspects without reason: they wrap what they hold, and whoever uses the object later calls it.
REVIEWED_METHODS: frozenset[str] = frozenset({"torchmetrics.metric.Metric.__setstate__"})

# Their instances act by themselves: modules, processes, servers, files, metaclasses.
EFFECT_BASES: frozenset[str] = frozenset({
    "builtins.type", "types.ModuleType", "subprocess.Popen", "socket.socket", "io.FileIO", "threading.Thread", "threading.Timer",
    "multiprocessing.Process", "multiprocessing.process.BaseProcess", "socketserver.BaseServer", "socketserver.TCPServer",
    "http.server.BaseHTTPRequestHandler", "pickle.Unpickler", "pickle.Pickler", "pickle._Unpickler", "pickle._Pickler", "_pickle.Unpickler",
    "dill._dill.Unpickler", "cloudpickle.cloudpickle.Pickler", "code.InteractiveInterpreter",
    "cmd.Cmd", "ctypes.Structure", "ctypes.Union", "logging.Handler", "logging.FileHandler", "logging.StreamHandler",
    "importlib.abc.Loader", "importlib.abc.MetaPathFinder", "tempfile.TemporaryDirectory", "zipfile.ZipFile", "tarfile.TarFile",
    "http.client.HTTPConnection", "urllib.request.OpenerDirector", "concurrent.futures.Executor", "concurrent.futures._base.Executor",
    "asyncio.AbstractEventLoop", "weakref.finalize", "unittest.TestCase", "unittest.case.TestCase", "ast.NodeVisitor",
    "argparse.Action", "abc.ABCMeta", "enum.EnumMeta", "enum.EnumType", "ctypes.CDLL", "string.Formatter",
})

# Parents without a constructor of their own that matters.
SAFE_BUILTIN_BASES: frozenset[str] = frozenset({
    *(f"builtins.{name}" for name in (
        "object", "tuple", "list", "dict", "set", "frozenset", "int", "float", "str", "bytes", "complex", "Exception", "BaseException",
        "ValueError", "TypeError", "KeyError", "RuntimeError", "AttributeError", "IndexError", "ImportError", "NotImplementedError",
        "Warning", "UserWarning", "DeprecationWarning", "FutureWarning", "RuntimeWarning", "LookupError", "ArithmeticError", "OSError",
        "StopIteration", "AssertionError", "PendingDeprecationWarning", "BytesWarning", "IOError", "UnicodeError", "NameError",
        "SyntaxError", "EOFError", "TimeoutError", "ConnectionError", "FileNotFoundError", "PermissionError", "SystemError", "ZeroDivisionError",
    )),
    "abc.ABC", "typing.Generic", "typing.Protocol", "typing_extensions.Protocol", "typing.NamedTuple", "enum.Enum", "enum.IntEnum",
    "enum.StrEnum", "enum.Flag", "enum.IntFlag", "collections.OrderedDict", "collections.UserDict", "collections.UserList",
    "collections.namedtuple", "collections.abc.Mapping", "collections.abc.MutableMapping", "collections.abc.Sequence",
    "collections.abc.Sized", "collections.abc.Iterable", "collections.abc.Callable", "collections.abc.Hashable", "typing.Mapping",
    "collections.abc.Set", "collections.abc.MutableSequence", "collections.abc.Iterator", "collections.Counter", "typing.Iterable",
})

# Words in the names of compiled classes that stand for files, processes, networks, code or foreign objects.
COMPILED_REFUSED: tuple[str, ...] = (
    "File", "Reader", "Writer", "Loader", "Socket", "Process", "Store", "Client", "Server", "Compil", "Parser", "Module", "Graph",
    "Import", "Thread", "Stream", "Engine", "Function", "Handle", "Interpreter", "Unpickl", "Pickler", "Library", "Callback", "Python",
    "Wrapper", "Dispatch", "Executor", "Connection", "Serializ", "Method", "Capsule", "Context", "Guard", "Hook", "RPC", "Rpc", "Future",
)

# Names that releases or platforms other than the one mined have, or whose body is compiled.
_EXEC = ("system", "popen", "startfile", "execl", "execle", "execlp", "execv", "execve", "execvp", "execvpe", "spawnl", "spawnle",
         "spawnlp", "spawnlpe", "spawnv", "spawnve", "spawnvp", "spawnvpe", "posix_spawn", "posix_spawnp", "fork", "forkpty", "kill", "killpg")
_FILES = ("open", "fdopen", "remove", "unlink", "rename", "replace", "rmdir", "mkdir", "makedirs", "removedirs", "link", "symlink",
          "truncate", "chmod", "chown", "chroot", "listdir", "scandir", "walk", "putenv", "unsetenv", "chdir", "mkfifo", "mknod", "write")
STDLIB_GADGETS: dict[tuple[str, str], str] = {
    **{(module, name): "P" for module in ("os", "posix", "nt") for name in _EXEC},
    **{(module, name): "F" for module in ("os", "posix", "nt") for name in _FILES},
    **{(module, name): "X" for module in ("builtins", "__builtin__") for name in ("eval", "exec", "execfile", "compile", "breakpoint")},
    **{(module, "__import__"): "I" for module in ("builtins", "__builtin__", "importlib", "importlib._bootstrap")},
    **{(module, name): "F" for module in ("builtins", "__builtin__", "io", "_io") for name in ("open", "file", "FileIO", "open_code")},
    **{("subprocess", name): "P" for name in ("Popen", "call", "check_call", "check_output", "run", "getoutput", "getstatusoutput")},
    **{("commands", name): "P" for name in ("getoutput", "getstatusoutput", "getstatus")},
    **{("popen2", name): "P" for name in ("popen2", "popen3", "popen4", "Popen3", "Popen4")},
    **{(module, name): "D" for module in ("pickle", "_pickle", "cPickle", "dill", "dill._dill", "cloudpickle", "marshal", "shelve")
       for name in ("load", "loads", "Unpickler")},
    **{("importlib", name): "I" for name in ("import_module", "reload")}, **{("imp", name): "I" for name in (
        "load_source", "load_module", "load_compiled", "load_dynamic", "load_package", "reload")},
    **{("runpy", name): "X" for name in ("run_module", "run_path", "_run_code", "_run_module_code", "_run_module_as_main")},
    **{("types", name): "X" for name in ("FunctionType", "CodeType", "LambdaType")}, ("new", "function"): "X", ("new", "code"): "X",
    **{(module, name): "L" for module in ("ctypes", "_ctypes") for name in ("CDLL", "PyDLL", "WinDLL", "OleDLL", "dlopen", "LoadLibrary",
        "CFUNCTYPE", "PYFUNCTYPE", "call_function", "call_cdeclfunction", "string_at", "memmove", "memset")},
    ("_posixsubprocess", "fork_exec"): "P", ("_winapi", "CreateProcess"): "P", ("_socket", "socket"): "N", ("socket", "socket"): "N",
    ("_ctypes", "PyObj_FromPtr"): "L", ("pty", "spawn"): "P", ("pkgutil", "resolve_name"): "I", ("zipimport", "zipimporter"): "I",
    ("asyncio", "create_subprocess_shell"): "P", ("asyncio", "create_subprocess_exec"): "P", ("asyncio", "run"): "X",
    ("asyncio.unix_events", "_UnixSubprocessTransport"): "P", ("multiprocessing", "Process"): "P", ("multiprocessing.context", "Process"): "P",
    ("lib2to3.pgen2.pgen", "ParserGenerator"): "F", ("lib2to3.pgen2.grammar", "Grammar"): "F", ("_pyrepl.pager", "pipe_pager"): "P",
    ("_pyrepl.pager", "tempfile_pager"): "P", ("mmap", "mmap"): "F", ("sqlite3", "connect"): "F", ("_sqlite3", "connect"): "F",
    ("readline", "read_history_file"): "F", ("readline", "write_history_file"): "F", ("readline", "read_init_file"): "F",
    ("faulthandler", "_sigsegv"): "L", ("_testcapi", "run_in_subinterp"): "X", ("_xxsubinterpreters", "run_string"): "X",
    ("_interpreters", "exec"): "X", ("_interpreters", "run_string"): "X", ("_thread", "start_new_thread"): "X", ("thread", "start_new_thread"): "X",
    ("atexit", "register"): "X", ("signal", "signal"): "X", ("sys", "settrace"): "X", ("sys", "setprofile"): "X", ("gc", "get_objects"): "X",
    ("gc", "get_referrers"): "X", ("gc", "get_referents"): "X", ("webbrowser", "open"): "P", ("webbrowser", "get"): "P",
    ("urllib", "urlopen"): "N", ("urllib", "urlretrieve"): "N", ("urllib2", "urlopen"): "N", ("urllib.request", "urlopen"): "N",
    ("urllib.request", "urlretrieve"): "N", ("logging.config", "dictConfig"): "X", ("logging.config", "fileConfig"): "X",
    ("logging.config", "listen"): "N", ("numpy.f2py.crackfortran", "myeval"): "X", ("numpy.testing._private.utils", "runstring"): "X",
    ("numpy.testing", "runstring"): "X", ("numpy.testing.utils", "runstring"): "X", ("joblib", "load"): "D", ("torch", "load"): "D",
    ("torch.serialization", "load"): "D", ("xgboost.core", "Booster"): "F", ("xgboost", "Booster"): "F", ("fastai.learner", "load_learner"): "D", ("fastai.learner", "load_model"): "D",
    ("pandas", "read_pickle"): "D", ("pandas.io.pickle", "read_pickle"): "D",
    ("pandas", "eval"): "X", ("yaml", "load"): "D", ("yaml", "unsafe_load"): "D", ("yaml", "full_load"): "D", ("numpy", "load"): "D",
    ("numpy", "fromfile"): "F", ("numpy", "fromregex"): "F", ("numpy._core.multiarray", "fromfile"): "F",
    ("numpy._core._multiarray_umath", "fromfile"): "F", ("numpy.core.multiarray", "fromfile"): "F", ("torch", "from_file"): "F", ("numpy", "memmap"): "F", ("numpy", "save"): "F", ("numpy", "savetxt"): "F", ("numpy", "loadtxt"): "F",
    ("numpy", "genfromtxt"): "F", ("numpy", "savez"): "F", ("numpy", "savez_compressed"): "F", ("torch", "save"): "F",
    ("joblib", "dump"): "F", ("torch.ops", "load_library"): "L", ("torch.package", "PackageImporter"): "X", ("torch.jit", "load"): "D",
    ("torch._C", "_jit_compile"): "X", ("torch._C", "import_ir_module"): "D", ("torch._C", "PyTorchFileReader"): "F",
    ("torch._C", "PyTorchFileWriter"): "F", ("torch.hub", "load"): "X", ("keras.models", "load_model"): "D", ("keras.saving", "load_model"): "D",
    ("tensorflow.keras.models", "load_model"): "D", ("tensorflow", "io.read_file"): "F", ("pip", "main"): "X", ("pip._internal", "main"): "X",
    ("pip._internal.cli.main", "main"): "X", ("distutils.file_util", "write_file"): "F", ("distutils.spawn", "spawn"): "P",
}

# Builtin functions that honest pickles hand around (aggregations, key functions).
HARMLESS_BUILTINS: tuple[str, ...] = (
    "abs", "all", "any", "bool", "chr", "divmod", "hash", "len", "max", "min", "ord", "pow", "repr", "round", "sorted", "sum",
)

# Python 2 spelled these differently.
PYTHON2: dict[str, str] = {"long": "int", "unicode": "str", "xrange": "range", "basestring": "str"}

# Parts of packages whose classes are machinery (compilers, importers, command lines), not data.
MACHINERY: tuple[str, ...] = (
    "torch._inductor", "torch._dynamo", "torch.package", "torch.distributed", "torch.testing", "torch.onnx", "torch._export", "torch.export",
    "torch._functorch", "torch.utils.cpp_extension", "torch.utils.benchmark", "torch.utils.tensorboard", "torch._refs", "torch._decomp",
    "torch._prims", "torch._subclasses", "torch._higher_order_ops", "torch._library", "torch._lazy", "torch._numpy", "torch._logging",
    "torch._strobelight", "torch.backends", "torch.mtia", "torch.monitor", "torch.profiler", "torch.autograd.profiler", "torch.hub",
    "torch.utils.bottleneck", "torch.utils.data.datapipes", "torch.utils.viz", "torch.utils._sympy", "torch.utils.model_dump", "torch.fx",
    "torch.jit", "torch.masked", "torch._guards", "torch._meta_registrations", "torch._ops", "torch._classes", "torch.multiprocessing",
    "torch.utils.hipify", "torch.utils.collect_env", "torch._utils_internal", "torch.library", "torch.utils._python_dispatch", "torch.overrides",
    "torch.utils._config_module", "nltk.downloader", "nltk.data", "nltk.pathsec", "nltk.redos", "nltk.inference", "nltk.sem", "nltk.tbl.demo",
    "nltk.parse.malt", "nltk.parse.corenlp", "nltk.parse.stanford", "nltk.tag.stanford", "nltk.tokenize.stanford", "nltk.classify.weka",
    "nltk.classify.megam", "nltk.classify.senna", "nltk.internals", "srsly.ruamel_yaml", "torch._vendor", "torch._compile", "torch._custom_op", "torch.cuda", "torch.xpu", "torch.mps", "torch._C",
    "numpy.distutils", "numpy.f2py", "numpy.testing", "numpy.ctypeslib", "numpy.typing", "numpy._typing", "numpy.lib._datasource",
    "scipy._lib._ccallback", "scipy._lib._testutils", "scipy._lib.uarray", "scipy._lib._uarray", "scipy._lib._pep440", "scipy.io", "scipy._build_utils", "scipy.conftest", "pandas.io", "pandas._testing", "pandas.testing", "pandas.compat",
    "pandas.plotting", "pandas.core.computation", "pandas._version", "pandas.util", "sklearn.utils._testing", "sklearn.datasets",
    "sklearn.externals", "sklearn._build_utils", "transformers.commands", "transformers.cli", "transformers.pipelines", "transformers.integrations",
    "transformers.testing_utils", "transformers.dependency_versions_check", "transformers.distributed", "joblib.externals", "joblib._parallel_backends",
    "joblib.pool", "joblib.memory", "joblib.executor", "joblib._memmapping_reducer", "joblib.backports", "diffusers.pipelines",
    "diffusers.commands", "diffusers.hooks", "diffusers.loaders", "diffusers.modular_pipelines", "datasets.commands", "datasets.packaged_modules",
    "datasets.utils", "datasets.filesystems", "datasets.download", "datasets.builder", "datasets.load", "nltk.app", "nltk.draw", "nltk.twitter",
    "spacy.cli", "keras.src.backend", "keras.src.saving", "keras.src.export", "keras.src.utils", "keras.src.applications", "keras.src.ops",
    "ultralytics.hub", "ultralytics.solutions", "ultralytics.utils.callbacks", "ultralytics.engine.exporter", "PIL", "matplotlib",
    "statsmodels.tools._testing", "statsmodels.datasets", "statsmodels.sandbox", "statsmodels.compat", "statsmodels.graphics",
    "networkx.drawing", "networkx.utils", "networkx.readwrite", "gensim.scripts", "gensim.downloader", "optuna.storages", "optuna.cli",
    "optuna.integration", "optuna.artifacts", "accelerate.commands", "accelerate.test_utils", "timm.utils", "fastai.distributed",
    "shap.benchmark", "skimage.io", "skimage.viewer", "skimage.data", "plum", "sqlalchemy", "pyarrow.fs", "pyarrow._fs", "pyarrow.flight",
    "pyarrow._flight", "pyarrow.vendored", "pyarrow.dataset", "pyarrow._dataset", "pytorch_lightning.cli", "pytorch_lightning.strategies",
    "lightning_fabric.strategies", "lightning_fabric.plugins", "pytorch_lightning.plugins", "requests", "pydantic._internal", "pydantic.mypy",
    "regex._main", "tqdm.contrib", "peft.utils", "trl.scripts", "trl.cli", "trl.extras", "skops.cli", "skops.io", "torch_geometric.datasets",
    "torch_geometric.distributed", "torch_geometric.testing", "torchvision.datasets", "torchvision.io", "sktime.datasets", "sktime.utils",
    "speechbrain.integrations", "speechbrain.utils.fetching", "flair.datasets", "stable_baselines3.common.vec_env.subproc_vec_env",
    "gymnasium.vector.async_vector_env", "gymnasium.utils", "huggingface_hub", "lightgbm.dask", "xgboost.dask", "xgboost.spark", "xgboost.testing",
)

# Packages whose instances keep references to private functions of their own modules.
PRIVATE_FUNCTIONS: frozenset[str] = frozenset({"sklearn"})

# Private helpers by which libraries put their own objects together again: `(module, name)` patterns of the name alone.
RECONSTRUCTORS: tuple[str, ...] = ("__pyx_unpickle_", "_reconstruct", "_rebuild_", "_new_", "_unpickle", "newObj", "_mareconstruct", "_frombuffer",
                                   "_array_reconstructor", "_timedelta_unpickle", "__generator_ctor", "__bit_generator_ctor", "__randomstate_ctor",
                                   "_get_layout", "_pandas_unpickle")

# Numeric libraries whose compiled classes hold numbers: taken as harmless to construct; compiled code cannot be mined.
COMPILED_SAFE: frozenset[str] = frozenset("numpy scipy pandas sklearn pytz dateutil statsmodels hdbscan".split())

# Modules of the standard library whose public classes have harmless constructors.
STDLIB_SAFE: frozenset[str] = frozenset(
    "array builtins collections datetime decimal fractions ipaddress pathlib uuid html http numbers string time types zoneinfo random "
    "_collections _datetime _decimal _struct enum argparse statistics".split()
)

# Objects that are neither class nor function, and harmless to refer to.
KNOWN_OBJECTS: frozenset[tuple[str, str]] = frozenset({
    *(("torch", name) for name in (
        "float16 float32 float64 bfloat16 half float double int8 uint8 int16 int32 int64 short int long bool complex32 complex64 complex128 "
        "cfloat cdouble chalf uint16 uint32 uint64 qint8 quint8 qint32 quint4x2 quint2x4 bits8 bits16 float8_e4m3fn float8_e4m3fnuz "
        "float8_e5m2 float8_e5m2fnuz float8_e8m0fnu float4_e2m1fn_x2 per_tensor_affine per_channel_affine per_tensor_symmetric "
        "per_channel_symmetric per_channel_affine_float_qparams strided sparse_coo sparse_csr sparse_csc sparse_bsr sparse_bsc jagged "
        "contiguous_format channels_last channels_last_3d preserve_format").split()),
    ("pandas", "NA"), ("pandas", "NaT"), ("pandas._libs.missing", "NA"), ("numpy", "nan"), ("builtins", "Ellipsis"),
    ("builtins", "NotImplemented"), ("array", "_array_reconstructor"),
})

# Classes that call what they hold, or load what they are pointed at, in ways that the data flow doesn't see.
REFUSED_CLASSES: frozenset[str] = frozenset({
    "keras.src.layers.core.lambda_layer.Lambda", "joblib.parallel.Parallel", "joblib.parallel.BatchedCalls", "numpy._core.memmap.memmap",
    "scipy._lib._ccallback.LowLevelCallable", "numpy._core._internal.dummy_ctype", "torch.serialization._open_zipfile_reader",
    "torch.serialization._open_file",
})

# Functions that make classes, hand out names, or load, in ways that the data flow doesn't see.
REFUSED_FUNCTIONS: frozenset[str] = frozenset({
    "attr.make_class", "attrs.make_class", "attr._make.make_class", "joblib.delayed", "joblib.parallel.delayed", "joblib.numpy_pickle._unpickle",
    "numpy.from_dlpack", "torch.from_dlpack", "numpy.frompyfunc", "torch.serialization.add_safe_globals", "gensim.utils.call_on_class_only",
    "fastai.learner.load_learner", "fastai.learner.load_model", "torch.utils.dlpack.from_dlpack",
})
