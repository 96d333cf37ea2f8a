# SPDX-License-Identifier: MIT
# Proofs of what holds for every input, by the model checker CBMC. A part of run.sh.
# shellcheck shell=bash disable=SC2034,SC2119,SC2120,SC2154

readonly PROOFS=tests/host/proofs
readonly QUICK_PROOF_SECONDS=60 # what `check` proves takes less, each

# The lines of the list about proof $1: its own without the word, or those of its mutants.
proof_line() { sed -n "s/^proof $1 //p" "$PROOFS/proofs.list"; }
proof_mutants() { sed -n "/^proof $1 /,/^\$/s/^mutant //p" "$PROOFS/proofs.list"; }

# Names of those that take less than $1 seconds.
proof_names() { awk -v most="${1-}" '$1 == "proof" && (most == "" || $3 < most) { print $2 }' "$PROOFS/proofs.list"; }

# Tries proof $1 on the tree below $2; the answer of cbmc goes to $scratch/proof.log. 0: proven, 10: refuted.
try_proof() {
	local name=$1 tree=$2 line source sources=()
	line=$(proof_line "$name")
	for source in "$PROOFS/$name.c" "$PROOFS/stubs.c" ${line#*:}; do
		[ ! -f "$tree/$source" ] || source=$tree/$source
		sources+=("$source")
	done
	line=${line%%:*}
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

# One proof, then each of its mutants. Fails if it is refuted or a mutant is not.
prove_one() {
	local name=$1 source expression status started=$SECONDS number=0 verdict result=0
	try_proof "$name" .
	status=$?
	case $status in
	0) verdict=proven ;;
	10) verdict=REFUTED result=1 ;;
	*) verdict="cbmc failed ($status)" result=1 ;;
	esac
	printf '%-12s %4d s  %s\n' "$name" $((SECONDS - started)) "$verdict"
	case $status in 0) ;; 10) proof_case ;; *) tail -n 5 "$scratch/proof.log" ;; esac
	while read -r source expression; do
		number=$((number + 1)) started=$SECONDS
		rm -rf "$scratch/mutant"
		mkdir -p "$scratch/mutant/$(dirname "$source")"
		sed "$expression" "$source" >"$scratch/mutant/$source"
		if cmp -s "$source" "$scratch/mutant/$source"; then
			verdict='CHANGES NOTHING: see proofs.list' result=1
		else
			try_proof "$name" "$scratch/mutant"
			status=$?
			verdict='SURVIVES: the proof would not notice'
			if [ $status = 10 ] && ! grep -A 4 '^Violated property' "$scratch/proof.log" | grep -q 'unwinding assertion'; then
				verdict='refuted, as it must be'
			elif [ $status != 0 ]; then
				verdict="cbmc failed ($status) or the bound is too small"
			fi
			[ "$verdict" = 'refuted, as it must be' ] || result=1
		fi
		printf '%-12s %4d s  %s\n' "  mutant $number" $((SECONDS - started)) "$verdict"
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
