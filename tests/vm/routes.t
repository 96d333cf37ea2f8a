#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# Four ways to boot, one kernel: the same results on the same machine, and the same words arrive.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VM;

# By itself only one of them resets the machine.
my @results = ids(boot(words => ['skip=reset.*']));
ok(@results >= 150, scalar(@results) . ' results, 150 are due');

for my $route ('iso', 'iso-uefi', 'efi') {
	subtest $route => sub {
		my $run = boot(options => ['--boot', $route], words => ['skip=reset.*']);
		ends_with($run, 0, 'PASS');
		says($run, qr/boot $route\b/, 'the log names the route');
		is_deeply([ids($run)], \@results, 'the results are those of the PVH route');

		$run = boot(options => ['--boot', $route], words => ['tests=dmar.*', 'skip=*.checksum', 'frobnicate']);
		ends_with($run, 2);
		says($run, 'frobnicate');
	};
}
done_testing();
