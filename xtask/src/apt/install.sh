#!/bin/sh
# Installs the Debian packages that are named as arguments: asks nothing and starts no server. Needs root.
set -eu
export DEBIAN_FRONTEND=noninteractive LC_ALL=C

policy=${BEDPLATE_POLICY_FILE:-/usr/sbin/policy-rc.d}
saved=$policy.before-bedplate
lock=${BEDPLATE_APT_LOCK:-/run/bedplate-apt.lock}
limit=${BEDPLATE_APT_LIMIT_SECONDS:-600}
mark='# written by cargo xtask test while it installs packages'

# Two runs at once would each take the other's policy for the one to put back.
exec 9>"$lock"
flock -w "$limit" 9 || { echo "another cargo xtask test has been installing for $limit s" >&2; exit 1; }

put_back() {
    if [ -e "$saved" ]; then
        mv -f "$saved" "$policy"
    elif [ -e "$policy" ] && grep -qF "$mark" "$policy"; then
        rm -f "$policy"
    fi
}

# A run that was killed may have left its policy behind.
put_back
said=$(mktemp)
trap 'put_back; rm -f "$said"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
if [ -e "$policy" ]; then cp -p "$policy" "$saved"; fi
printf '#!/bin/sh\n%s\nexit 101\n' "$mark" >"$policy.new"
chmod 755 "$policy.new"
mv -f "$policy.new" "$policy"

# `apt-get update` fails at once where another apt holds the lists, whatever its lock timeout says.
waited=0
until apt-get -qq -o Acquire::Retries=3 update >"$said" 2>&1 </dev/null; do
    if ! grep -q 'Could not get lock' "$said"; then
        cat "$said" >&2
        echo "apt-get update failed: trying with the package lists that are here" >&2
        break
    fi
    if [ "$waited" -ge "$limit" ]; then
        cat "$said" >&2
        echo "another apt has held its lock for $limit s" >&2
        exit 1
    fi
    sleep 2
    waited=$((waited + 2))
done

apt-get -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold \
    -o DPkg::Lock::Timeout="$limit" -o Acquire::Retries=3 install "$@" </dev/null 9>&-
