#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# QEMUs of other releases: the list of them, what is said if they cannot be fetched, and their columns in README.md.
# Boots nothing, fetches nothing.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VM;

sub script {
	my ($name, $text) = @_;
	my $file = scratch_file($name, "#!/bin/sh\n$text");
	chmod 0755, $file or die "$file: $!";
	return $file;
}

my $qemu = script('qemu-of-mine', "echo 'QEMU emulator version 9.1.7 (mine)'\n");
my $folder = $qemu =~ s/[^\/]*$/qemus/r;
mkdir $_ or die "$_: $!" for $folder, "$folder/trixie";
rename script('trixie', "echo 'QEMU emulator version 10.0.13 (Debian 1)'\n"), "$folder/trixie/qemu-system-x86_64" or die;

subtest 'apt that finds nothing' => sub {
	script('apt-get', <<~'END');
		case "$1" in
		indextargets) echo 'Debian http://nowhere.invalid/debian/' ;;
		*) echo 'E: nowhere.invalid cannot be resolved' >&2; exit 100 ;;
		esac
		END
	local %ENV = (%ENV, QEMU => $qemu, QEMUS => $folder, PATH => ($qemu =~ s/\/[^\/]*$//r) . ":$ENV{PATH}");
	my $text = qx(./run.sh qemus 2>&1);
	is($? >> 8, 2, 'status 2');
	like($text, qr/^qemus: the package lists for QEMU of trixie-backports: E: nowhere.invalid/m, 'it is told why');
	like($text, qr/^9\.1\.7 +system +\Q$qemu\E$/m, 'those at hand are listed: that of the environment');
	like($text, qr/^10\.0\.13 +trixie +\Q$folder\E\/trixie\/qemu-system-x86_64$/m, 'and what was fetched before');
	unlike($text, qr/^\S+ +trixie-backports /m, 'and no other');
	ok(!-e "$folder/trixie-backports", 'nothing looks as if it had been fetched');
};

subtest 'README.md: counted columns are new, the others stay' => sub {
	my $names = scratch_file('names', "# deviations of: qemu 7.2 10.0 11.1\n");
	my $counts = scratch_file('machines.txt', "10.0.14 scalable 395 0 75 193\n9.1.7 scalable 1 0 2 3\n");
	my $readme = scratch_file('README.md', <<~'END');
		before
		<!-- counts by hand -->

		| `--unit` | 7.2.22 | 10.0.13 |
		|---|---|---|
		| `scalable` | 370 + 99 | 394 + 75 |
		| `legacy` | 277 + 13 | 279 + 11 |

		<!-- end of counts -->
		after
		END
	is(scalar qx(awk -f docs/counts.awk $names $counts $readme), <<~'END', 'the table');
		before
		<!-- counts by hand -->

		| `--unit` | 7.2.22 | 10.0.14 | 11.1 |
		|---|---|---|---|
		| `scalable` | 370 + 99 | 395 + 75 | - |
		| `legacy` | 277 + 13 | - | - |

		<!-- end of counts -->
		after
		END
};

done_testing();
