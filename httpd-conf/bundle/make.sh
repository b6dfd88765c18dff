#!/usr/bin/env bash
# Packs a build for hosts without root, compiler or packages: the programs, the
# libraries that they need but for libc's, and what a shared host wants. Prints
# the path of the tarball.
#
# Usage: make.sh BUILD-DIRECTORY DIRECTORY-FOR-THE-TARBALL
set -eu

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$1
out=$2

die() {
    echo "bundle: $*" >&2
    exit 1
}

command -v patchelf >/dev/null 2>&1 || die 'patchelf is not installed'
version=$(sed -n 's/^PACKAGE_VERSION = //p' "$build/Makefile")
name=turnpike-$version-$(uname -m)
stage=$(mktemp -d "$out/bundle.XXXXXX")
trap 'rm -rf "$stage"' EXIT
top=$stage/$name
mkdir -p "$top/bin" "$top/lib" "$top/share"

programs=()
for program in "$build"/turnpike*; do
    [ -f "$program" ] && [ -x "$program" ] || continue
    programs+=("$program")
    strip -o "$top/bin/${program##*/}" "$program"
    patchelf --set-rpath "\$ORIGIN/../lib" "$top/bin/${program##*/}"
done
cp -L "$build/moderation.weights" "$top/bin"

# What the loader takes for these programs, libc's own libraries left out: they
# must be those of the host.
libraries() {
    ldd "${programs[@]}" |
        awk '$2 == "=>" && $3 ~ /^\// { print $3 }' | sort -u |
        grep -vE '/lib(c|m|dl|rt|util|anl|resolv|pthread)\.so\.[0-9]+$'
}
libraries | while read -r library; do
    cp -L "$library" "$top/lib/${library##*/}"
    chmod 644 "$top/lib/${library##*/}"
    patchelf --set-rpath "\$ORIGIN" "$top/lib/${library##*/}"
done

[ ! -e "$here/../../COPYING" ] || cp "$here/../../COPYING" "$top"
cp "$here/README" "$here/setup" "$here/turnpike.conf.sample" "$top"
cp "$here/../apache/htaccess" "$top/share"
[ ! -e /etc/ssl/certs/ca-certificates.crt ] ||
    cp -L /etc/ssl/certs/ca-certificates.crt "$top/share"
chmod -R u=rwX,go=rX "$top"
chmod 755 "$top/setup"
tar -C "$stage" --owner=0 --group=0 --numeric-owner --sort=name \
    -czf "$stage/tarball" "$name"
mv "$stage/tarball" "$out/$name.tar.gz"
echo "$out/$name.tar.gz"
