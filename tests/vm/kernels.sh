#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Linux kernels of Debian's releases, for `./run.sh driver`: unpacked into build/kernels/, nothing is installed, and
# no root is needed. What apt fetches is checked as apt always does. With them come their modules of VFIO and a
# static busybox.
#   kernels.sh fetch [VERSION...]   gets those that are missing, says the size first
#   kernels.sh list                 a line for each kernel at hand: version, release, file
# The environment variable KERNELS names another folder.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/../.."

readonly HOME_OF_ALL=${KERNELS:-build/kernels}
# Version, folder, release, what its packages come from.
readonly RELEASES='
5.10  bullseye          bullseye  bullseye
6.1   bookworm          bookworm  bookworm
6.12  trixie            trixie    trixie
7     trixie-backports  trixie    trixie-backports
'

say() { printf '%s\n' "$*" >&2; }
stop() { say "kernels: $*"; exit 2; }

# shellcheck source=/dev/null
. tests/harness/debian.sh

# With the apt in $1, fetches the package $2 alone into the folder $3, as what the words $4 say.
fetch_alone() {
	local text
	export APT_CONFIG=$1/apt.conf
	say "$4: $(apt-cache show "$2" | awk '/^Size:/ { printf "%.0f MB to fetch", $2 / 1e6; exit }')"
	text=$(cd "$3" && apt-get download "$2" 2>&1) || stop "$4: $text"
	unset APT_CONFIG
}

# The dependency of package $2 whose name begins with $3, as the apt in $1 knows it.
dependency() {
	APT_CONFIG=$1/apt.conf apt-cache depends "$2" 2>/dev/null |
		awk -v start="$3" '$1 == "Depends:" && index($2, start) == 1 { print $2; exit }'
}

# The packages that the newest kernel of this apt is in, the one with vmlinuz first: newer ones are split.
kernel_packages() {
	local image binary
	image=$(dependency "$1" linux-image-amd64 linux-image-)
	binary=$(dependency "$1" "$image" linux-binary-)
	echo ${binary:-$image} ${binary:+$(dependency "$1" "$image" linux-modules-)}
}

# Unpacks the only archive in the folder $1 there.
unpack() {
	dpkg-deb -x "$1"/*.deb "$1" || stop "cannot unpack $1"
	rm -f "$1"/*.deb
}

# The modules of VFIO out of the folder $1 into the folder $2, not compressed. Which of them there are differs.
keep_modules() {
	local file name
	mkdir -p "$2"
	while read -r file; do
		name=${file##*/}
		case $name in
		*.ko) cp "$file" "$2/$name" ;;
		*.ko.xz) "$HOME_OF_ALL/busybox" xz -dc "$file" >"$2/${name%.xz}" ;;
		esac || stop "cannot unpack $file"
	done < <(find "$1" -name 'irqbypass.ko*' -o -name 'vfio.ko*' -o -name 'vfio_virqfd.ko*' -o -name 'vfio_iommu_type1.ko*' -o \
		-name 'vfio-pci.ko*' -o -name 'vfio-pci-core.ko*')
	[ -r "$2/vfio-pci.ko" ] || stop "no vfio-pci.ko among the modules of $1"
}

# Is all of the release $1 here that a driver is judged with?
is_whole() { [ -r "$HOME_OF_ALL/$1/vmlinuz" ] && [ -r "$HOME_OF_ALL/$1/modules/vfio-pci.ko" ]; }

# Fetches the kernel of a release into $HOME_OF_ALL/$1; the folder appears only when it is whole.
fetch() {
	local name=$1 release=$2 suite=$3 apt root text packages package
	! is_whole "$name" || return 0
	apt=$(realpath -m "$HOME_OF_ALL/$name.apt") root=$(realpath -m "$HOME_OF_ALL/$name.new")
	rm -rf "$apt" "$root"
	make_apt "$apt" "$release" "$suite"
	text=$(APT_CONFIG=$apt/apt.conf apt-get update 2>&1) || stop "the package lists for the kernel of $suite: $text"
	fetch_busybox "$apt"
	read -ra packages <<<"$(kernel_packages "$apt")"
	[ ${#packages[@]} != 0 ] || stop "$suite has no linux-image-amd64"
	mkdir -p "$root/all"
	for package in "${packages[@]}"; do
		fetch_alone "$apt" "$package" "$root/all" "kernel of $suite, $package"
		unpack "$root/all"
	done
	mv "$(find "$root/all" -type f -name 'vmlinuz*' -print -quit)" "$root/vmlinuz"
	keep_modules "$root/all" "$root/modules"
	echo "${packages[0]#linux-*-}" >"$root/version"
	rm -r "$root/all"
	rm -rf "${HOME_OF_ALL:?}/$name"
	mv "$root" "$HOME_OF_ALL/$name"
	rm -rf "$apt"
}

fetch_busybox() {
	local root
	[ ! -x "$HOME_OF_ALL/busybox" ] || return 0
	root=$(realpath -m "$HOME_OF_ALL/busybox.new")
	rm -rf "$root"
	mkdir -p "$root"
	fetch_alone "$1" busybox-static "$root" busybox
	unpack "$root"
	mv "$(find "$root" -type f -name busybox -perm -u+x -print -quit)" "$HOME_OF_ALL/busybox"
	rm -rf "$root"
}

list() {
	local version name
	while read -r version name _; do
		[ -z "$version" ] || [ ! -r "$HOME_OF_ALL/$name/vmlinuz" ] ||
			printf '%-18s %-17s %s\n' "$(<"$HOME_OF_ALL/$name/version")" "$name" "$HOME_OF_ALL/$name/vmlinuz"
	done <<<"$RELEASES"
}

# Is this release among the versions wanted? Without any all are.
is_wanted() {
	local version=$1 name=$2 one
	shift 2
	[ $# != 0 ] || return 0
	for one; do [ "$one" != "$version" ] && [ "$one" != "$name" ] || return 0; done
	return 1
}

case ${1-} in
fetch)
	shift
	command -v apt-get dpkg-deb >/dev/null || stop 'needs apt and dpkg, to fetch and unpack packages of Debian'
	mkdir -p "$HOME_OF_ALL"
	while read -r version name release suite; do
		if [ -n "$version" ] && is_wanted "$version" "$name" "$@"; then fetch "$name" "$release" "$suite"; fi
	done <<<"$RELEASES"
	;;
list) list ;;
*) stop 'fetch or list' ;;
esac
