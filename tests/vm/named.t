#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# Tests that run only when they are named in full, because they end older QEMUs: on those that survive them
# they pass. A wait with SW and IF needs 10.1, 64-bit writes to 32-bit registers a release of 2026.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VM;

my %since = (
	'queue.wait-status-interrupt' => 10.1,
	'queue.wait-all' => 10.1,
	'reg.wide-write-fectl' => 11.1,
	'reg.wide-write-feaddr' => 11.1,
	'reg.wide-write-iectl' => 11.1,
);

for my $qemu (qemus()) {
	my ($version) = $qemu->{version} =~ /^(\d+\.\d+)/;
	my @due = grep { $since{$_} <= $version } sort keys %since;
	subtest "QEMU $qemu->{version}" => sub {
		plan skip_all => 'ends with all of them' if !@due;
		for my $unit ('scalable', 'legacy') {
			my $run = boot(options => ['--unit', $unit], env => { QEMU => $qemu->{command} },
				words => ['tests=' . join ',', @due]);
			ends_with($run, 0, 'PASS');
			is(result($run, $_), 'ok', "$unit: $_") for @due;
		}
	};
}
ok(1, 'all QEMUs at hand were asked');
done_testing();
