# SPDX-License-Identifier: MIT
# Somebody else's kernel on units outside: ./run.sh driver. A part of run.sh.
# shellcheck shell=bash

readonly DRIVER_DEVICE=16 # device 16 + n is under unit n
# Without no_timer_check a Linux that runs slowly now and then panics over a timer interrupt that came late.
readonly DRIVER_WORDS='console=ttyS0 loglevel=4 panic=-1 no_timer_check intel_iommu=on,sm_on'

# The kernel that --kernel means, into `kernel`: a file, or the start of a version that was fetched.
find_kernel() {
	local version name file
	[ -n "$kernel" ] || stop 'driver needs --kernel: a file, or a version of ./run.sh kernels'
	file=$kernel
	[ "${file#/}" != "$file" ] || file=$caller_directory/$file
	if [ -f "$file" ]; then check_kernel "$file"; kernel=$file; return; fi
	while read -r version name file; do
		[ "$name" != "$kernel" ] && [[ $version != "$kernel".* ]] || { kernel=$file; return; }
	done < <(tests/vm/kernels.sh list)
	stop "--kernel $kernel: no file, and no kernel that was fetched (./run.sh kernels)"
}

# QEMU starts what a boot loader starts by its header (bzImage), and ELF; what it says of anything else helps nobody.
check_kernel() {
	[ -r "$1" ] || stop "--kernel: cannot read the file $1"
	[ "$(dd if="$1" bs=1 skip=514 count=4 status=none | tr -d '\0')" = HdrS ] || [[ $(head -c 4 "$1" | tr -d '\0') == $'\x7fELF' ]] ||
		stop "--kernel $1: no kernel that QEMU can start, neither a bzImage nor ELF"
}

# A first file system of our own, if none was given. Modules of VFIO, if there are any, lie beside the kernel.
find_initrd() {
	local modules=()
	[ -z "$initrd" ] || { [ -f "$initrd" ] && [ -r "$initrd" ]; } || stop "--initrd: cannot read the file $initrd"
	[ -n "$initrd" ] && return
	initrd=$scratch/initramfs
	[ -r "${KERNELS:-build/kernels}/busybox" ] || stop 'driver needs busybox: ./run.sh kernels, or --initrd'
	build build/guest/transfer
	! compgen -G "${kernel%/*}/modules/*.ko" >/dev/null || modules=("${kernel%/*}"/modules/*.ko)
	tests/harness/initramfs "${KERNELS:-build/kernels}/busybox" build/guest/transfer "${modules[@]}" >"$initrd" ||
		stop 'cannot make an initramfs'
}

driver() {
	[ -n "$served" ] || stop 'driver needs --units, for example --units sm+vcs,legacy'
	[ $# = 0 ] || stop "driver takes no words, and here is $1; words for the kernel come with --append"
	need build run
	find_kernel
	find_initrd
	choose_transport
	build build/unit-server
	check_units
	[ "$log" != build/run.log ] || log=build/driver.log
	mkdir -p "${log%/*}" || stop "cannot write the log $log"
	qemu=("$BIN" -machine q35,kernel-irqchip=split,sata=off,smbus=off,vmport=off -accel "$accel" -m 512
		-nodefaults -display none -no-reboot -kernel "$kernel" -initrd "$initrd" -append "$DRIVER_WORDS $append")
	qemu+=("${extra[@]}")
	put_server_before --memory 512M --devices $DRIVER_DEVICE --report "$scratch/report"
	exec tests/judge/driver --limit "${limit:-300}" --log "$log" --serial "${log%.log}.serial" --report "$scratch/report" \
		--scratch "$scratch" --about "units $served, kernel $kernel, QEMU $(qemu_number)" -- "${qemu[@]}"
}

# Kernels of Debian's releases, into build/kernels, and all that are here then.
kernels() {
	local status=$PASS
	tests/vm/kernels.sh fetch "$@" || status=$COULD_NOT_RUN
	tests/vm/kernels.sh list
	exit "$status"
}
