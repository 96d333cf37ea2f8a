# SPDX-License-Identifier: MIT
# The machine that is started: the command line of QEMU. A part of run.sh.
# shellcheck shell=bash

readonly DEFAULT_EDU=dma_mask=0xffffffffffffffff
readonly OVMF_PLACES=${OVMF:-/usr/share/ovmf/OVMF.fd
	/usr/share/OVMF/OVMF_CODE_4M.fd /usr/share/OVMF/OVMF_CODE.fd}
readonly BIN=${QEMU:-qemu-system-x86_64}

# Appends to the array qemu what starts the kernel on this boot route, with `words`.
add_boot_route() {
	case $boot in
	pvh)
		build build/vtdcheck.elf
		qemu+=(-kernel build/vtdcheck.elf -append "${words[*]}")
		[ -z "$known" ] || qemu+=(-initrd "$known")
		;;
	iso | iso-uefi)
		build build/vtdcheck.iso
		iso_with_words "$scratch/boot.iso"
		qemu+=(-drive "file=$scratch/boot.iso,format=raw,if=virtio,readonly=on")
		[ "$boot" = iso ] || add_firmware
		;;
	efi)
		build build/vtdcheck.img
		stick_with_words "$scratch/stick.img"
		add_firmware
		qemu+=(-drive "file=$scratch/stick.img,format=raw,if=virtio")
		;;
	esac
}

# Appends the UEFI firmware to the array qemu: a whole one, or one whose variables are in a file
# beside the code. Together, in this order, they are a whole one.
add_firmware() {
	local place found=''
	for place in $OVMF_PLACES; do [ -n "$found" ] || [ ! -r "$place" ] || found=$place; done
	[ -n "$found" ] || stop "no UEFI firmware to read: $(xargs <<<"$OVMF_PLACES")"
	case $found in
	*_CODE*)
		cat "${found/_CODE/_VARS}" "$found" >"$scratch/OVMF.fd" || stop "$found is without its variables"
		found=$scratch/OVMF.fd
		;;
	esac
	qemu+=(-bios "$found")
}

# The kernel takes as many words on every boot route. What QEMU starts it with (pvh) keeps one character more, and
# then writes over its own data; a word of GRUB (iso) may have 8 KiB; the file of the EFI application 32.
check_length() {
	local text="${words[*]}" most
	most_characters
	[ "${#text}" -le "$most" ] ||
		stop "--boot $boot: the words have ${#text} characters, $most are allowed"
}

# Sets most to it.
most_characters() {
	local name value
	while read -r _ name value; do
		[ "$name" != OPTIONS_LINE_BYTES ] || most=$((value - 1))
	done <arch/options.h
}

# The ISO as it is, apart from the menu: one entry, started at once, with `words`.
iso_with_words() {
	{
		printf 'insmod all_video\nmultiboot2 /boot/vtdcheck.elf'
		printf " '%s'" "${words[@]//\'/}"
		[ -z "$known" ] || printf '\nmodule2 /boot/vtdcheck.txt'
		printf '\nboot\n'
	} >"$scratch/grub.cfg"
	if ! cp build/vtdcheck.iso "$1" || ! xorriso -dev "$1" -boot_image any keep \
		-map "$scratch/grub.cfg" /boot/grub/grub.cfg \
		${known:+-map "$known" /boot/vtdcheck.txt} -commit >"$scratch/xorriso" 2>&1; then
		cat "$scratch/xorriso" >&2
		stop 'cannot put the words into a copy of build/vtdcheck.iso'
	fi
}

# The memory stick as it is, with `words` in the file that the EFI application reads.
stick_with_words() {
	if ! cp build/vtdcheck.img "$1" ||
		! mcopy -o -i "$1" - ::/EFI/BOOT/vtdcheck.txt < <(
			printf '%s\n' "${words[*]}"
			[ -z "$known" ] || cat "$known"); then
		stop 'cannot write vtdcheck.txt into a copy of build/vtdcheck.img'
	fi
}

# The array qemu: a machine without the unit, its agent, and what it boots.
make_machine() {
	# shellcheck disable=SC2054 # QEMU has commas within arguments
	# No device but the unit and its agent: every other one costs time whenever translation turns.
	qemu=("$BIN" -machine q35,kernel-irqchip=split,sata=off,smbus=off,smm=off,vmport=off -accel "$accel" -m 256
		-nodefaults -display none
		-device isa-debug-exit,iobase=0xf4,iosize=4)
	# A machine that starts again by itself has crashed, unless it is to be reset.
	[[ " ${words[*]} " == *' reset '* ]] || qemu+=(-no-reboot)
	# Under TCG the 100 ms that edu takes for each transfer cost nothing: an idle processor skips them.
	# That clock is no measure of speed, and QEMU (11.1) ends when an x2APIC's timer is read by it. A server or a
	# controller that answers from another thread of QEMU's takes no notice of it: a second of it may be none of theirs.
	[ "$accel" = kvm ] || [ -n "$served" ] || [[ $agent = @(ahci|nvme|all) ]] || [[ ${extra[*]} = *+x2apic* ]] ||
		[[ " ${words[*]} " =~ ' '(bench|x2apic|agent=ahci|agent=nvme)' ' ]] || qemu+=(-icount 'shift=10,sleep=off')
}

# The devices that do DMA: by --agent, else edu, and beside it the cheapest that this QEMU has.
add_agents() {
	ask_qemu
	case $agent in
	'') add_edu ;;
	edu) qemu_agents='' add_edu ;;
	all) add_edu; add_nvme; add_xhci; add_ahci; words=(agent=all "${words[@]}") ;;
	*)
		has_agent "$agent" || stop "--agent $agent: QEMU $(qemu_number) has no such device, but: edu $qemu_agents"
		words=("agent=$agent" "${words[@]}")
		case $agent in
		nvme) add_nvme ;;
		xhci) add_xhci ;;
		ahci) add_ahci ;;
		*) qemu+=(-device "$agent") ;;
		esac
		;;
	esac
}

# A drive of nothing: nobody writes to it.
add_nvme() {
	truncate -s 1M "$scratch/nvme.img"
	qemu+=(-drive "file=$scratch/nvme.img,format=raw,if=none,id=nvme" -device nvme,drive=nvme,serial=vtdcheck)
}

# The same behind a SATA controller.
add_ahci() {
	truncate -s 1M "$scratch/ahci.img"
	qemu+=(-drive "file=$scratch/ahci.img,format=raw,if=none,id=ahci" -device ich9-ahci,id=sata -device ide-hd,drive=ahci,bus=sata.0)
}

# Nothing is plugged in.
add_xhci() { qemu+=(-device qemu-xhci); }

# Alone where --edu says what it is like. Else a second one at devfn 80h, the first of the upper half, if there is one whose writes cost
# no timer, that; and, on machines other than the default one, whose time counts, two more with one devfn on two buses.
add_edu() {
	local bus other=edu,$edu
	qemu+=(-device "edu,$edu")
	[ "$edu" = "$DEFAULT_EDU" ] && [ "$iommu" != none ] || return 0
	! has_agent iommu-testdev || other=iommu-testdev
	qemu+=(-device "$other,addr=10.0")
	[ "$unit" != scalable ] || return 0
	for bus in 0 1; do
		qemu+=(-device "pcie-root-port,id=agents$bus,chassis=24$bus,addr=1c.$bus,multifunction=on"
			-device "edu,$edu,bus=agents$bus")
	done
}

# The array qemu: the whole command line.
make_command_line() {
	make_machine
	[ "$iommu" = none ] || { spell_unit; qemu+=(-device "intel-iommu,$spelled"); }
	qemu+=("${extra[@]}") # before edu: they may hold the bridge it sits behind
	[ "$edu" = none ] || add_agents
	add_boot_route
	[ -z "$served" ] || put_server_before --report "$scratch/witness"
}

# Which profile says what is known of this QEMU's unit.
choose_profile() {
	local name=none
	[[ " ${words[*]}" != *' known='* ]] || return 0
	ask_qemu
	[[ ! $qemu_version =~ ^'QEMU emulator version '([0-9]+\.[0-9]+) ]] || name=qemu-${BASH_REMATCH[1]}
	words=("known=$name" "${words[@]}")
}
