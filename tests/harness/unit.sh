# SPDX-License-Identifier: MIT
# The unit of the machine: what this QEMU can make, and how it calls it. A part of run.sh.
# shellcheck shell=bash

readonly DEFAULT_IOMMU=intremap=on,scalable-mode=on,caching-mode=on,aw-bits=48

# Machines that mean the same on every QEMU (--unit): name, what is changed in the default unit, in words.
# A QEMU that has these properties, by whatever name, can make the machine.
readonly UNITS='
scalable         ,                                             scalable mode, second stage, caching mode
legacy           scalable-mode=off                             legacy mode alone
first-stage      fsts=on                                       first stage in place of the second
pasid            pasid-bits=1                                  PASIDs of one bit: all that old QEMUs have
svm              svm=on,fsts=on,pasid-bits=20,device-iotlb=on  PASIDs of 20 bits, page requests
strict           caching-mode=off                              what is not present is never cached
device-tlb       device-iotlb=on                               device-TLBs
narrow           aw-bits=39                                    addresses of 39 bits: three levels
snoop            snoop-control=on                              snooping can be forced
no-translation   dma-translation=off                           interrupts only: no table depth at all
no-interrupts    intremap=off                                  no interrupt remapping
no-pass-through  pt=off                                        no way around tables
'

# What QEMUs call the same setting.
readonly SPELLINGS='
scalable-mode=*  x-scalable-mode=*
fsts=*           x-flts=*
pasid-bits=1     x-pasid-mode=on
pasid-bits=0     x-pasid-mode=off
'

# The program behind the command $1, into `program`: beside a script of build/qemus it is its own. False for
# any other script, which may start another program tomorrow.
find_program() {
	local path magic=''
	path=$(type -P "$1") || return
	program=${path%/*}/usr/bin/${path##*/}
	[ -x "$program" ] || program=$path
	IFS= read -rN 4 magic <"$program" 2>/dev/null
	[ "$magic" = $'\x7fELF' ]
}

# Devices that do DMA for us, beside edu, which every QEMU has. Agents are called like the part behind qemu- and ich9-.
readonly AGENT_DEVICES='iommu-testdev nvme qemu-xhci ich9-ahci'

# Sets qemu_version (its first line), qemu_properties (of its unit, "a b c") and qemu_agents (of AGENT_DEVICES).
ask_qemu_itself() {
	local text is_bad='' one
	text=$("$BIN" --version 2>&1 </dev/null) || is_bad=1
	qemu_version=${text%%$'\n'*}
	[ -z "$is_bad" ] || stop "cannot run QEMU: $BIN: ${qemu_version##*: }"
	[[ $qemu_version == *QEMU* ]] || stop "no QEMU: $BIN --version says: $qemu_version"
	qemu_properties=$("$BIN" -device intel-iommu,help 2>/dev/null </dev/null |
		sed -n 's/^  \([a-z0-9-]*\)=.*/\1/p' | xargs)
	qemu_agents=''
	for one in $AGENT_DEVICES; do # the list of all devices needs modules that a copied QEMU has not
		[[ $("$BIN" -device "$one,help" 2>/dev/null </dev/null) != "$one options:"* ]] || {
			one=${one#qemu-}
			qemu_agents+=${qemu_agents:+ }${one#ich9-}
		}
	done
}

# The same, but asked once (it takes 70 ms) as long as the program is the same file.
ask_qemu() {
	local program key file old_key=''
	[ -z "${qemu_version-}" ] || return 0
	find_program "$BIN" || { ask_qemu_itself; return; }
	key=$(stat -Lc '%n %s %i %y' "$program")" $AGENT_DEVICES" file=build/qemu-answers/${program//\//+}
	[ ! -r "$file" ] || { read -r old_key; read -r qemu_version; read -r qemu_properties; read -r qemu_agents; } <"$file"
	[ "$key" != "$old_key" ] || return 0
	ask_qemu_itself
	mkdir -p "${file%/*}" && printf '%s\n' "$key" "$qemu_version" "$qemu_properties" "$qemu_agents" >"$scratch/answer" &&
		mv "$scratch/answer" "$file"
}

# "11.1.3", or what else it says.
qemu_number() { local text=${qemu_version#QEMU emulator version }; echo "${text%% *}"; }

has_agent() { [[ " edu $qemu_agents " == *" $1 "* ]]; }

has_property() { [[ " id $qemu_properties " == *" $1 "* ]]; }

# Setting $1, if it is of form $2 and this QEMU has form $3: that one, into `setting`.
respell() {
	# shellcheck disable=SC2053 # a pattern
	[[ $1 == $2 ]] && has_property "${3%%=*}" || return
	setting=${3/%\*/${1#*=}}
}

# A setting as this QEMU spells it, into `setting`; false if it has no such property.
spell_one() {
	local one other
	setting=$1
	has_property "${1%%=*}" && return
	while read -r one other; do
		respell "$1" "$one" "$other" || respell "$1" "$other" "$one" && return
	done <<<"$SPELLINGS"
	return 1
}

# Settings as this QEMU spells them, into `spelled`, what was translated into `translated`; false if it has
# no such property, which is in `lacking` then.
spell() {
	local all one setting
	spelled='' translated=''
	IFS=, read -ra all <<<"$1"
	for one in "${all[@]}"; do
		[ -n "$one" ] || continue
		[[ $one == *=* ]] || one+==on
		spell_one "$one" || { lacking=${one%%=*}; return 1; }
		[ "$setting" = "$one" ] || translated+=${translated:+, }"$one is $setting"
		spelled+=${spelled:+,}$setting
	done
}

# The same; $2 says whose settings they are.
spell_or_stop() {
	ask_qemu
	[ -n "$qemu_properties" ] || stop "this QEMU has no intel-iommu: $BIN"
	spell "$1" || stop "$2: QEMU $(qemu_number) has no property $lacking, but $qemu_properties"
}

# The settings of the machine --unit and of --iommu, into `spelled`.
spell_unit() {
	local name changes rest found='' names=()
	while read -r name changes rest; do
		names+=("$name")
		[ "$name" != "$unit" ] || found=$changes
	done <<<"$UNITS"
	[ -n "$found" ] || stop "--unit $unit: list, or one of$(printf ' %s' "${names[@]:1}")"
	spell_or_stop "$DEFAULT_IOMMU,$found" "--unit $unit"
	found=$spelled
	spell_or_stop "$iommu" --iommu
	[ -z "$translated" ] || say "run.sh: --iommu: with QEMU $(qemu_number), $translated"
	spelled=$found,$spelled
}

# --unit list: the machines, and what this QEMU lacks for them.
list_units() {
	local name changes words answer
	need run
	ask_qemu
	while read -r name changes words; do
		answer=yes
		spell "$DEFAULT_IOMMU,$changes" || answer="no $lacking"
		[ -z "$name" ] || printf '%-16s %-11s %s\n' "$name" "$answer" "$words"
	done <<<"$UNITS"
}
