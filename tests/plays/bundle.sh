# The bundle works where none of our packages are: unpacked and set up by an
# ordinary user in a file system that has Apache with mod_fcgid, a C library, a
# shell and nothing else.

. "${srcdir:-.}/tests/functions.sh"
. "$srcdir/tests/fcgid.sh"
. "$srcdir/tests/tls.sh"
[ -z "${TURNPIKE_VALGRIND:-}" ] || skip_all 'a bundle has no valgrind'
need_apache
command -v patchelf >/dev/null 2>&1 || skip_all 'patchelf is not installed'
[ "$(id -u)" -eq 0 ] || skip_all 'only root can change the root directory'
! sanitized || skip_all 'a bundle has no sanitizers'
root=$T/root
mkdir -p "$root/proc"
unshare -m mount -t proc proc "$root/proc" 2>/dev/null ||
    skip_all 'the system does not allow to mount'
plan 26

# ---- a host ----

# install FILE...: into the host, with the libraries that it needs.
install() {
    local file
    for file; do
        [ ! -e "$root$file" ] || continue
        mkdir -p "$root${file%/*}"
        cp -L "$file" "$root$file"
        # shellcheck disable=SC2046 # a list of paths
        install $(ldd "$file" 2>/dev/null | grep -o '/[^ ]*')
    done
}
modules='mpm_event authz_core alias mime env setenvif rewrite fcgid'
install "$HTTPD" /bin/sh /bin/cat /bin/chmod /usr/bin/dirname /usr/bin/env
for module in $modules; do
    install "$MODULES/mod_$module.so"
done
for library in libgcc_s.so.1 libc.so.6 libm.so.6 libresolv.so.2 libpthread.so.0; do
    file=$(ldconfig -p | awk -v l="$library" '$1 == l { print $NF; exit }')
    [ -z "$file" ] || install "$file"
done
mkdir -p "$root/dev/shm" "$root/tmp" "$root/etc" "$root/home/u/www"
chmod 1777 "$root/dev/shm" "$root/tmp"
mknod -m 666 "$root/dev/null" c 1 3
mknod -m 666 "$root/dev/zero" c 1 5
mknod -m 666 "$root/dev/urandom" c 1 9
echo 'u:x:65534:65534::/home/u:/bin/sh' >"$root/etc/passwd"
echo 'u:x:65534:' >"$root/etc/group"

# inside CMD...: as the user of that host.
inside() {
    # shellcheck disable=SC2016 # for that shell
    HOME=/home/u unshare -m sh -c 'mount -t proc proc "$0/proc" &&
        exec chroot --userspec=65534:65534 "$0" "$@"' "$root" "$@"
}
ours() {
    find "$root" -path "$root/proc" -prune -o -name 'lib*' -print |
        grep -E 'lib(fcgi|curl|json-c|db-|sodium|utf8proc)'
}
not_ok 'the host has none of our libraries' ours

# ---- the bundle ----

mkdir "$T/build"
ln -s "$builddir"/turnpike* "$builddir/Makefile" "$builddir/moderation.weights" \
    "$T/build"
make_bundle() {
    "$srcdir/httpd-conf/bundle/make.sh" "$T/build" "$T/build"
}
tarball=$(make_bundle) || bail 'there is no bundle'
is "$(make_bundle 2>&1)" "$tarball" 'beside an older one it is made as well'
like "${tarball##*/}" "^turnpike-[0-9.]*-$(uname -m)\\.tar\\.gz\$" \
    'the tarball says what it is'
tar -C "$root/home/u" -xzf "$tarball"
mv "$root"/home/u/turnpike-* "$root/home/u/turnpike"
chown -R 65534:65534 "$root/home/u"
bundle=$root/home/u/turnpike
like "$(readelf -d "$bundle/bin/turnpike.fcgi" | grep PATH)" \
    'RUNPATH.*\[\$ORIGIN/\.\./lib\]' 'programs find their libraries by themselves'
is "$(find "$bundle/lib" -name 'libc.so*' | wc -l)" 0 "but the host's libc"
is "$(nm "$bundle/bin/turnpike.fcgi" 2>/dev/null | wc -l)" 0 \
    'programs are stripped'
missing() {
    local program
    for program in "$bundle"/bin/*; do
        inside "/lib64/ld-linux-x86-64.so.2" --list \
            "${program#"$root"}" 2>&1 | grep -E 'not found|error'
    done
}
if [ -e "$root/lib64/ld-linux-x86-64.so.2" ]; then
    not_ok 'no library is missing' missing
else
    skip 1 'another loader'
fi

# ---- the customer ----

is "$(inside /home/u/turnpike/setup /home/u/turnpike 2>&1 |
    grep -c 'lies in the document root')" 1 \
    'setup wants to lie outside the document root'
ok 'setup connects the two' inside /home/u/turnpike/setup /home/u/www
ok 'the program is there' test -x "$root/home/u/www/turnpike.fcgi"
ok 'the configuration is private' test "$(stat -c %a \
    "$bundle/turnpike.conf")" = 600
echo changed >>"$root/home/u/www/.htaccess.new"
ok 'setup leaves alone what is there' inside /home/u/turnpike/setup /home/u/www
is "$(grep -c 'left alone' "$T/output")" 3 'and says so'
ok 'options are listed' inside /home/u/turnpike/bin/turnpikectl options
start_upstream
echo "upstream.local.url = $UPSTREAM" >>"$bundle/turnpike.conf"

# ---- the host's Apache ----

port=$(free_port)
mkdir "$root/home/u/run"
{
    for module in $modules; do
        echo "LoadModule ${module}_module $MODULES/mod_$module.so"
    done
    cat <<END
Listen 127.0.0.1:$port
ServerName localhost
DefaultRuntimeDir /home/u/run
PidFile /home/u/run/httpd.pid
ErrorLog /home/u/run/httpd.log
TypesConfig /dev/null
FcgidIPCDir /home/u/run/fcgid
FcgidProcessTableFile /home/u/run/fcgid.shm
DocumentRoot /home/u/www
<Directory /home/u/www>
    AllowOverride AuthConfig FileInfo Limit Options
    Options FollowSymLinks
    Require all granted
</Directory>
END
} >"$root/home/u/httpd.conf"
chown -R 65534:65534 "$root/home/u"
ln -s "$root/home/u/run/httpd.log" "$T/run/httpd.log"
BASE=http://127.0.0.1:$port
HOME=/home/u unshare -m sh -c 'mount -t proc proc "$0/proc" &&
    exec chroot --userspec=65534:65534 "$0" "$@"' "$root" \
    "$HTTPD" -D FOREGROUND -f /home/u/httpd.conf >"$T/launch.err" 2>&1 &
APACHE=$!
until_true answers ||
    bail "Apache does not start: $(cat "$T/launch.err" "$T/run/httpd.log")"

ctl() {
    inside /home/u/turnpike/bin/turnpikectl \
        --conf /home/u/turnpike/turnpike.conf "$@"
}
ask /health/ready
is "$STATUS $(body .status)" '200 ready' 'it is ready'
KEY=$(ctl demo)
calls_work
ask /turnpike.conf
is "$STATUS" 403 'nothing else is handed out'
from_bundle() {
    local maps
    for maps in $(pgrep -f '^/home/u/turnpike/bin/turnpike.fcgi' |
        sed 's|.*|/proc/&/maps|'); do
        grep -q /home/u/turnpike/lib/libcurl "$maps" && return 0
    done
    return 1
}
ok 'with the libraries of the bundle' from_bundle
is "$(json '[.[] | select(.type == "settle")] | length' ledger \
    demo@localhost)" 3 'all are billed'

# ---- an upstream behind TLS ----

if may_do_tls; then
    start_tls
    cat "$T/ca.pem" >>"$bundle/share/ca-certificates.crt"
    sed -i -e "s|^upstream.local.url.*|upstream.local.url = \
https://localhost:$TLS_PORT|" \
        -e '$a upstream.local.ca_file = share/ca-certificates.crt' \
        "$bundle/turnpike.conf"
    chat hello
    is "$STATUS" 200 'an upstream behind TLS answers'
else
    skip 1 'there is no TLS'
fi

# ---- an upgrade ----

perform_to "$T/kept" 'words=9 barrier=kept@3' true
kept=$CLIENT
until_true upstream_has '.waiting == 1'
tar -C "$root/home/u/turnpike" -xzf "$tarball" --strip-components=1
cp "$root/home/u/www/turnpike.fcgi" "$root/home/u/www/new"
mv "$root/home/u/www/new" "$root/home/u/www/turnpike.fcgi"
chown -R 65534:65534 "$root/home/u"
is_upgraded() {
    local pid inode
    inode=$(stat -c %i "$bundle/bin/turnpike.fcgi")
    ask /v1/models
    for pid in $(pgrep -f '^/home/u/turnpike/bin/turnpike.fcgi'); do
        [ "$(stat -L -c %i "/proc/$pid/exe")" != "$inode" ] || return 0
    done
    return 1
}
ok 'a new program is taken' until_true is_upgraded
release kept >/dev/null
wait "$kept"
ok 'and cuts no stream' is_whole "$T/kept"
stop_apache
ok 'the audit finds no breach' ctl audit
is "$(json .members stat)" 1 'and nobody stays'
