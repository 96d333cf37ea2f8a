#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# What tests/systems.sh says if it cannot make a system. Boots nothing; the script itself tries fresh systems.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VM;

# Commands that stand in front of the machine's own.
sub with_commands {
	my (%texts) = @_;
	my $folder;
	for my $name (keys %texts) {
		my $file = scratch_file($name, "#!/bin/sh\n$texts{$name}\n");
		chmod 0755, $file or die "$file: $!";
		($folder) = $file =~ /(.*)\//;
	}
	local $ENV{PATH} = "$folder:$ENV{PATH}";
	my $text = qx(tests/systems.sh bookworm 2>&1);
	return ($? >> 8, $text);
}

my ($status, $text) = with_commands(id => 'echo 1000');
is($status, 2, 'no root: status 2');
is($text, "systems: needs root, for debootstrap and chroot\n", 'a sentence');

($status, $text) = with_commands(id => 'echo 0', debootstrap => "echo 'I: first'; echo 'E: no mirror' >&2; exit 1");
is($status, 2, 'debootstrap fails: status 2');
is($text, "making a system of bookworm\nsystems: debootstrap bookworm: E: no mirror\n", 'its last line is told');

done_testing();
