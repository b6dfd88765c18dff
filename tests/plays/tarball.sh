# The tarball has all that the repository has, so that what is built and tested
# from it is the same.

. "${srcdir:-.}/tests/functions.sh"
[ -e "$srcdir/.git" ] || skip_all 'this is no repository'
plan 2

# Not those of the repository itself, as .gitignore.
git -C "$srcdir" ls-files | grep -v '^\.' | sort >"$T/ours"
pack() {
    env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL \
        make -s -C "$builddir" distdir distdir="$T/packed"
}
ok 'it is made' pack
(cd "$T/packed" && find . -type f -printf '%P\n') | sort >"$T/packed.list"
is "$(comm -23 "$T/ours" "$T/packed.list")" '' 'nothing is missing'
