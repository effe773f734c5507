#!/usr/bin/env bash
# Boots systemd itself in namespaces of its own, with the release build installed, and watches the service in its sandbox: a
# credential, a socket, the web server over TLS and at a port that systemd opens, a reload, a process that hangs, a broken pipeline
# file. Takes 20 seconds.
#
#     scripts/try_service.sh      as root, with overlayfs and a cgroup2 file system
#
# Nothing outside is written: the root is an overlay in memory, and the network is a loopback of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
repository=$PWD
if [ "${1:-}" != inside ]; then
    groups=$(findmnt -nro TARGET -t cgroup2 | head -n 1)
    group=$groups/posed-try-$$
    out=$(mktemp -d)
    mkdir "$group"
    setsid bash -c 'echo $$ >"$1/cgroup.procs"; exec unshare -mpuinC --fork --kill-child=KILL "$2" inside "$3"' \
        _ "$group" "$repository/scripts/try_service.sh" "$out" </dev/null &
    manager=$!
    trap 'kill -KILL $manager 2>/dev/null; wait $manager 2>/dev/null || true; sleep 1; find "$group" -depth -type d -exec rmdir {} +; rm -r "$out"' EXIT
    for _ in $(seq 150); do
        [ ! -e "$out/status" ] && kill -0 $manager 2>/dev/null || break
        sleep 1
    done
    cat "$out/log"
    exit "$(cat "$out/status")"
fi
out=$2

mount --make-rprivate /
base=$(mktemp -d)
mount -t tmpfs tmpfs "$base"
mkdir "$base"/{upper,work,root}
root=$base/root
mount -t overlay -o "lowerdir=/,upperdir=$base/upper,workdir=$base/work" overlay "$root"
make --no-print-directory install DESTDIR="$root" >/dev/null
ffmpeg -v error -f lavfi -i testsrc2=size=160x120:rate=10:duration=2 -c:v libx264 -preset ultrafast "$root/usr/local/share/clip.mp4"
install -D -m 600 /dev/stdin "$root/etc/posed/secrets/gym1" <<<geheim
cat >"$root/etc/posed/two.yaml" <<'YAML'
name: door
source: {file: /usr/local/share/clip.mp4, loop: true, realtime: true}
sinks: [{file: door.jsonl}, {socket: /run/posed/door.sock}]
---
name: away
source: {url: "rtsp://127.0.0.1:9/x", username: viewer, credential: gym1}
sinks: [{file: away.jsonl}]
YAML
install -D -m 600 /dev/stdin "$root/etc/posed/secrets/web" <<<0123456789abcdef
openssl req -x509 -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost -newkey rsa:2048 -nodes \
    -keyout "$root/etc/posed/secrets/web.key" -out "$root/etc/posed/web.pem" 2>/dev/null
chmod 600 "$root/etc/posed/secrets/web.key"
units=$root/etc/systemd/system
mkdir -p "$units/posed.service.d"
cp systemd/credentials.conf "$units/posed.service.d/"
printf '[Service]\nStandardError=append:/run/posed.log\nWatchdogSec=5\n' >"$units/posed.service.d/try.conf"
# As docs/web.md says, word for word.
sed -n '/^    \[Service\]/,/^$/s/^    //p' docs/web.md >"$units/posed.service.d/web.conf"
# Of the system only systemd and the service are wanted.
for unit in $(cd /lib/systemd/system && ls -- *.service *.socket *.mount *.automount *.timer | grep -v '@\|^posed'); do
    ln -sf /dev/null "$units/$unit"
done
: >"$root/etc/fstab"
mount -t proc proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 none "$root/sys/fs/cgroup"
for folder in dev run tmp; do mount -t tmpfs tmpfs "$root/$folder"; done
mkdir "$root"/dev/{pts,shm,mqueue,hugepages}
for node in null:3 zero:5 full:7 random:8 urandom:9; do mknod -m 666 "$root/dev/${node%:*}" c 1 "${node#*:}"; done
mknod -m 666 "$root/dev/tty" c 5 0
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
touch "$root/dev/console"
cd "$root"
mkdir .outside
pivot_root . .outside
mount --make-rslave /.outside
mount --make-shared /
mount --make-shared /run

watch() {
    # `!` alone would let `set -e` pass.
    fails() { if "$@"; then echo "this should have failed: $*"; return 1; fi; }
    show() { systemctl show posed -p "$1" --value; }
    # Waits until a property begins so.
    await() {
        for _ in $(seq 150); do
            case $(show "$1") in $2*) echo "$1=$(show "$1")"; return ;; esac
            sleep 0.2
        done
        echo "$1 is $(show "$1") instead of $2"
        cat /run/posed.log
        return 1
    }
    sleep 2
    await StatusText "2 streams (1 live, 1 waiting)"
    process=$(show MainPID)
    grep -E '^(Uid|CapEff|NoNewPrivs|Seccomp):' "/proc/$process/status"
    fails grep -q '^Uid:.0' "/proc/$process/status"
    /usr/bin/python3 -c 'import socket; s = socket.socket(socket.AF_UNIX); s.settimeout(9); s.connect("/run/posed/door.sock")
assert s.recv(999).startswith(b"{\"type\":\"header\"")'
    get() { curl -sf --cacert /etc/posed/web.pem "$@" https://localhost:8443/streams; }
    get -H "Authorization: Bearer 0123456789abcdef" | grep -q '"name":"door"'
    fails get
    sed -i 's/realtime: true/realtime: true, every: 2/' /etc/posed/two.yaml
    systemctl reload posed
    for _ in $(seq 50); do [ "$(grep -c '"type":"header"' /var/lib/posed/door.jsonl)" = 2 ] && break; sleep 0.2; done
    [ "$(grep -c '"type":"header"' /var/lib/posed/door.jsonl)" = 2 ]
    fails grep -q 'geheim\|viewer' /run/posed.log /var/lib/posed/door.jsonl
    echo "a process that hangs:"
    kill -STOP "$process"
    await NRestarts 1
    await StatusText "2 streams (1 live, 1 waiting)"
    echo "a broken pipeline file:"
    echo nonsense >/etc/posed/bad.yaml
    systemctl restart posed 2>/dev/null || true
    await ExecMainStatus 78
    await ActiveState failed
    rm /etc/posed/bad.yaml
    systemctl start posed
    await StatusText "2 streams (1 live, 1 waiting)"
    systemctl stop posed
    await Result success
    echo "a port that systemd opens:"
    rm /etc/systemd/system/posed.service.d/web.conf
    systemctl daemon-reload
    systemctl start posed.socket
    curl -sf http://127.0.0.1:8080/healthz
    process=$(show MainPID)
    systemctl restart posed &
    while [ "$(show MainPID)" = "$process" ]; do sleep 0.1; done
    curl -sf http://127.0.0.1:8080/healthz
    wait $!
    await StatusText "2 streams (1 live, 1 waiting)"
    curl -sf http://127.0.0.1:8080/streams | grep -q '"name":"door"'
    echo "the service works in its sandbox"
}
export -f watch
setsid bash -c '(set -euo pipefail; watch) >"$0/log" 2>&1; echo $? >"$0/status"' "/.outside$out" </dev/null &
exec setpriv --bounding-set -sys_time,-sys_module,-sys_boot env -i container=posed-try PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd --unit=posed.service --log-target=console --show-status=no >/dev/null 2>&1
