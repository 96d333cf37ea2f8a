#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# Little memory, and memory above 4 GiB.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VM;

for my $size ('64M', '6G') {
	subtest $size => sub {
		my $run = boot(qemu => ['-m', $size]);
		ends_with($run, 0, 'PASS');
	};
}
done_testing();
