# SPDX-License-Identifier: MIT
# What must be installed, and how it comes there. A part of run.sh.
# shellcheck shell=bash

# What is needed for what: purpose, a command or file (pattern; one of several with | between), the
# package of Debian it is in (pattern, where releases put a version into the name).
readonly NEEDS='
build  make                            make
build  gcc                             gcc
build  ld                              binutils
build  nasm                            nasm
build  /usr/include/limits.h           libc6-dev
run    qemu-system-x86_64              qemu-system-x86
run    perl                            perl-base
iso    grub-mkrescue                   grub-common
iso    /usr/lib/grub/i386-pc           grub-pc-bin
iso    /usr/lib/grub/x86_64-efi        grub-efi-amd64-bin
iso    xorriso                         xorriso
iso    mformat                         mtools
iso    xz                              xz-utils
efi    /usr/include/efi/efi.h          gnu-efi
efi    mcopy                           mtools
uefi   /usr/share/ovmf/OVMF.fd|/usr/share/OVMF/OVMF_CODE*.fd ovmf
mutants /usr/lib/llvm-*/include/clang-c/Index.h libclang-dev
check  prove                           perl
check  git                             git
check  clang                           clang
check  /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-x86_64.a libclang-rt*-dev
check  clang-format                    clang-format
check  /usr/include/cmocka.h           libcmocka-dev
'

# Is there a command or file that the word names? It may name several, with | between.
is_here() {
	local things thing
	IFS='|' read -ra things <<<"$1"
	for thing in "${things[@]}"; do
		compgen -G "$thing" >/dev/null || command -v "$thing" >/dev/null && return
	done
	return 1
}

# Packages that the purposes given as arguments lack, one per line: names or patterns, some twice.
missing_packages() {
	local purpose thing package
	while read -r purpose thing package; do
		[[ " $* " == *" $purpose "* ]] || continue
		[ "$purpose" = run ] && [ -n "${QEMU:-}" ] && continue
		[ "$purpose" = uefi ] && [ -n "${OVMF:-}" ] && continue
		is_here "$thing" || echo "$package"
	done <<<"$NEEDS"
}

# What this release calls a package. Of several names of a pattern the shortest, which is the one
# without a version: it means the release's own. As long as apt knows none: that name, too.
package_name() {
	local name best=''
	while [[ $1 == *'*'* ]] && read -r name; do
		# shellcheck disable=SC2053 # a pattern
		[[ $name == $1 ]] && { [ -z "$best" ] || [ ${#name} -lt ${#best} ]; } && best=$name
	done < <(apt-cache pkgnames "${1%%\**}")
	echo "${best:-${1//\*/}}"
}

package_names() {
	local pattern
	missing_packages "$@" | sort -u | while read -r pattern; do package_name "$pattern"; done | xargs
}

# Makes sure that everything for these purposes is there: installs it where that needs no password.
need() {
	local as_root=() packages get=(apt-get --no-install-recommends -o Dpkg::Use-Pty=0 install)
	[ -n "$(missing_packages "$@")" ] || return 0
	command -v apt-get >/dev/null ||
		stop "install what these packages of Debian hold, then try again: $(missing_packages "$@" | sort -u | xargs)"
	if [ "$(id -u)" != 0 ]; then
		sudo -n true 2>/dev/null || stop "to install what is missing: sudo apt-get install $(package_names "$@")"
		as_root=(sudo)
	fi
	# One source out of order is no harm, as long as the packages are found.
	"${as_root[@]}" apt-get update </dev/null >"$scratch/apt" 2>&1
	packages=$(package_names "$@")
	say "installing: $packages"
	# shellcheck disable=SC2086 # a list
	say "$("${get[@]}" --assume-no $packages 2>/dev/null | grep -E '^(Need to get|After this)')"
	# shellcheck disable=SC2086 # a list
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive "${get[@]}" -y $packages \
		</dev/null >>"$scratch/apt" 2>&1 || { cat "$scratch/apt" >&2; stop 'apt-get failed'; }
	packages=$(package_names "$@")
	[ -z "$packages" ] || stop "still missing: $packages"
}
