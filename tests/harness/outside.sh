# SPDX-License-Identifier: MIT
# Units outside the guest (--units): the server in front of QEMU. A part of run.sh.
# shellcheck shell=bash

has_device() { [[ $("$BIN" -device "$1,help" 2>/dev/null </dev/null) == "$1 options:"* ]]; }

# How this QEMU can be spoken to, into `transport`. Where both are offered, x-pci-proxy-dev ends QEMU under TCG.
choose_transport() {
	ask_qemu
	if has_device vfio-user-pci; then
		transport=vfio-user
		return
	fi
	has_device x-pci-proxy-dev ||
		stop "--units: QEMU $(qemu_number) has neither vfio-user-pci nor x-pci-proxy-dev, so no unit can be outside of it"
	[[ $(qemu_number) == 7.* ]] ||
		stop "--units: QEMU $(qemu_number) has no vfio-user-pci, and its x-pci-proxy-dev ends it without KVM, so no unit can be outside of it"
	transport=proxy
}

# What --units needs before the machine is made.
prepare_units() {
	choose_transport
	build build/unit-server
	check_units
	[[ " ${words[*]}" == *' known='* ]] || words=(known=none "${words[@]}")
}

# The server says in one sentence what is wrong with the words.
check_units() {
	local text
	text=$(build/unit-server --check "$served" 2>&1) || { text=${text#unit-server: }; stop "--units: ${text#topo=: }"; }
}

# What makes a unit or a device inside the machine does not go together with those outside.
check_beside_units() {
	local word
	[ -z "$agent" ] || stop "--agent $agent: not together with --units, which have endpoints of their own"
	[ "$edu" = none ] || stop '--edu: not together with --units, which have endpoints of their own'
	[ "$iommu$unit" = nonescalable ] || stop '--units: not together with --unit or --iommu, which are about a unit inside the machine'
	for word in "${words[@]}"; do
		case $word in
		units=* | topo=*) stop "$word: not together with --units, whose words say which units there are" ;;
		mixed) stop 'mixed: not together with --units: it makes units of its own (--iommu none mixed)' ;;
		esac
	done
}

# The array qemu: the same command line, behind the server. $@: options of the server.
put_server_before() {
	qemu=(build/unit-server --transport "$transport" "$@" "$served" -- "${qemu[@]}")
}
