# SPDX-License-Identifier: MIT
# Programs of other Debian releases, unpacked into a folder: nothing is installed, and no root is
# needed. What apt fetches is checked as apt always does. Needs say() and stop().
# shellcheck shell=bash

# The mirror that this machine's apt uses.
mirror() {
	apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
		sed -n 's/^Debian //p' | sort -u | head -n 1
}

# An apt of its own below the folder $1, for release $2 and suite $3: it sees no installed package.
make_apt() {
	local folder=$1 uri key=/usr/share/keyrings/debian-archive-keyring.gpg
	uri=$(mirror)
	[ -n "$uri" ] || stop 'apt knows no Debian mirror yet: apt-get update'
	[ ! -r "$key" ] || key=" [signed-by=$key]"
	mkdir -p "$folder"/{lists/partial,cache/archives/partial,preferences.d,apt.conf.d,log}
	: >"$folder/status"
	printf "deb${key-} $uri %s main\n" $(printf '%s\n' "$2" "$3" | sort -u) >"$folder/sources.list"
	cat >"$folder/apt.conf" <<-END
		Dir::Etc "$folder/";
		Dir::Etc::SourceParts "-";
		Dir::Etc::TrustedParts "/etc/apt/trusted.gpg.d";
		Dir::State "$folder/";
		Dir::State::Status "$folder/status";
		Dir::Cache "$folder/cache";
		Dir::Log "$folder/log";
		APT::Sandbox::User "$(id -un)";
		APT::Architecture "amd64";
		APT::Install-Recommends "false";
		APT::Default-Release "$3";
		Acquire::Languages "none";
		Debug::NoLocking "true";
	END
}

# With the apt in $1, unpacks the packages $5... and all they need below $2. $3: what it is, $4: its size then.
fetch_packages() {
	local apt=$1 root=$2 what=$3 size=$4 text package
	shift 4
	export APT_CONFIG=$apt/apt.conf
	text=$(apt-get update 2>&1) || stop "the package lists for $what: $text"
	text=$(apt-get --print-uris -y install "$@" 2>&1) || stop "$what: $text"
	say "$what: $(awk -v size="$size" '/^\047/ { n++; bytes += $3 } END {
		printf "%d packages, %.0f MB to fetch, about %s unpacked", n, bytes / 1e6, size }' <<<"$text")"
	text=$(apt-get --download-only -y install "$@" 2>&1) || stop "$what: $text"
	mkdir -p "$root"
	for package in "$apt"/cache/archives/*.deb; do
		dpkg-deb -x "$package" "$root" || stop "cannot unpack ${package##*/}"
	done
	unset APT_CONFIG
}
