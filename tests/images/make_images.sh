#!/usr/bin/env bash
# Builds real container images with Debian's tools and no daemon: `make_images.sh FOLDER`.
#
# The image has a Debian base of mmdebstrap, a layer of Python packages, a layer with a credential (inert, of a shape
# that the search for secrets knows), a layer that deletes it again, and a layer with a model file that would act when
# loaded (made by the project's own builder, never run). It is left as an OCI layout, as an archive of that layout, and
# as `docker save` writes it. A second layout has one more layer, which changes a file of an installed package. Beside them lie what dpkg and pip list inside, and the digests of the base's layers.
#
# Needs root, and mmdebstrap, umoci and skopeo (packages of Debian).
set -euo pipefail
export LC_ALL=C

out=$(realpath -m "$1")
pickle=$2
rm -rf "$out"
mkdir -p "$out"
cd "$out"

mmdebstrap --quiet --variant=essential --include=python3-pip bookworm base.tar
umoci init --layout layout
umoci new --image layout:app
umoci raw add-layer --image layout:app base.tar
umoci config --image layout:app --config.cmd python3 --history.created_by "CMD [\"python3\"]"
skopeo inspect --config oci:layout:app >base-config.json

umoci unpack --image layout:app bundle
python3 -m pip install --quiet --disable-pip-version-check --no-deps --no-compile \
    --target bundle/rootfs/usr/local/lib/python3.11/dist-packages \
    Jinja2==3.1.2 requests==2.31.0 transformers==4.36.0 mlflow-skinny==2.9.2
umoci repack --refresh-bundle --image layout:app --history.created_by "RUN pip install -r requirements.txt" bundle

# The parts are put together here so that no file of the project holds the whole.
mkdir -p bundle/rootfs/root
printf 'HF_TOKEN=%s%s\n' hf_kQmXwRtZvNcLpYe HdUfGjAsBiVoTrMzDxW >bundle/rootfs/root/.env
umoci repack --refresh-bundle --image layout:app --history.created_by "COPY .env /root/.env" bundle
rm bundle/rootfs/root/.env
umoci repack --refresh-bundle --image layout:app --history.created_by "RUN rm /root/.env" bundle

mkdir -p bundle/rootfs/models
cp "$pickle" bundle/rootfs/models/pytorch_model.bin
umoci repack --refresh-bundle --image layout:app --history.created_by "COPY models /models" bundle
umoci config --image layout:app --config.exposedports 8000/tcp --config.env MODE=serve

chroot bundle/rootfs dpkg-query -W -f='${Package} ${Version} ${db:Status-Status}\n' |
    awk '$3 == "installed" { print $1, $2 }' | sort >dpkg.txt
chroot bundle/rootfs python3 -m pip list --format json >pip.json
rm -rf bundle base.tar
umoci gc --layout layout

tar -C layout -cf layout.tar .

# `umoci raw add-layer` needs no unpacked image: one file that the record of its package has otherwise.
skopeo copy --quiet oci:layout:app oci:patched:app
file=usr/local/lib/python3.11/dist-packages/requests/__version__.py
mkdir -p "change/$(dirname "$file")"
echo '__version__ = "2.31.0"' >"change/$file"
tar -C change -cf change.tar usr
umoci raw add-layer --image patched:app --history.created_by "RUN sed -i requests" change.tar
umoci gc --layout patched
rm -r change change.tar
skopeo copy --quiet oci:layout:app docker-archive:saved.tar:example/app:latest
