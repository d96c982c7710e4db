//! The functions of Node and of well-known libraries that matter, by dotted name, and what they are for.
//!
//! Names begin with the module (`fs.writeFileSync`) or the global object (`process.env`).

/// What a known function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Api {
    /// Runs text as code.
    Exec,
    /// Loads a module.
    Require,
    /// Hands text to the shell.
    Shell,
    /// Starts a program with a list of arguments.
    Spawn,
    /// Starts another script of Node.
    Fork,
    /// Asks an address for something.
    Fetch,
    /// Asks or sends, as options say.
    Request,
    /// Sends data to an address.
    Send,
    /// Opens a connection.
    Connect,
    /// Resolves a name.
    Resolve,
    /// Reads a file.
    Read,
    /// Writes a file.
    Write,
    /// Opens a stream that writes a file.
    WriteStream,
    /// Deletes a file or tree.
    Remove,
    /// Changes permissions.
    Chmod,
    /// Copies or moves a file.
    Copy,
    /// Decodes, decompresses or decrypts.
    Decode,
    /// `Buffer.from`.
    Buffer,
    /// Letters from numbers.
    Letters,
    /// Says which machine or user this is.
    Host,
    /// The home folder.
    Home,
    /// Puts parts of a path together.
    Join,
    /// Keeps the content of what it is given.
    Keep,
    /// Loads a native library or runs machine code.
    Native,
    /// Reads the clipboard, the screen or the keyboard.
    Spy,
    /// Calls the function that it is given.
    Call,
}

const TABLE: &[(Api, &[&str])] = &[
    (
        Api::Exec,
        &[
            "eval",
            "Function",
            "vm.runInThisContext",
            "vm.runInNewContext",
            "vm.runInContext",
            "vm.Script",
            "vm.compileFunction",
            "module._compile",
            "AsyncFunction",
            "GeneratorFunction",
            "vm.SourceTextModule",
        ],
    ),
    (Api::Require, &["require", "import"]),
    (
        Api::Shell,
        &[
            "child_process.exec",
            "child_process.execSync",
            "shelljs.exec",
            "execa.command",
            "execa.commandSync",
            "execa.$",
        ],
    ),
    (
        Api::Spawn,
        &[
            "child_process.spawn",
            "child_process.spawnSync",
            "child_process.execFile",
            "child_process.execFileSync",
            "cross-spawn",
            "cross-spawn.spawn",
            "cross-spawn.sync",
            "execa",
            "execa.sync",
            "execa.execa",
            "execa.execaSync",
            "Bun.spawn",
            "Bun.spawnSync",
            "node-pty.spawn",
            "Deno.run",
        ],
    ),
    (
        Api::Fork,
        &["child_process.fork", "worker_threads.Worker", "Worker"],
    ),
    (
        Api::Fetch,
        &[
            "http.get",
            "https.get",
            "fetch",
            "axios.get",
            "axios.head",
            "got",
            "got.get",
            "got.stream",
            "node-fetch",
            "node-fetch.default",
            "cross-fetch",
            "superagent.get",
            "needle.get",
            "undici.fetch",
            "phin",
            "bent",
            "request.get",
            "axios.default.get",
            "follow-redirects.https.get",
            "follow-redirects.http.get",
            "download",
            "sync-fetch",
            "ky",
            "ky.get",
            "isomorphic-fetch",
            "unfetch",
            "make-fetch-happen",
            "minipass-fetch",
            "importScripts",
            "http2.connect",
            "jQuery.get",
            "jQuery.getJSON",
            "jQuery.getScript",
            "Image().src",
        ],
    ),
    (
        Api::Request,
        &[
            "http.request",
            "https.request",
            "axios",
            "axios.request",
            "request",
            "undici.request",
            "needle",
            "superagent",
            "follow-redirects.https.request",
            "follow-redirects.http.request",
            "sync-request",
            "then-request",
            "axios.default",
            "jQuery.ajax",
        ],
    ),
    (
        Api::Send,
        &[
            "axios.post",
            "axios.put",
            "axios.patch",
            "got.post",
            "got.put",
            "superagent.post",
            "needle.post",
            "request.post",
            "request.put",
            "navigator.sendBeacon",
            "axios.default.post",
            "ky.post",
            "jQuery.post",
            "XMLHttpRequest().open",
            "discord.js.WebhookClient",
            "nodemailer.createTransport().sendMail",
        ],
    ),
    (
        Api::Connect,
        &[
            "net.connect",
            "net.createConnection",
            "net.Socket().connect",
            "tls.connect",
            "WebSocket",
            "ws",
            "ws.WebSocket",
            "socket.io-client",
            "socket.io-client.io",
            "socket.io-client.connect",
            "dgram.createSocket().connect",
        ],
    ),
    (
        Api::Resolve,
        &[
            "dns.lookup",
            "dns.resolve",
            "dns.resolve4",
            "dns.resolve6",
            "dns.resolveTxt",
            "dns.resolveCname",
            "dns.promises.lookup",
            "dns.promises.resolve",
            "dns.promises.resolve4",
            "dns.promises.resolveTxt",
            "dns/promises.lookup",
            "dns/promises.resolve4",
            "dns/promises.resolve",
        ],
    ),
    (
        Api::Read,
        &[
            "fs.readFile",
            "fs.readFileSync",
            "fs.promises.readFile",
            "fs/promises.readFile",
            "fs.createReadStream",
            "fs-extra.readFile",
            "fs-extra.readFileSync",
            "fs-extra.readJson",
            "graceful-fs.readFileSync",
            "fs.readdirSync",
            "fs.readdir",
            "fs.promises.readdir",
            "fs.openSync",
            "fs.open",
            "Bun.file",
            "Deno.readTextFile",
            "Deno.readFile",
        ],
    ),
    (
        Api::Write,
        &[
            "fs.writeFile",
            "fs.writeFileSync",
            "fs.appendFile",
            "fs.appendFileSync",
            "fs.promises.writeFile",
            "fs/promises.writeFile",
            "fs.promises.appendFile",
            "fs-extra.writeFile",
            "fs-extra.writeFileSync",
            "fs-extra.outputFile",
            "fs-extra.outputFileSync",
            "graceful-fs.writeFileSync",
            "Bun.write",
            "Deno.writeTextFile",
            "Deno.writeFile",
            "fs-extra.writeJson",
            "fs-extra.writeJsonSync",
        ],
    ),
    (
        Api::WriteStream,
        &["fs.createWriteStream", "fs-extra.createWriteStream"],
    ),
    (
        Api::Remove,
        &[
            "fs.rm",
            "fs.rmSync",
            "fs.rmdir",
            "fs.rmdirSync",
            "fs.unlink",
            "fs.unlinkSync",
            "fs.promises.rm",
            "fs.promises.unlink",
            "fs/promises.rm",
            "fs/promises.unlink",
            "fs-extra.remove",
            "fs-extra.removeSync",
            "rimraf",
            "rimraf.sync",
            "fs-extra.emptyDirSync",
            "del",
            "shelljs.rm",
        ],
    ),
    (
        Api::Chmod,
        &[
            "fs.chmod",
            "fs.chmodSync",
            "fs.promises.chmod",
            "fs/promises.chmod",
            "fs-extra.chmodSync",
        ],
    ),
    (
        Api::Copy,
        &[
            "fs.copyFile",
            "fs.copyFileSync",
            "fs.rename",
            "fs.renameSync",
            "fs.cpSync",
            "fs.symlinkSync",
            "fs.linkSync",
            "fs-extra.copySync",
            "fs-extra.moveSync",
        ],
    ),
    (
        Api::Decode,
        &[
            "atob",
            "unescape",
            "zlib.inflateSync",
            "zlib.gunzipSync",
            "zlib.unzipSync",
            "zlib.brotliDecompressSync",
            "zlib.inflateRawSync",
            "zlib.inflate",
            "zlib.gunzip",
            "zlib.brotliDecompress",
            "crypto.createDecipheriv",
            "crypto.createDecipher",
            "crypto-js.AES.decrypt",
            "crypto-js.enc.Base64.parse",
            "lz-string.decompressFromBase64",
            "lz-string.decompress",
            "pako.inflate",
            "pako.ungzip",
            "js-base64.decode",
            "js-base64.Base64.decode",
            "v8.deserialize",
            "Uint8Array.fromBase64",
            "Uint8Array.fromHex",
            "get-pixels",
            "pngjs.PNG.sync.read",
            "steggy.reveal",
            "steganography.decode",
            "steganography.get",
        ],
    ),
    (
        Api::Buffer,
        &[
            "Buffer.from",
            "Buffer",
            "buffer.Buffer.from",
            "Uint8Array.from",
            "Uint8Array",
        ],
    ),
    (
        Api::Letters,
        &["String.fromCharCode", "String.fromCodePoint"],
    ),
    (
        Api::Host,
        &[
            "os.hostname",
            "os.userInfo",
            "os.networkInterfaces",
            "dns.getServers",
            "os.cpus",
            "systeminformation.getStaticData",
            "node-machine-id.machineIdSync",
            "macaddress.one",
            "getmac",
            "public-ip",
            "process.getuid",
        ],
    ),
    (Api::Home, &["os.homedir", "os-homedir"]),
    (
        Api::Join,
        &[
            "path.join",
            "path.resolve",
            "path.normalize",
            "path.win32.join",
            "path.posix.join",
        ],
    ),
    (
        Api::Keep,
        &[
            "JSON.stringify",
            "JSON.parse",
            "encodeURIComponent",
            "encodeURI",
            "String",
            "btoa",
            "Object.keys",
            "Object.entries",
            "Object.assign",
            "Object.values",
            "Array.from",
            "querystring.stringify",
            "util.inspect",
            "URLSearchParams",
            "escape",
            "Object.fromEntries",
            "structuredClone",
            "zlib.gzipSync",
            "zlib.deflateSync",
            "url.parse",
            "URL",
            "Promise.resolve",
            "Promise.all",
            "util.promisify",
            "form-data",
            "FormData",
            "Blob",
            "Array",
            "decodeURIComponent",
            "decodeURI",
            "String.raw",
        ],
    ),
    (
        Api::Native,
        &[
            "process.dlopen",
            "ffi-napi.Library",
            "koffi.load",
            "process.binding",
            "process._linkedBinding",
            "ref-napi.alloc",
        ],
    ),
    (
        Api::Spy,
        &[
            "screenshot-desktop",
            "clipboardy.read",
            "clipboardy.readSync",
            "clipboardy.default.readSync",
            "iohook.on",
            "node-global-key-listener.GlobalKeyboardListener",
            "robotjs.screen.capture",
            "navigator.clipboard.readText",
            "uiohook-napi.uIOhook.on",
            "active-win",
            "node-webcam.create",
            "copy-paste.paste",
            "keytar.findCredentials",
            "keytar.getPassword",
            "chrome-cookies-secure.getCookies",
            "node-dpapi.unprotectData",
            "win-dpapi.unprotectData",
            "@primno/dpapi.Dpapi.unprotectData",
        ],
    ),
    (
        Api::Call,
        &[
            "setTimeout",
            "setImmediate",
            "setInterval",
            "process.nextTick",
            "queueMicrotask",
            "Promise",
            "process.on",
            "process.once",
            "Reflect.apply",
            "Array.prototype.map.call",
        ],
    ),
];

/// What a function does, if it is known.
pub(super) fn api(path: &str) -> Option<Api> {
    TABLE
        .iter()
        .find(|(_, names)| names.contains(&path))
        .map(|(api, _)| *api)
}

/// Objects that every script sees.
pub(super) fn is_global(name: &str) -> bool {
    matches!(
        name,
        "process"
            | "eval"
            | "Function"
            | "require"
            | "module"
            | "Buffer"
            | "String"
            | "Array"
            | "Object"
            | "JSON"
            | "fetch"
            | "atob"
            | "btoa"
            | "setTimeout"
            | "setInterval"
            | "setImmediate"
            | "Promise"
            | "navigator"
            | "XMLHttpRequest"
            | "WebSocket"
            | "document"
            | "localStorage"
            | "unescape"
            | "escape"
            | "encodeURIComponent"
            | "decodeURIComponent"
            | "Uint8Array"
            | "Reflect"
            | "URL"
            | "URLSearchParams"
            | "Worker"
            | "importScripts"
            | "queueMicrotask"
            | "Bun"
            | "Deno"
            | "Blob"
            | "FormData"
            | "WebAssembly"
            | "encodeURI"
            | "decodeURI"
            | "Image"
            | "structuredClone"
            | "AsyncFunction"
    )
}

/// Modules that reach out of the program.
pub(super) fn is_telling_module(name: &str) -> bool {
    matches!(
        name,
        "child_process"
            | "vm"
            | "net"
            | "dgram"
            | "cluster"
            | "worker_threads"
            | "inspector"
            | "repl"
    )
}

/// The name of a module without `node:`.
pub(super) fn module(name: &str) -> &str {
    name.strip_prefix("node:").unwrap_or(name)
}
