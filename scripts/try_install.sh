#!/usr/bin/env bash
# Installs into a temporary folder and tries what was installed: as a user who may write nothing but a state folder, from `/`,
# with an empty environment, on a read-only file system; and the systemd units.
#
#     scripts/try_install.sh [release|debug]      as root
set -euo pipefail
cd "$(dirname "$0")/.."
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
prefix=/usr
state=$root/var/lib/posed
picture=$PWD/Tests/Fixtures/processing/frame.png

make --no-print-directory install DESTDIR="$root" PREFIX=$prefix CONFIGURATION="${1:-release}" >/dev/null
install -d -m 755 "$root" "$state"
chown nobody:nogroup "$state"
cp "$picture" "$state/frame.png"
bin=$root$prefix/bin/posed

# The sandbox of the service, as far as a script can build it: everything is read-only but the state folder and /proc, /dev, /sys.
sandbox() {
    "${mounts[@]}" bash -c '
        if [ "$2" = read-only ]; then
            mount --bind "$1" "$1"
            findmnt -rno TARGET | grep -Ev "^/(proc|dev|sys)(/|$)" | while read -r at; do
                [ "$at" = "$1" ] || mount -o remount,bind,ro "$at"
            done
            if touch /etc/written 2>/dev/null; then echo "the file system is not read-only"; exit 1; fi
        fi
        cd /
        exec setpriv --reuid nobody --regid nogroup --clear-groups env -i PATH=/usr/bin:/bin "${@:3}"
    ' sandbox "$state" "$system" "$@"
}
if unshare --mount true 2>/dev/null; then
    system=read-only mounts=(unshare --mount --propagation private)
else
    # A container without the right to mount.
    system="only as read-only as its owner makes it" mounts=(env)
fi

echo "installed $(du -sh "$root$prefix" | cut -f1); as $(sandbox id -un), on a file system that is $system:"
sandbox "$bin" --version
sandbox "$bin" models verify | sed "s#$root##"
[ "$(sandbox "$bin" models verify | grep -c ': whole')" = 2 ]
sandbox CAMERA_URL=rtsp://192.0.2.10/1 CAMERA_USER=viewer CAMERA_PASSWORD=geheim \
    "$bin" check "$root$prefix/share/posed/pipelines/camera.yaml" | sed "s#$root##"

# What the service does, with a picture for a camera.
printf 'source: {file: %s/frame.png}\nsinks: [{file: %s/door.jsonl}]\n' "$state" "$state" >"$root/etc/posed/door.yaml"
sandbox "$bin" run "$root/etc/posed" --pid-file "$state/posed.pid" 2>&1 | sed "s#$root##"
[ "$(head -n 1 "$state/door.jsonl" | grep -c '"type":"header"')" = 1 ]
[ "$(grep '"type":"frame"' "$state/door.jsonl" | grep -c '"kp":\[\[')" = 1 ]

for unit in posed.service posed@.service; do
    file=$root$prefix/lib/systemd/system/$unit
    grep -q "^ExecStart=$prefix/bin/posed run /etc/posed" "$file"
    # systemd looks for the program where the unit says, which is below $root here.
    sed -i "s#^ExecStart=#ExecStart=$root#" "$file"
    problems=$(systemd-analyze verify --man=no "$file" 2>&1)
    [ -z "$problems" ] || { echo "$problems"; exit 1; }
    # 15 stands for an exposure of 1.5.
    systemd-analyze security --offline=true --threshold=15 "$file" | tail -1
    # And with every drop-in that comes along.
    install -D -m 644 -t "$file.d" "$root$prefix/share/doc/posed/systemd/"*.conf
    problems=$(systemd-analyze verify --man=no "$file" 2>&1)
    [ -z "$problems" ] || { echo "$problems"; exit 1; }
done
# Its service stands beside it.
problems=$(systemd-analyze verify --man=no "$root$prefix/lib/systemd/system/posed.socket" 2>&1)
[ -z "$problems" ] || { echo "$problems"; exit 1; }
# Both units are one text but for what is told apart by name.
diff <(sed 's/-%i\|\/%i.yaml\| (%i)//; 1d' systemd/posed@.service) <(sed 1d systemd/posed.service)
echo "the installed tree works"
