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

# None of it is taken from the host before it is written to. Firmware maps all that the processor could address: with pages
# of 1 GiB, or it ends before us.
for my $route ('pvh', 'efi') {
	subtest "1T, $route" => sub {
		my $processor = 'qemu64,phys-bits=46' . ($route eq 'efi' ? ',+pdpe1gb' : '');
		my $run = boot(options => ['--boot', $route, '--timeout', 60], words => ['skip=fuzz.*,reset.*'],
			qemu => ['-cpu', $processor, '-m', '1T', '-object', 'memory-backend-ram,id=ram,size=1T,reserve=off',
				'-machine', 'memory-backend=ram']);
		plan skip_all => 'the host promises no memory that it has not' if $run->{output} =~ /cannot set up guest memory/;
		ends_with($run, 0, 'PASS');
		says($run, qr/^# memory 104\d{4} MiB/m, 'all of it is ours');
		says($run, qr/^# processor: .* 46 bits of address/m);
		is_deeply([ids($run)], [ids(boot(words => ['skip=fuzz.*,reset.*']))], 'and all is as with little');
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
