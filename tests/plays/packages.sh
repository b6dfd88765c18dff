# What bootstrap installs serves nobody: a service among it is not started, and
# does not start with the machine.

. "${srcdir:-.}/tests/functions.sh"
plan 9

# shellcheck disable=SC2016 # as it is written there
is "$(tail -n 1 "$srcdir/bootstrap")" 'main "$@"' 'bootstrap ends with a call'
sed '$d' "$srcdir/bootstrap" >"$T/bootstrap"
mkdir "$T/bin"
cat >"$T/bin/apt-get" <<END
#!/bin/sh
case "\$*" in *install*) ;; *) exit 0 ;; esac
"$T/policy"
echo "policy: \$?"
echo "apt-get \$*"
exit "\$(cat "$T/status")"
END
cat >"$T/bin/update-rc.d" <<'END'
#!/bin/sh
echo "update-rc.d $*"
END
chmod 755 "$T"/bin/*

# installs PACKAGE...: by bootstrap, with $T/policy for the system's; $T/told has
# what was called.
installs() (
    PATH=$T/bin:$PATH
    . "$T/bootstrap"
    # shellcheck disable=SC2034 # of bootstrap
    policy=$T/policy
    quietly() {
        "$@"
    }
    apt_install "$@" >"$T/told"
)

echo 0 >"$T/status"
ok 'packages are installed' installs jq lighttpd nginx
is "$(grep policy: "$T/told")" 'policy: 101' 'no service is started'
is "$(grep -o 'install jq .*' "$T/told")" 'install jq lighttpd nginx' \
    'by one call'
is "$(grep update-rc.d "$T/told" | paste -sd ,)" \
    'update-rc.d lighttpd disable,update-rc.d nginx disable' \
    'nor starts one with the machine'
not_ok 'others may be started again' test -e "$T/policy"

printf '#!/bin/sh\nexit 0\n' >"$T/policy"
chmod 755 "$T/policy"
installs jq
ok 'who has a policy keeps it' test -e "$T/policy"
is "$(grep policy: "$T/told")" 'policy: 0' 'and it is asked'
echo 100 >"$T/status"
not_ok 'a failure is told' installs lighttpd
