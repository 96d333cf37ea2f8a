# SPDX-License-Identifier: MIT
# Proofs of what holds for every input, by the model checker CBMC. A part of run.sh.
# shellcheck shell=bash disable=SC2034,SC2119,SC2120,SC2154

readonly PROOFS=tests/host/proofs
readonly QUICK_PROOF_SECONDS=60 # what `check` proves takes less, each

# The lines of the list about proof $1: its own without the word, or those of its mutants.
proof_line() { sed -n "s/^proof $1 //p" "$PROOFS/proofs.list"; }
proof_mutants() { sed -n "/^proof $1 /,/^\$/s/^mutant //p" "$PROOFS/proofs.list"; }

# Makes the file $2 below the tree $1 from the source's, or from what is there already, by the sed expression $3.
change_source() {
	local tree=$1 source=$2 from=$2
	[ ! -f "$tree/$source" ] || from=$tree/$source
	mkdir -p "$tree/$(dirname "$source")"
	sed "$3" "$from" >"$tree/$source.new"
	! cmp -s "$from" "$tree/$source.new" || { rm "$tree/$source.new"; return 1; }
	mv "$tree/$source.new" "$tree/$source"
}

# A tree anew for proof $1: what stands in it instead of ours.
make_tree() {
	local source expression
	rm -rf "$2"
	mkdir -p "$2"
	while read -r source expression; do
		change_source "$2" "$source" "$expression" || return
	done < <(sed -n "/^proof $1 /,/^\$/s/^instead //p" "$PROOFS/proofs.list")
}

# Names of those that take less than $1 seconds.
proof_names() { awk -v most="${1-}" '$1 == "proof" && (most == "" || $3 < most) { print $2 }' "$PROOFS/proofs.list"; }

# Tries proof $1, whose harness is named like it up to the first dot, on the tree below $2; the answer of cbmc goes to $scratch/proof.log. 0: proven, 10: refuted.
try_proof() {
	local name=$1 tree=$2 line source sources=()
	line=$(proof_line "$name")
	for source in "$PROOFS/${name%%.*}.c" "$PROOFS/stubs.c" ${line#* :}; do
		[ ! -f "$tree/$source" ] || source=$tree/$source
		sources+=("$source")
	done
	line=${line%% :*}
	# shellcheck disable=SC2086
	"$cbmc" --unwinding-assertions --stop-on-fail --trace ${line#* } -I "$tree" -I . "${sources[@]}" \
		>"$scratch/proof.log" 2>&1
}

# The assertion that does not hold, and the case: what the harness puts out, in hexadecimal.
proof_case() {
	awk '/^Violated property:/ { getline place; getline what
			sub(/^  file /, "", place); sub(/ thread [0-9]+$/, "", place); sub(/^ +/, "", what) }
		/^  OUTPUT / { text = $0; sub(/^  OUTPUT /, "", text); bits = text
			sub(/: [^:]*$/, "", text); sub(/^.*\(/, "", bits); gsub(/[^01]/, "", bits)
			shown = shown text hex(bits) }
		function hex(bits,   digits, i, n) {
			while (length(bits) % 4) bits = "0" bits
			for (i = 1; i <= length(bits); i += 4) {
				n = substr(bits, i, 1) * 8 + substr(bits, i + 1, 1) * 4 + substr(bits, i + 2, 1) * 2 + substr(bits, i + 3, 1)
				digits = digits substr("0123456789abcdef", n + 1, 1) }
			sub(/^0+/, "", digits)
			return "0x" (digits == "" ? 0 : digits) }
		END { print "  " place ": " what; if (shown != "") print "  " shown }' "$scratch/proof.log"
}

# The proof itself. Fails unless it is proven.
prove_ours() {
	local name=$1 status started=$SECONDS verdict
	make_tree "$name" "$scratch/tree" || { echo "$name: a line 'instead' of proofs.list changes nothing"; return 1; }
	try_proof "$name" "$scratch/tree"
	status=$?
	case $status in
	0) verdict=proven ;;
	10) verdict=REFUTED ;;
	*) verdict="cbmc failed ($status)" ;;
	esac
	printf '%-16s %4d s  %s\n' "$name" $((SECONDS - started)) "$verdict"
	case $status in 0) return 0 ;; 10) proof_case ;; *) tail -n 5 "$scratch/proof.log" ;; esac
	return 1
}

# Proof $1 on its mutant number $2, source $3 changed by $4. Fails unless it is refuted.
refute_mutant() {
	local name=$1 number=$2 source=$3 expression=$4 status started=$SECONDS verdict result=1
	make_tree "$name" "$scratch/tree"
	if change_source "$scratch/tree" "$source" "$expression"; then
		try_proof "$name" "$scratch/tree"
		status=$?
		case $status in
		0) verdict='SURVIVES: the proof would not notice' ;;
		10) verdict='refuted, as it must be' result=0 ;;
		*) verdict="cbmc failed ($status)" ;;
		esac
		if [ $result = 0 ] && grep -A 2 '^Violated property' "$scratch/proof.log" | grep -q 'unwinding assertion'; then
			verdict='the bound is too small for it' result=1
		fi
	else
		verdict='CHANGES NOTHING: see proofs.list'
	fi
	printf '%-16s %4d s  %s\n' "  mutant $number" $((SECONDS - started)) "$verdict"
	return $result
}

# One proof, then each of its mutants. Fails if it is refuted or a mutant is not.
prove_one() {
	local name=$1 source expression number=0 result=0
	prove_ours "$name" || result=1
	while read -r source expression; do
		number=$((number + 1))
		refute_mutant "$name" $number "$source" "$expression" || result=1
	done < <(proof_mutants "$name")
	[ $number != 0 ] || { echo "  no mutant: is it vacuous?"; result=1; }
	return $result
}

# All proofs, or those named. Exit status: 1 if one is refuted or a mutant survives.
proofs() {
	local name status=$PASS
	for name in "$@"; do
		[ -n "$(proof_line "$name")" ] || stop "proofs: there is no proof $name; there are: $(proof_names | paste -sd ' ')"
	done
	[ $# != 0 ] || { mapfile -t names < <(proof_names); set -- "${names[@]}"; }
	"$PROOFS/cbmc.sh" fetch || exit "$COULD_NOT_RUN"
	cbmc=$("$PROOFS/cbmc.sh" command) || stop 'proofs: no CBMC of version 6 or later'
	for name in "$@"; do
		prove_one "$name" || status=$FAIL
	done
	exit "$status"
}
