//! Container images: what hides in layers that a running container does not show, in files that packages claim, and in
//! settings; beside honest images with everything that file systems have.

mod system;

use super::{Case, Label};
use crate::archive::{TarEntry, TarKind, Zip, ZipEntry, gzip};
use crate::image::{Image, Packing, folder, hex, md5_hex, python_package, record_of};

/// Where pip installs.
const SITE: &str = "usr/local/lib/python3.11/site-packages/";
/// Protocol 2: would run `echo`.
const PICKLE: &[u8] = b"\x80\x02cos\nsystem\nq\x00X\x0a\x00\x00\x00echo inertq\x01\x85q\x02Rq\x03.";
/// Protocol 2: `{"a": 1}`.
const HONEST_PICKLE: &[u8] = b"\x80\x02}q\x00X\x01\x00\x00\x00aq\x01K\x01s.";
/// Attacks when it is imported: would decode and run `print(1)`.
const ATTACK: &[u8] = b"import base64\nexec(base64.b64decode('cHJpbnQoMSk='))\n";
/// What an application must not do, and libraries do.
const ALARMING: &[u8] =
    b"import os\nclass A:\n    def __init__(self, x):\n        os.system(x)\n        eval(x)\n";
const PLAIN: &[u8] = b"def add(a, b):\n    return a + b\n";

/// Every case of this area.
#[must_use]
pub fn cases() -> Vec<Case> {
    [
        pickles(),
        secrets(),
        altered(),
        system::altered(),
        system::honest(),
        hooks(),
        planted(),
        settings(),
        honest_layers(),
        honest_packages(),
        honest_settings(),
    ]
    .concat()
}

fn saved(class: &'static str, name: &str, label: Label, image: &Image) -> Case {
    Case::single(class, name, label, "image.tar", image.saved())
}

fn bad(class: &'static str, name: &str, layers: &[Vec<TarEntry>]) -> Case {
    saved(class, name, Label::Malicious, &Image::new(layers.to_vec()))
}

fn good(name: &str, layers: &[Vec<TarEntry>]) -> Case {
    let image = Image::new(layers.to_vec());
    saved("image-benign", name, Label::Benign, &image)
}

fn file(name: &str, content: impl Into<Vec<u8>>) -> TarEntry {
    TarEntry::file(name, content)
}

/// A credential of a form that no placeholder has; put together here so that no file holds it.
fn credential() -> Vec<u8> {
    format!(
        "HF_TOKEN={}{}\n",
        "hf_kQmXwRtZvNcLpYe", "HdUfGjAsBiVoTrMzDxW"
    )
    .into_bytes()
}

fn app() -> Vec<TarEntry> {
    vec![folder("app/"), file("app/serve.py", PLAIN)]
}

fn layout_case(class: &'static str, name: &str, label: Label, image: &Image) -> Case {
    Case {
        class,
        name: name.to_owned(),
        label,
        subject: "index.json".to_owned(),
        files: image.layout(),
    }
}

/// Models that act when they are loaded, wherever they lie.
fn pickles() -> Vec<Case> {
    const CLASS: &str = "image-pickle";
    let model = || vec![file("models/pytorch_model.bin", PICKLE)];
    let zip = Zip {
        entries: vec![ZipEntry::stored("m/data.pkl", PICKLE.to_vec())],
        ..Zip::default()
    };
    let owned = |name: &'static str| python_package(SITE, "demo", &[(name, PICKLE)]);
    let list = "/.\n/usr\n/usr/share/demo/model.pkl\n";
    let mut cases = vec![
        bad(CLASS, "top-layer", &[app(), model()]),
        bad(
            CLASS,
            "lower-layer-deleted",
            &[model(), vec![file("models/.wh.pytorch_model.bin", "")]],
        ),
        bad(
            CLASS,
            "lower-layer-replaced",
            &[
                model(),
                vec![file("models/pytorch_model.bin", HONEST_PICKLE)],
            ],
        ),
        bad(
            CLASS,
            "folder-made-opaque",
            &[model(), vec![file("models/.wh..wh..opq", "")]],
        ),
        bad(
            CLASS,
            "folder-deleted",
            &[model(), vec![file(".wh.models", "")]],
        ),
        bad(
            CLASS,
            "in-an-archive",
            &[vec![file(
                "opt/model.tar.gz",
                gzip(&crate::archive::tar(&model())),
            )]],
        ),
        bad(
            CLASS,
            "in-a-checkpoint",
            &[vec![file("models/model.pt", zip.build())]],
        ),
        bad(
            CLASS,
            "owned-by-a-python-package",
            &[owned("demo/model.pkl")],
        ),
        bad(
            CLASS,
            "owned-under-another-name",
            &[owned("demo/weights.bin")],
        ),
        bad(
            CLASS,
            "owned-by-the-system",
            &[vec![
                file("usr/share/demo/model.pkl", PICKLE),
                file("var/lib/dpkg/info/demo.list", list),
            ]],
        ),
        bad(
            CLASS,
            "in-a-javascript-package",
            &[vec![
                file(
                    "app/node_modules/demo/package.json",
                    "{\"name\":\"demo\",\"version\":\"1.0.0\"}",
                ),
                file("app/node_modules/demo/model.pkl", PICKLE),
            ]],
        ),
        bad(
            CLASS,
            "in-a-home-folder",
            &[vec![file(
                "root/.cache/huggingface/hub/m/pytorch_model.bin",
                PICKLE,
            )]],
        ),
        bad(
            CLASS,
            "behind-an-odd-name",
            &[vec![file("var/lib/thing", PICKLE)]],
        ),
        bad(
            CLASS,
            "same-path-twice",
            &[vec![
                file("m/a.pkl", PICKLE),
                file("m/a.pkl", HONEST_PICKLE),
            ]],
        ),
        saved(
            CLASS,
            "gzip-layer",
            Label::Malicious,
            &Image::new([app(), model()]).packed(Packing::Gzip),
        ),
        saved(
            CLASS,
            "zstandard-layer",
            Label::Malicious,
            &Image::new([model()]).packed(Packing::Zstandard),
        ),
        layout_case(
            CLASS,
            "layout",
            Label::Malicious,
            &Image::new([app(), model()]),
        ),
        layout_case(
            CLASS,
            "layout-with-gzip",
            Label::Malicious,
            &Image::new([model(), app()]).packed(Packing::Gzip),
        ),
    ];
    let archive = Image::new([model()]).layout_archive();
    cases.push(Case::single(
        CLASS,
        "archive-of-a-layout",
        Label::Malicious,
        "layout.tar",
        archive,
    ));
    cases
}

/// Credentials in layers and settings.
fn secrets() -> Vec<Case> {
    const CLASS: &str = "image-secret";
    let token = || vec![file("root/.env", credential())];
    let with = |change: &dyn Fn(&mut Image)| {
        let mut image = Image::new([app()]);
        change(&mut image);
        image
    };
    let value = "hf_kQmXwRtZvNcLpYeHdUfGj";
    vec![
        bad(
            CLASS,
            "deleted-later",
            &[token(), vec![file("root/.wh..env", "")]],
        ),
        bad(
            CLASS,
            "replaced-later",
            &[token(), vec![file("root/.env", "HF_TOKEN=\n")]],
        ),
        bad(
            CLASS,
            "folder-made-opaque",
            &[token(), vec![file("root/.wh..wh..opq", "")]],
        ),
        bad(
            CLASS,
            "replaced-by-a-link",
            &[
                token(),
                vec![TarEntry::link(TarKind::Symlink, "root/.env", "/run/env")],
            ],
        ),
        bad(CLASS, "still-there", &[token()]),
        bad(
            CLASS,
            "in-configuration-of-the-system",
            &[vec![
                file("etc/demo.conf", credential()),
                file("var/lib/dpkg/info/demo.list", "/.\n/etc/demo.conf\n"),
            ]],
        ),
        bad(
            CLASS,
            "in-a-python-package",
            &[{
                let content = credential();
                python_package(SITE, "demo", &[("demo/settings.txt", &content)])
            }],
        ),
        saved(
            CLASS,
            "deleted-later-gzip",
            Label::Malicious,
            &Image::new([token(), vec![file("root/.wh..env", "")]]).packed(Packing::Gzip),
        ),
        saved(
            CLASS,
            "environment",
            Label::Malicious,
            &with(&|image| image.environment.push(format!("HF_TOKEN={value}"))),
        ),
        saved(
            CLASS,
            "environment-password",
            Label::Malicious,
            &with(&|image| {
                image
                    .environment
                    .push("DB_PASSWORD=correct horse battery".to_owned())
            }),
        ),
        saved(
            CLASS,
            "build-argument",
            Label::Malicious,
            &with(&|image| {
                image
                    .history
                    .push(format!("|1 API_TOKEN={value} /bin/sh -c make"))
            }),
        ),
        saved(
            CLASS,
            "history-of-the-environment",
            Label::Malicious,
            &with(&|image| {
                image
                    .history
                    .push(format!("/bin/sh -c #(nop)  ENV API_TOKEN={value}"))
            }),
        ),
    ]
}

/// Installed files that are not what was installed.
fn altered() -> Vec<Case> {
    const CLASS: &str = "image-altered-package";
    let package = |files: &[(&str, &[u8])]| python_package(SITE, "demo", files);
    let change = |mut members: Vec<TarEntry>, path: &str, content: &[u8]| {
        for member in &mut members {
            if member.name.ends_with(path.as_bytes()) {
                member.content = content.to_vec();
            }
        }
        members
    };
    let module = || package(&[("demo/__init__.py", PLAIN)]);
    let native: &[u8] = b"\x7fELF\x02\x01\x01 inert, a library only by its name, long enough";
    let conda = |digest: &str| {
        format!(
            "{{\"name\":\"demo\",\"version\":\"1.0\",\"paths_data\":{{\"paths\":[{{\"_path\":\"lib/demo/a.py\",\
             \"path_type\":\"hardlink\",\"sha256\":\"{digest}\"}}]}}}}"
        )
    };
    let upper = |path: &str, content: &[u8]| vec![file(&format!("{SITE}{path}"), content)];
    vec![
        bad(
            CLASS,
            "in-its-layer",
            &[change(
                module(),
                "__init__.py",
                b"def add(a, b):\n    return a - b\n",
            )],
        ),
        bad(
            CLASS,
            "by-a-later-layer",
            &[
                module(),
                upper("demo/__init__.py", b"def add(a, b):\n    return b\n"),
            ],
        ),
        bad(
            CLASS,
            "emptied",
            &[module(), upper("demo/__init__.py", b"")],
        ),
        bad(
            CLASS,
            "with-an-attack",
            &[module(), upper("demo/__init__.py", ATTACK)],
        ),
        bad(
            CLASS,
            "native-library",
            &[
                package(&[("demo/core.so", native)]),
                upper("demo/core.so", b"\x7fELF another"),
            ],
        ),
        bad(
            CLASS,
            "native-library-and-module",
            &[change(
                change(
                    package(&[
                        ("demo/a.so", native),
                        ("demo/b.so", native),
                        ("demo/c.so", native),
                        ("demo/d.py", PLAIN),
                    ]),
                    ".so",
                    b"\x7fELF",
                ),
                "d.py",
                b"x = 1\n",
            )],
        ),
        bad(
            CLASS,
            "data-file",
            &[module(), {
                let data: &[u8] = b"{\"host\": \"models.example\"}";
                change(
                    python_package(SITE, "other", &[("other/hosts.json", data)]),
                    "hosts.json",
                    b"{\"host\": \"evil.example\"}",
                )
            }],
        ),
        bad(
            CLASS,
            "program-beside-the-packages",
            &[change(
                package(&[("../../../bin/demo", b"#!/usr/local/bin/python\nprint(1)\n")]),
                "bin/demo",
                b"#!/usr/local/bin/python\nprint(2)\n",
            )
            .into_iter()
            .map(moved)
            .collect()],
        ),
        bad(
            CLASS,
            "conda",
            &[vec![
                file("opt/conda/conda-meta/demo-1.0-0.json", conda(&hex(PLAIN))),
                file("opt/conda/lib/demo/a.py", ATTACK),
            ]],
        ),
        saved(
            CLASS,
            "by-a-later-layer-gzip",
            Label::Malicious,
            &Image::new([module(), upper("demo/__init__.py", b"x = 2\n")]).packed(Packing::Gzip),
        ),
        layout_case(
            CLASS,
            "by-a-later-layer-layout",
            Label::Malicious,
            &Image::new([module(), upper("demo/__init__.py", b"x = 3\n")]).packed(Packing::Gzip),
        ),
    ]
}

/// A name that a record writes from the folder of the packages.
fn moved(mut member: TarEntry) -> TarEntry {
    let name = String::from_utf8_lossy(&member.name).into_owned();
    if let Some((_, program)) = name.split_once("/../../../") {
        member.name = format!("usr/local/lib/{program}").into_bytes();
    }
    if member.name.starts_with(b"usr/local/lib/bin/") {
        let program =
            String::from_utf8_lossy(&member.name).replace("usr/local/lib/bin/", "usr/local/bin/");
        member.name = program.into_bytes();
    }
    member
}

/// Hooks that the interpreter runs by itself, whoever owns them.
fn hooks() -> Vec<Case> {
    const CLASS: &str = "image-interpreter-hook";
    let line: &[u8] = b"import os; os.system('echo inert')\n";
    let at = |name: &str, content: &[u8]| vec![file(&format!("{SITE}{name}"), content)];
    let owned = |name: &'static str, content: &'static [u8]| {
        python_package(SITE, "demo", &[(name, content)])
    };
    vec![
        bad(CLASS, "path-file", &[at("zz.pth", line)]),
        bad(
            CLASS,
            "path-file-that-a-record-lists",
            &[owned("demo.pth", line)],
        ),
        bad(
            CLASS,
            "path-file-decodes",
            &[owned(
                "demo.pth",
                b"import base64; exec(base64.b64decode('cHJpbnQoMSk='))\n",
            )],
        ),
        bad(
            CLASS,
            "site-customisation",
            &[at("sitecustomize.py", ATTACK)],
        ),
        bad(
            CLASS,
            "site-customisation-that-a-record-lists",
            &[owned("sitecustomize.py", ATTACK)],
        ),
        bad(
            CLASS,
            "user-customisation",
            &[at("usercustomize.py", ATTACK)],
        ),
        bad(
            CLASS,
            "in-the-library",
            &[vec![
                file("usr/local/lib/python3.11/os.py", "import sys\n"),
                file("usr/local/lib/python3.11/sitecustomize.py", ATTACK),
            ]],
        ),
        bad(
            CLASS,
            "path-file-deleted-later",
            &[at("zz.pth", line), at(".wh.zz.pth", b"")],
        ),
    ]
}

/// Code that nobody has installed, and code that attacks though somebody has.
fn planted() -> Vec<Case> {
    const CLASS: &str = "image-planted-code";
    let site = |name: &str, content: &[u8]| file(&format!("{SITE}{name}"), content);
    vec![
        bad(
            CLASS,
            "beside-a-package",
            &[{
                let mut members = python_package(SITE, "demo", &[("demo/__init__.py", PLAIN)]);
                members.push(site("demo/extra.py", ATTACK));
                members
            }],
        ),
        bad(
            CLASS,
            "in-a-package-that-lists-it",
            &[python_package(
                SITE,
                "demo",
                &[("demo/__init__.py", ATTACK)],
            )],
        ),
        bad(CLASS, "application", &[vec![file("app/serve.py", ATTACK)]]),
        bad(
            CLASS,
            "in-the-library",
            &[vec![
                file("usr/local/lib/python3.11/os.py", "import sys\n"),
                file("usr/local/lib/python3.11/stranger.py", ATTACK),
            ]],
        ),
        bad(
            CLASS,
            "program-that-no-list-has",
            &[vec![
                file("var/lib/dpkg/info/demo.list", "/.\n/usr/bin/demo\n"),
                file("usr/bin/demo", "#!/bin/sh\nexit 0\n"),
                file("usr/bin/stranger.py", ATTACK),
            ]],
        ),
        bad(
            CLASS,
            "before-the-list-of-another-package",
            &[vec![
                site("aaa.py", ATTACK),
                site(
                    "demo-1.0.dist-info/RECORD",
                    record_of("demo", &[("demo/__init__.py", PLAIN)]).as_bytes(),
                ),
                site("demo/__init__.py", PLAIN),
            ]],
        ),
        bad(
            CLASS,
            "egg",
            &[vec![
                site(
                    "demo.egg-info/installed-files.txt",
                    b"../demo/__init__.py\n",
                ),
                site("demo/__init__.py", PLAIN),
                site("demo/extra.py", ATTACK),
            ]],
        ),
        bad(
            CLASS,
            "deleted-later",
            &[
                vec![file("tmp/setup.py", ATTACK)],
                vec![file("tmp/.wh.setup.py", "")],
            ],
        ),
    ]
}

/// Settings, history and files that weaken whatever runs.
fn settings() -> Vec<Case> {
    const CLASS: &str = "image-settings";
    let with = |change: &dyn Fn(&mut Image)| {
        let mut image = Image::new([app()]);
        change(&mut image);
        image
    };
    let program = TarEntry {
        mode: 0o4755,
        ..file("app/tool", b"\x7fELF inert".as_slice())
    };
    vec![
        saved(
            CLASS,
            "login-port",
            Label::Malicious,
            &with(&|image| image.ports.push("22/tcp".to_owned())),
        ),
        saved(
            CLASS,
            "additional-index",
            Label::Malicious,
            &with(&|image| {
                image.history.push(
                    "RUN pip install --extra-index-url https://pypi.corp.example/simple x"
                        .to_owned(),
                )
            }),
        ),
        saved(
            CLASS,
            "unverified-index",
            Label::Malicious,
            &with(&|image| {
                image
                    .history
                    .push("RUN pip install --trusted-host m.example -r r.txt".to_owned())
            }),
        ),
        bad(CLASS, "set-user-id-outside-of-the-system", &[vec![program]]),
        bad(
            CLASS,
            "system-that-is-not-mended",
            &[vec![file(
                "etc/os-release",
                "ID=debian\nVERSION_ID=\"9\"\nPRETTY_NAME=\"Debian GNU/Linux 9 (stretch)\"\n",
            )]],
        ),
        saved(
            CLASS,
            "stranger-as-base",
            Label::Malicious,
            &with(&|image| image.lowest = format!("sha256:{}", "ef".repeat(32))),
        ),
    ]
}

/// What file systems and builders do.
fn honest_layers() -> Vec<Case> {
    let link = TarEntry::link;
    let replaced = vec![file("app/serve.py", "def add(a, b):\n    return b + a\n")];
    let device = TarEntry {
        mode: 0o666,
        ..TarEntry::new(TarKind::Device, "dev/null")
    };
    let su = TarEntry {
        mode: 0o4755,
        ..file("usr/bin/su", b"\x7fELF inert".as_slice())
    };
    vec![
        good("one-layer", &[app()]),
        good(
            "whiteouts",
            &[
                app(),
                vec![file("app/.wh.serve.py", ""), file("app/main.py", PLAIN)],
            ],
        ),
        good(
            "opaque-folder",
            &[
                app(),
                vec![
                    folder("app/"),
                    file("app/.wh..wh..opq", ""),
                    file("app/main.py", PLAIN),
                ],
            ],
        ),
        good(
            "marks-of-a-storage-driver",
            &[
                vec![folder(".wh..wh.plnk/"), file(".wh..wh.aufs", "")],
                app(),
            ],
        ),
        good("replaced-file", &[app(), replaced]),
        good(
            "folder-becomes-a-file",
            &[app(), vec![file("app", "text\n")]],
        ),
        good(
            "hard-links",
            &[
                app(),
                vec![
                    file("opt/a.txt", "text\n"),
                    link(TarKind::Hardlink, "opt/b.txt", "opt/a.txt"),
                    link(TarKind::Hardlink, "opt/c.txt", "app/serve.py"),
                ],
            ],
        ),
        good(
            "links-of-a-file-system",
            &[vec![
                link(TarKind::Symlink, "bin", "usr/bin"),
                link(TarKind::Symlink, "etc/mtab", "/proc/mounts"),
                link(
                    TarKind::Symlink,
                    "usr/bin/python",
                    "../../usr/local/bin/python3",
                ),
                device,
                su,
            ]],
        ),
        good("empty-layer", &[app(), Vec::new()]),
        good(
            "same-path-twice",
            &[vec![file("app/a.py", PLAIN), file("app/a.py", PLAIN)]],
        ),
        good(
            "honest-model",
            &[vec![file("models/model.pkl", HONEST_PICKLE)]],
        ),
        saved(
            "image-benign",
            "gzip-layers",
            Label::Benign,
            &Image::new([app(), app()]).packed(Packing::Gzip),
        ),
        saved(
            "image-benign",
            "zstandard-layers",
            Label::Benign,
            &Image::new([app()]).packed(Packing::Zstandard),
        ),
        layout_case(
            "image-benign",
            "layout",
            Label::Benign,
            &Image::new([app()]).packed(Packing::Gzip),
        ),
    ]
}

/// Files that packages have installed, which do what applications must not.
fn honest_packages() -> Vec<Case> {
    let module = || {
        python_package(
            SITE,
            "demo",
            &[("demo/__init__.py", PLAIN), ("demo/run.py", ALARMING)],
        )
    };
    let at = |name: &str, content: &[u8]| file(&format!("{SITE}{name}"), content);
    let native: &[u8] = b"\x7fELF\x02\x01\x01 inert, a library only by its name, long enough";
    let libraries: [(&str, &[u8]); 4] = [
        ("demo/a.so", native),
        ("demo/b.so", native),
        ("demo/c.so", native),
        ("demo/__init__.py", PLAIN),
    ];
    let stripped = |members: Vec<TarEntry>| -> Vec<TarEntry> {
        let strip = |mut member: TarEntry| {
            if member.name.ends_with(b".so") {
                member.content.truncate(20);
            }
            member
        };
        members.into_iter().map(strip).collect()
    };
    let shared = |name: &str, content: &'static [u8]| {
        python_package(SITE, name, &[("tests/__init__.py", content)])
    };
    let status = "Package: base-files\nVersion: 12.4\nArchitecture: amd64\n";
    let conda = format!(
        "{{\"name\":\"demo\",\"version\":\"1.0\",\"paths_data\":{{\"paths\":[{{\"_path\":\"lib/demo/a.py\",\
         \"sha256\":\"{}\",\"sha256_in_prefix\":\"{}\"}}]}}}}",
        "ab".repeat(32),
        hex(ALARMING)
    );
    vec![
        good("python-package", &[module()]),
        good(
            "python-package-and-its-program",
            &[python_package(
                SITE,
                "demo",
                &[
                    ("../../../bin/demo", b"#!/usr/local/bin/python\nprint(1)\n"),
                    ("demo/run.py", ALARMING),
                ],
            )
            .into_iter()
            .map(moved)
            .collect()],
        ),
        good(
            "record-before-its-files",
            &[{
                let mut members = module();
                members.reverse();
                members
            }],
        ),
        good(
            "package-replaced-by-another-version",
            &[module(), {
                let mut members = python_package(SITE, "demo", &[("demo/__init__.py", b"x = 1\n")]);
                members.push(at("demo/.wh.run.py", b""));
                members
            }],
        ),
        good(
            "two-packages-with-one-path",
            &[shared("one", b""), shared("two", b"# tests\n")],
        ),
        good(
            "stripped-libraries",
            &[stripped(python_package(SITE, "demo", &libraries))],
        ),
        good(
            "path-file-of-folders",
            &[python_package(
                SITE,
                "demo",
                &[("demo.pth", b"../vendor\n")],
            )],
        ),
        good(
            "compiled-modules-without-digest",
            &[vec![
                at(
                    "demo-1.0.dist-info/RECORD",
                    b"demo/a.py,,\ndemo/__pycache__/a.cpython-311.pyc,,\n",
                ),
                at("demo/a.py", ALARMING),
            ]],
        ),
        good(
            "file-deleted-from-a-package",
            &[module(), vec![at("demo/.wh.run.py", b"")]],
        ),
        good(
            "egg",
            &[vec![
                at("demo.egg-info/installed-files.txt", b"../demo/run.py\n"),
                at(
                    "demo.egg-info/PKG-INFO",
                    b"Metadata-Version: 1.1\nName: demo\nVersion: 1.0\n",
                ),
                at("demo/run.py", ALARMING),
            ]],
        ),
        good(
            "egg-with-sources",
            &[vec![
                at(
                    "demo-1.0.egg-info/SOURCES.txt",
                    b"setup.py\nsrc/demo/run.py\n",
                ),
                at(
                    "demo-1.0.egg-info/PKG-INFO",
                    b"Metadata-Version: 1.1\nName: demo\nVersion: 1.0\n",
                ),
                at("demo/run.py", ALARMING),
            ]],
        ),
        good(
            "conda-package",
            &[vec![
                file("opt/conda/conda-meta/demo-1.0-0.json", conda),
                file("opt/conda/lib/demo/a.py", ALARMING),
            ]],
        ),
        good(
            "conda-package-of-the-older-kind",
            &[vec![
                file(
                    "opt/conda/conda-meta/demo-1.0-0.json",
                    "{\"name\":\"demo\",\"version\":\"1.0\",\"files\":[\"lib/demo/a.py\"]}",
                ),
                file("opt/conda/lib/demo/a.py", ALARMING),
            ]],
        ),
        good(
            "javascript-package",
            &[vec![
                file(
                    "app/node_modules/@scope/demo/package.json",
                    "{\"name\":\"@scope/demo\",\"version\":\"1.0.0\"}",
                ),
                file("app/node_modules/@scope/demo/build.py", ALARMING),
                file("app/node_modules/@scope/demo/README.md", "# demo\n"),
            ]],
        ),
        good(
            "system-package",
            &[vec![
                file("usr/lib/demo/run.py", ALARMING),
                file("var/lib/dpkg/info/demo.list", "/.\n/usr/lib/demo/run.py\n"),
                file(
                    "var/lib/dpkg/status",
                    "Package: demo\nStatus: install ok installed\nVersion: 1.0-1\nArchitecture: all\n",
                ),
            ]],
        ),
        good(
            "image-without-a-package-manager",
            &[
                vec![
                    file("etc/os-release", "ID=debian\nVERSION_ID=\"13\"\n"),
                    file("var/lib/dpkg/status.d/base", status),
                    file(
                        "var/lib/dpkg/status.d/base.md5sums",
                        format!("{}  usr/lib/demo.py\n", md5_hex(ALARMING)),
                    ),
                    file("usr/lib/demo.py", ALARMING),
                ],
                app(),
            ],
        ),
        good(
            "library-of-the-interpreter",
            &[vec![
                file("usr/local/lib/python3.11/os.py", "import sys\n"),
                file("usr/local/lib/python3.11/antigravity.py", ALARMING),
                file("usr/local/lib/python3.11/idlelib/run.py", ALARMING),
            ]],
        ),
    ]
}

/// Settings that look like the bad ones.
fn honest_settings() -> Vec<Case> {
    let with = |name: &str, change: &dyn Fn(&mut Image)| {
        let mut image = Image::new([app()]);
        change(&mut image);
        saved("image-benign", name, Label::Benign, &image)
    };
    vec![
        with("placeholders-in-the-environment", &|image| {
            image.environment.push("HF_TOKEN=".to_owned());
            image
                .environment
                .push("API_KEY_FILE=/run/secrets/key".to_owned());
            image
                .environment
                .push("GPG_KEY=E3FF2839C048B25C084DEBE9B26995E310250568".to_owned());
        }),
        with("builds-of-accelerators", &|image| {
            let command = "RUN pip install --extra-index-url https://download.pytorch.org/whl/cu121 torch==2.4.0";
            image.history.push(command.to_owned());
        }),
        with("runs-as-root", &|image| image.user = String::new()),
    ]
}
