#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# Little memory, too little, and memory above 4 GiB.
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

subtest 'too little for pages of 2 MiB is no fault of the unit' => sub {
	my $run = boot(qemu => ['-m', '8M']);
	ends_with($run, 2, 'COULD NOT RUN');
	says($run, qr/^not ok \d+ - legacy\.page-2m-write \[unit 0\] # ERROR of our own/m, 'an error');
	is(result($run, 'legacy.write'), 'ok', 'the rest is tested');
	is(scalar(grep { VM::outcome($_) eq 'not ok' } @{ $run->{results} }),
		scalar(() = $run->{log} =~ /# ERROR of our own/g), 'no failure');
};

subtest 'a unit that fails elsewhere fails all the same' => sub {
	my $run = boot(qemu => ['-m', '8M'], words => ['known=none', 'tests=legacy.*,fault.legacy-*']);
	ends_with($run, 1, 'FAIL');
	says($run, qr/^# verdict: FAIL.* failed, .*, \d+ of the failed errors of our own/m, 'errors are told apart');
};
done_testing();
