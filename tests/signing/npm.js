// The verdicts of npm's sigstore over cases, one a line in JSON, as `verdicts.py` writes them.
//
//     node npm.js MODULES < cases
//
// Its verifier checks the signature of an envelope but not what the statement is about: that is the caller's work there,
// so the subjects are held against the artifact here.

const crypto = require("crypto");
const fs = require("fs");
const path = require("path");
const modules = path.resolve(process.argv[2]);
const load = (name) => require(path.join(modules, name));
const { bundleFromJSON } = load("@sigstore/bundle");
const { toSignedEntity, toTrustMaterial, Verifier } = load("@sigstore/verify");
const { TrustedRoot } = load("@sigstore/protobuf-specs");

function verify(one) {
  const bundle = bundleFromJSON(JSON.parse(fs.readFileSync(one.bundle, "utf8")));
  const artifact = fs.readFileSync(one.artifact);
  const root = TrustedRoot.fromJSON(JSON.parse(fs.readFileSync(one.root, "utf8")));
  const key = one.key && { publicKey: crypto.createPublicKey(fs.readFileSync(one.key)), validFor: () => true };
  const trusted = key ? toTrustMaterial(root, () => key) : toTrustMaterial(root);
  const exact = (text) => "^" + text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&") + "$";
  const policy = key ? undefined : { subjectAlternativeName: exact(one.identity), extensions: { issuer: one.issuer } };
  new Verifier(trusted).verify(toSignedEntity(bundle, artifact), policy);
  if (bundle.content.$case === "dsseEnvelope") {
    const statement = JSON.parse(bundle.content.dsseEnvelope.payload.toString("utf8"));
    const digest = crypto.createHash("sha256").update(artifact).digest("hex");
    if (!one.own && !statement.subject.some((subject) => subject.digest.sha256 === digest)) {
      throw new Error("no subject is the artifact");
    }
  }
}

for (const line of fs.readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const one = JSON.parse(line);
  let reason = null;
  try {
    verify(one);
  } catch (error) {
    reason = String(error.message || error);
  }
  console.log(JSON.stringify({ name: one.name, accepted: reason === null, reason }));
}
