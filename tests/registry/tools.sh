#!/bin/sh
# Unpacks cosign 2 and 3, and a skopeo that knows sigstore, into a folder; nothing is installed, and root is not needed.
#
#     tests/registry/tools.sh FOLDER
#
# They are packages of Debian 13 and of Debian unstable (cosign 3). Debian 12 has docker-registry, but no cosign, and its
# skopeo is built without sigstore; so the C library that skopeo wants is fetched too.
set -eu

folder=$(mkdir -p "$1" && cd "$1" && pwd)
lists=$folder/apt
mkdir -p "$lists/lists/partial" "$lists/archives/partial" "$lists/none.d"
: > "$lists/none"
: > "$lists/status"
# The mirror that this machine uses, if it is one of Debian.
mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 2> /dev/null | grep '/debian/*$' | head -n 1 || true)
for release in trixie sid; do
	echo "deb ${mirror:-http://deb.debian.org/debian} $release main"
done > "$lists/sources.list"

apt() {
	tool=$1
	shift
	"$tool" -qq -o APT::Architecture=amd64 -o Dir::Etc::sourcelist="$lists/sources.list" -o Dir::Etc::sourceparts="$lists/none.d" \
		-o Dir::Etc::preferences="$lists/none" -o Dir::Etc::preferencesparts="$lists/none.d" \
		-o Dir::State="$lists" -o Dir::State::lists="$lists/lists" -o Dir::State::status="$lists/status" \
		-o Dir::Cache="$lists" -o Dir::Cache::archives="$lists/archives" -o APT::Sandbox::User= "$@"
}

unpack() {
	into=$1
	shift
	rm -rf "$lists/got" && mkdir -p "$lists/got" "$into"
	(cd "$lists/got" && apt apt-get download "$@")
	for package in "$lists"/got/*.deb; do
		dpkg-deb -x "$package" "$into"
	done
}

apt apt-get -o Acquire::Languages=none -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false update
unpack "$folder/cosign-2" cosign/trixie
unpack "$folder/cosign-3" cosign/sid
unpack "$folder/skopeo" skopeo/trixie libc6/trixie libgpgme11t64/trixie libassuan9/trixie libgpg-error0/trixie libsqlite3-0/trixie
mkdir -p "$folder/bin"
ln -sf "$folder/cosign-2/usr/bin/cosign" "$folder/bin/cosign-2"
ln -sf "$folder/cosign-3/usr/bin/cosign" "$folder/bin/cosign-3"
libraries=$folder/skopeo/usr/lib/x86_64-linux-gnu
cat > "$folder/bin/skopeo" <<END
#!/bin/sh
exec $libraries/ld-linux-x86-64.so.2 --library-path $libraries $folder/skopeo/usr/bin/skopeo "\$@"
END
chmod +x "$folder/bin/skopeo"
"$folder/bin/cosign-2" version > /dev/null 2>&1
"$folder/bin/cosign-3" version > /dev/null 2>&1
"$folder/bin/skopeo" --version > /dev/null
rm -rf "$lists"
